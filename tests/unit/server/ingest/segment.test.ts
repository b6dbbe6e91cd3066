import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../../shared/schemas/documents.ts'
import type { CanonicalPage } from '../../../../server/ingest/types.ts'
import { createSegmenter, cutLong, MAX_SENTENCE_CHARS, segmentSentences } from '../../../../server/ingest/segment.ts'

const split = (text: string) => segmentSentences(text).map(([start, end]) => text.slice(start, end))

describe('segmentSentences', () => {
  it.each([
    ['Dr. Smith met Mrs. Jones. They spoke.', ['Dr. Smith met Mrs. Jones.', 'They spoke.']],
    ['See Fig. 3 for details. It was e.g. The Entertainer that sold.', ['See Fig. 3 for details.', 'It was e.g. The Entertainer that sold.']],
    ['Shown by Smith et al. (2001). We agree.', ['Shown by Smith et al. (2001).', 'We agree.']],
    ['Smith et al. [12] found it. We agree.', ['Smith et al. [12] found it.', 'We agree.']],
    ['He wrote Op. 9 No. 1 for piano. It sold.', ['He wrote Op. 9 No. 1 for piano.', 'It sold.']],
    ['Is it so? No. It is not.', ['Is it so?', 'No.', 'It is not.']],
    ['J. S. Bach and W. C. Handy played. They left.', ['J. S. Bach and W. C. Handy played.', 'They left.']],
    ['It was plan B. The next was C.', ['It was plan B.', 'The next was C.']],
    ['The U.S. Army came. He left the U.S. The army stayed.', ['The U.S. Army came.', 'He left the U.S.', 'The army stayed.']],
    ['The value is 3.14. It fell to 2.5 % in 1899. Then it rose.', ['The value is 3.14.', 'It fell to 2.5 % in 1899.', 'Then it rose.']],
    ['It was first in St. Louis. He moved.', ['It was first in St. Louis.', 'He moved.']],
    ['He left.[1][2,3] Then she left.[4–6] All left.', ['He left.[1][2,3]', 'Then she left.[4–6]', 'All left.']],
    ['“Is it?” he asked. Yahoo! announced it. “Yes.” Then he went.', ['“Is it?” he asked.', 'Yahoo! announced it.', '“Yes.”', 'Then he went.']],
    ['1. First item. 2. Second item. Third.', ['1. First item.', '2. Second item.', 'Third.']],
    ['Wait... what? No!', ['Wait... what?', 'No!']],
    ['A sentence that runs\nover two lines. Another\none.', ['A sentence that runs\nover two lines.', 'Another\none.']],
    ['See pp. 12–13 and vol. 3. On Jan. 3 we left.', ['See pp. 12–13 and vol. 3.', 'On Jan. 3 we left.']],
    ['日本語です。次の文。', ['日本語です。', '次の文。']],
    ['  \n ', []],
  ])('%s', (text, sentences) => {
    expect(split(text)).toEqual(sentences)
  })

  it('gives a fragment without words to its neighbour', () => {
    expect(split('He left. … Then all was quiet. ”')).toEqual(['He left.', '… Then all was quiet. ”'])
    expect(split('***')).toEqual(['***'])
  })

  it('covers every character that is no white space exactly once, in order, for any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc.array(fc.constantFrom('Dr. ', 'et al. ', 'U.S. ', 'Word ', 'word. ', '[1] ', '.[2]', 'J. ', '? ', '"', '\n', '3.14 ', 'e.g. ', '… ', ') ', 'The ', '1. '), { maxLength: 60 }).map(parts => parts.join('')),
    )
    fc.assert(fc.property(texts, (text) => {
      const ranges = segmentSentences(text)
      let position = 0
      for (const [start, end] of ranges) {
        expect(text.slice(position, start).trim()).toBe('')
        expect(text.slice(start, end)).toBe(text.slice(start, end).trim())
        expect(end).toBeGreaterThan(start)
        expect(end - start).toBeLessThanOrEqual(MAX_SENTENCE_CHARS)
        position = end
      }
      expect(text.slice(position).trim()).toBe('')
    }), { numRuns: 500 })
  })

  it('takes time in proportion to the text', () => {
    for (const piece of ['J. ', 'word ', 'et al. ', '.[1]', '1. ', '? "', ') ']) {
      const started = performance.now()
      segmentSentences(piece.repeat(Math.ceil(200_000 / piece.length)))
      // Far above what linear work takes (some 50 ms), far below what quadratic work would (minutes).
      expect(performance.now() - started).toBeLessThan(5_000)
    }
  })
})

describe('cutLong', () => {
  it('cuts at the end of a clause, then at a comma, then between words', () => {
    const cut = (text: string, max: number) => cutLong(text, [0, text.length], max).map(([start, end]) => text.slice(start, end))
    expect(cut('one two three; four, five six', 20)).toEqual(['one two three;', 'four, five six'])
    expect(cut('one two three four, five six', 24)).toEqual(['one two three four,', 'five six'])
    expect(cut('one two three four five six', 20)).toEqual(['one two three four', 'five six'])
    expect(cut('x'.repeat(25), 10)).toEqual(['x'.repeat(10), 'x'.repeat(10), 'xxxxx'])
  })

  it('never cuts a character in two', () => {
    const text = '🎹'.repeat(30)
    for (const [start, end] of cutLong(text, [0, text.length], 7)) expect(text.slice(start, end).isWellFormed()).toBe(true)
  })
})

describe('createSegmenter', () => {
  const unitsOf = (...pages: CanonicalPage[]) => {
    const segmenter = createSegmenter()
    return [...pages.flatMap(page => [...segmenter.push(page)]), ...segmenter.finish()]
  }
  const page = (text: string, blocks: Block[], start = 0) => {
    return { number: 1, start, end: start + text.length, text, blocks: blocks.map(block => ({ ...block, start: block.start + start, end: block.end + start })) }
  }

  it('takes headings, table rows and lines of code whole, and sentences inside list items', () => {
    const text = 'Vol. 1. Rags\n\nA | B. C | D\n\nlet x = 1.\n  run()\n\n1. One. Two.\n\n'
    const blocks: Block[] = [
      { kind: 'heading', level: 1, start: 0, end: 12 },
      { kind: 'table_row', start: 14, end: 26 },
      { kind: 'code', start: 28, end: 46 },
      { kind: 'list_item', start: 48, end: 60 },
    ]
    const units = [...unitsOf(page(text, blocks, 100))]
    expect(units.map(unit => text.slice(unit.start - 100, unit.end - 100)))
      .toEqual(['Vol. 1. Rags', 'A | B. C | D', 'let x = 1.', 'run()', '1. One.', 'Two.'])
    expect(units.map(({ kind }) => kind)).toEqual(['heading', 'table_row', 'code', 'code', 'list_item', 'list_item'])
  })

  it('never lets a sentence cross a block, and loses no text between blocks', () => {
    const text = 'No full stop\n\nhere either\n\nand this is in no block. At all.'
    const units = [...unitsOf(page(text, [{ kind: 'paragraph', start: 0, end: 12 }, { kind: 'paragraph', start: 14, end: 25 }]))]
    expect(units.map(unit => text.slice(unit.start, unit.end))).toEqual(['No full stop', 'here either', 'and this is in no block.', 'At all.'])
  })

  it('survives blocks that overlap or leave the page', () => {
    const text = 'One. Two. Three.'
    const units = [...unitsOf(page(text, [{ kind: 'paragraph', start: 0, end: 9 }, { kind: 'paragraph', start: 5, end: 400 }]))]
    expect(units.map(unit => text.slice(unit.start, unit.end))).toEqual(['One.', 'Two.', 'Three.'])
  })

  describe('a paragraph that goes on over the end of its page', () => {
    const first = { ...page('Joplin came. He played in the\n\n', [{ kind: 'paragraph', start: 0, end: 29 }]), continues: true }
    const after = (text: string, blocks: Block[]) => ({ ...page(text, blocks, first.end), number: 2 })

    it('keeps its sentences whole', () => {
      const second = after('back room. Then he left.\n\n', [{ kind: 'paragraph', start: 0, end: 24 }])
      expect(unitsOf(first, second).map(({ text }) => text)).toEqual([
        'Joplin came.',
        'He played in the\n\nback room.',
        'Then he left.',
      ])
    })

    it('ends where the next page does not go on with a paragraph, or does not come', () => {
      const heading = after('Next\n\n', [{ kind: 'heading', level: 1, start: 0, end: 4 }])
      expect(unitsOf(first, heading).map(({ text }) => text)).toEqual(['Joplin came.', 'He played in the', 'Next'])
      expect(unitsOf(first).map(({ text }) => text)).toEqual(['Joplin came.', 'He played in the'])
    })

    it('runs over more than one page', () => {
      const second = { ...after('long\n\n', [{ kind: 'paragraph', start: 0, end: 4 }]), continues: true }
      const third = { ...page('evening. It ended.\n\n', [{ kind: 'paragraph', start: 0, end: 18 }], second.end), number: 3 }
      expect(unitsOf(first, second, third).map(({ text }) => text)).toEqual([
        'Joplin came.',
        'He played in the\n\nlong\n\nevening.',
        'It ended.',
      ])
    })
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chipsOf, cutText, layoutMarks, leavesOf } from '../../../../shared/utils/citation-layout.ts'
import { parseMarkdown } from '../../../../shared/utils/markdown.ts'
import { markdown } from '../../support/markdown.ts'

/** The answer as a reader sees it, numbers in brackets and unsupported stretches in braces. */
function drawn(source: string, anchors: [n: number, at: number][], unsupported: [number, number][] = []): string[] {
  const blocks = parseMarkdown(source)
  const chips = chipsOf(anchors.map(([n, at]) => ({ n, anchors: [at] })))
  const marks = layoutMarks(blocks, chips, unsupported.map(([start, end]) => ({ start, end, supported: false })))
  return blocks.map((block, index) => leavesOf(block.node).map((leaf, number) => {
    const own = marks[index]!.chips.filter(chip => chip.leaf === number)
    if (leaf.kind === 'code') return leaf.text + own.map(chip => `[${chip.n}]`).join('')
    return cutText(leaf, own, marks[index]!.unsupported)
      .map(piece => (piece.unsupported ? `{${piece.text}}` : piece.text) + piece.chips.map(n => `[${n}]`).join('')).join('')
  }).join(''))
}

describe('layoutMarks', () => {
  it('puts a number after the sentence, before the blank', () => {
    expect(drawn('One. Two.', [[1, 4], [2, 9]])).toEqual(['One.[1] Two.[2]'])
  })

  it('keeps numbers of one place in order', () => {
    expect(drawn('One.', [[2, 4], [1, 4]])).toEqual(['One.[1][2]'])
  })

  it('stays in the paragraph, the list item and the cell that the sentence ends in', () => {
    const source = 'One.\n\n- two.\n- three.\n\n| a | b |\n|---|---|\n| four. | five. |\n\nSix.'
    const after = (text: string) => source.indexOf(text) + text.length
    expect(drawn(source, [[1, after('One.')], [2, after('two.')], [3, after('four.')], [4, after('five.')], [5, after('Six.')]]))
      .toEqual(['One.[1]', 'two.[2]three.', 'abfour.[3]five.[4]', 'Six.[5]'])
  })

  it('never goes into the next block when the offset lies between blocks', () => {
    const source = 'One.\n\n## Two\n\nThree.'
    for (const at of [4, 5, 6]) expect(drawn(source, [[1, at]])[0]).toBe('One.[1]')
  })

  it('stands after the bold words when the offset lies after their marks', () => {
    expect(drawn('It is **bold.** And', [[1, 15]])).toEqual(['It is bold.[1] And'])
  })

  it('stands after code, not in it', () => {
    const source = '```\nlet a\n```\n'
    expect(drawn(source, [[1, source.length]])).toEqual(['let a[1]'])
  })

  it('counts in the source, not in what is shown of it', () => {
    const source = 'A \\* b &amp; c. Next.'
    expect(drawn(source, [[1, source.indexOf(' Next')]])).toEqual(['A * b & c.[1] Next.'])
  })

  it('marks exactly the unsupported sentence', () => {
    expect(drawn('One. Two *is* so. Three.', [[1, 4]], [[5, 17]])).toEqual(['One.[1] {Two }{is}{ so.} Three.'])
  })

  it('draws every number exactly once and changes no text (property)', () => {
    fc.assert(fc.property(markdown(), fc.array(fc.nat({ max: 300 }), { maxLength: 8 }), (source, places) => {
      const blocks = parseMarkdown(source)
      fc.pre(blocks.some(block => leavesOf(block.node).length > 0))
      const chips = chipsOf(places.map((at, index) => ({ n: index + 1, anchors: [Math.min(at, source.length)] })))
      const marks = layoutMarks(blocks, chips, [])
      const numbers: number[] = []
      blocks.forEach((block, index) => leavesOf(block.node).forEach((leaf, number) => {
        const own = marks[index]!.chips.filter(chip => chip.leaf === number)
        if (leaf.kind === 'code') numbers.push(...own.map(chip => chip.n))
        else {
          const pieces = cutText(leaf, own, [])
          expect(pieces.map(piece => piece.text).join('')).toBe(leaf.text)
          numbers.push(...pieces.flatMap(piece => piece.chips))
        }
      }))
      expect([...numbers].sort((a, b) => a - b)).toEqual(chips.map(chip => chip.n).sort((a, b) => a - b))
      // In reading order they stand as their offsets do.
      const at = new Map(chips.map(chip => [chip.n, chip.at]))
      expect(numbers.map(n => at.get(n)!)).toEqual(numbers.map(n => at.get(n)!).sort((a, b) => a - b))
    }), { numRuns: 1000 })
  })

  it('places a number no earlier than the text it follows, wherever a sentence ends (property)', () => {
    fc.assert(fc.property(markdown(), (source) => {
      const blocks = parseMarkdown(source)
      for (const match of source.matchAll(/\w\.(?=\s|$)/g)) {
        const at = match.index + 2
        const leaf = blocks.flatMap(block => leavesOf(block.node)).find(item => item.kind === 'text' && item.from < at && at <= item.to)
        if (!leaf) continue
        const marks = layoutMarks(blocks, [{ n: 1, at }], [])
        const index = marks.findIndex(mark => mark.chips.length > 0)
        const chip = marks[index]!.chips[0]!
        expect(leavesOf(blocks[index]!.node)[chip.leaf]).toBe(leaf)
        expect(leaf.from + chip.offset).toBe(at)
      }
    }), { numRuns: 300 })
  })
})

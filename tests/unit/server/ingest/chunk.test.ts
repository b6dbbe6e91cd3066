import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Block } from '../../../../shared/schemas/documents.ts'
import { chunkTokens, createChunker, estimateTokens, MAX_CHUNK_TOKENS } from '../../../../server/ingest/chunk.ts'
import { createSegmenter } from '../../../../server/ingest/segment.ts'
import type { CanonicalPage, ChunkDraft } from '../../../../server/ingest/types.ts'

const countWords = (text: string) => text.split(/\s+/).filter(Boolean).length

/** Pages from blocks of text, laid out as the extractor does it. */
function pagesOf(pages: { kind: Block['kind'], level?: number, text: string }[][]): CanonicalPage[] {
  let offset = 0
  return pages.map((parts, index) => {
    let text = ''
    const blocks = parts.map(({ kind, level, text: part }) => {
      const start = offset + text.length
      text += `${part}\n\n`
      return { kind, level, start, end: start + part.length }
    })
    const page = { number: index + 1, start: offset, end: offset + text.length, text, blocks }
    offset = page.end
    return page
  })
}

function chunk(pages: CanonicalPage[], maxTokens: number, countTokens = countWords): ChunkDraft[] {
  const chunker = createChunker({ countTokens, maxTokens })
  return [...pages.flatMap(page => [...chunker.push(page)]), ...chunker.finish()]
}

const words = (count: number, word = 'rag') => `${Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ')}.`

describe('createChunker', () => {
  it('keeps a heading with the text under it and knows the path to it', () => {
    const chunks = chunk(pagesOf([[
      { kind: 'heading', level: 1, text: 'Ragtime' },
      { kind: 'heading', level: 2, text: 'Origins' },
      { kind: 'paragraph', text: 'It began in Missouri. It spread.' },
      { kind: 'heading', level: 2, text: 'Decline' },
      { kind: 'paragraph', text: 'Jazz came.' },
    ]]), 50)
    expect(chunks.map(({ text, headingPath }) => ({ text, headingPath }))).toEqual([
      { text: 'Ragtime\n\nOrigins\n\nIt began in Missouri. It spread.', headingPath: ['Ragtime', 'Origins'] },
      { text: 'Decline\n\nJazz came.', headingPath: ['Ragtime', 'Decline'] },
    ])
  })

  it('balances the last two chunks of a section instead of leaving a crumb', () => {
    const chunks = chunk(pagesOf([[{ kind: 'paragraph', text: Array.from({ length: 11 }, (_, index) => words(10, `Word${index}x`)).join(' ') }]]), 100)
    expect(chunks.map(({ tokens }) => tokens)).toEqual([50, 60])
  })

  it('runs over a page break and says on which pages it lies', () => {
    const chunks = chunk(pagesOf([[{ kind: 'paragraph', text: 'First page.' }], [{ kind: 'paragraph', text: 'Second page.' }], []]), 50)
    expect(chunks).toHaveLength(1)
    expect(chunks[0]).toMatchObject({ pageStart: 1, pageEnd: 2, text: 'First page.\n\nSecond page.', sentences: [[0, 11], [13, 25]] })
  })

  it('cuts a sentence that alone exceeds the budget', () => {
    const chunks = chunk(pagesOf([[{ kind: 'paragraph', text: words(60) }]]), 25)
    expect(Math.max(...chunks.map(({ tokens }) => tokens))).toBeLessThanOrEqual(25)
    expect(chunks.map(({ text }) => text).join(' ')).toBe(words(60))
  })

  it('gives a document of headings alone one chunk', () => {
    const chunks = chunk(pagesOf([[{ kind: 'heading', level: 1, text: 'Only' }, { kind: 'heading', level: 2, text: 'Headings' }]]), 50)
    expect(chunks.map(({ text }) => text)).toEqual(['Only\n\nHeadings'])
  })

  it('yields nothing for a document without text', () => {
    expect(chunk(pagesOf([[], []]), 50)).toEqual([])
  })

  it('yields chunks while pages come in', () => {
    const chunker = createChunker({ countTokens: countWords, maxTokens: 50 })
    const pages = pagesOf(Array.from({ length: 40 }, () => [{ kind: 'paragraph' as const, text: `${words(30)} ${words(30, 'Time')}` }]))
    const early = pages.flatMap(page => [...chunker.push(page)])
    expect(early.length).toBeGreaterThan(70)
  })

  const block = fc.record({
    kind: fc.constantFrom<Block['kind']>('heading', 'paragraph', 'paragraph', 'paragraph', 'list_item', 'table_row', 'code', 'caption'),
    level: fc.integer({ min: 1, max: 4 }),
    text: fc.array(fc.constantFrom('Ragtime', 'was', 'played.', 'Dr.', 'The', 'end?', '🎹', 'x\ny', '1899', 'et al.', 'a;', 'b,', '日本語です。', 'longword'.repeat(9)), { minLength: 1, maxLength: 60 })
      .map(parts => parts.join(' ')),
  })

  it('covers every sentence once, in order, inside the budget and never over a heading, for any document', () => {
    fc.assert(fc.property(fc.array(fc.array(block, { maxLength: 6 }), { maxLength: 6 }), fc.integer({ min: 3, max: 60 }), fc.infiniteStream(fc.boolean()), (content, maxTokens, continued) => {
      const pages = pagesOf(content).map(page => ({ ...page, continues: continued.next().value }))
      const canonical = pages.map(({ text }) => text).join('')
      const chunks = chunk(pages, maxTokens)
      const segmenter = createSegmenter()
      const units = [...pages.flatMap(page => [...segmenter.push(page)]), ...segmenter.finish()]
      for (const unit of units) expect(unit.text).toBe(canonical.slice(unit.start, unit.end))

      expect(chunks.map(({ ordinal }) => ordinal)).toEqual(chunks.map((_, index) => index))
      let end = 0
      for (const draft of chunks) {
        expect(draft.text).toBe(canonical.slice(draft.start, draft.end))
        expect(draft.start).toBeGreaterThanOrEqual(end)
        expect(draft.sentences[0]![0]).toBe(draft.start)
        expect(draft.sentences.at(-1)![1]).toBe(draft.end)
        expect(draft.tokens).toBeLessThanOrEqual(maxTokens)
        expect(canonical.slice(end, draft.start).trim()).toBe('')
        end = draft.end
        const kinds = units.filter(unit => unit.start >= draft.start && unit.end <= draft.end).map(({ kind }) => kind)
        const body = kinds.findIndex(kind => kind !== 'heading')
        if (body >= 0) expect(kinds.slice(body)).not.toContain('heading')
        const pageOf = (position: number) => pages.find(page => position >= page.start && position < page.end)!.number
        expect([draft.pageStart, draft.pageEnd]).toEqual([pageOf(draft.start), pageOf(draft.end - 1)])
      }
      expect(canonical.slice(end).trim()).toBe('')

      // Each sentence is in one chunk, whole or, where it alone exceeds the budget, in pieces that follow each other.
      const ranges = chunks.flatMap(({ sentences }) => sentences)
      for (let index = 1; index < ranges.length; index++) expect(ranges[index]![0]).toBeGreaterThanOrEqual(ranges[index - 1]![1])
      for (const unit of units) {
        const pieces = ranges.filter(([start, stop]) => start >= unit.start && stop <= unit.end)
        if (countWords(canonical.slice(unit.start, unit.end)) <= maxTokens) expect(pieces).toEqual([[unit.start, unit.end]])
        else expect(pieces.map(([start, stop]) => canonical.slice(start, stop)).join('').replaceAll(/\s/g, '')).toBe(canonical.slice(unit.start, unit.end).replaceAll(/\s/g, ''))
      }
      expect(ranges.every(([start, stop]) => units.some(unit => start >= unit.start && stop <= unit.end))).toBe(true)
    }), { numRuns: 300 })
  })
})

describe('chunkTokens', () => {
  it('is the same for every model, unless its window is smaller', () => {
    for (const window of [256, 510, 8_192]) expect(chunkTokens({ window })).toBe(MAX_CHUNK_TOKENS)
    expect(chunkTokens(null)).toBe(MAX_CHUNK_TOKENS)
    expect(chunkTokens({ window: 128 })).toBe(MAX_CHUNK_TOKENS / 2)
  })
})

describe('estimateTokens', () => {
  it('counts long words, marks and characters of dense scripts', () => {
    expect(estimateTokens('The cat sat.')).toBe(4)
    expect(estimateTokens('internationalisation')).toBe(4)
    expect(estimateTokens('日本語')).toBe(3)
    expect(estimateTokens('')).toBe(0)
  })

  it('takes time in proportion to the text', () => {
    const started = performance.now()
    estimateTokens('x'.repeat(200_000))
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

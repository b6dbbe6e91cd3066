import { describe, expect, it } from 'vitest'
import { answerValues } from '../../../eval/support/answer-values.ts'
import type { Asked } from '../../../eval/support/asking.ts'
import type { Corpus, CorpusChunk } from '../../../eval/support/corpus.ts'
import type { Gold } from '../../../eval/support/gold.ts'
import { rankingValues } from '../../../eval/support/ranking-values.ts'

/** Two documents of two chunks with ten characters each, a page each. */
const chunks = ['a0', 'a1', 'b0', 'b1'].map((id): CorpusChunk => {
  const number = Number(id[1])
  return { id, document: id[0]!, start: number * 10, end: number * 10 + 10, pageStart: number + 1, pageEnd: number + 1, text: 'x'.repeat(10), sentences: [], embedding: null }
})
const corpus = {
  chunks, chunk: (id: string) => chunks.find(chunk => chunk.id === id)!, documents: ['a', 'b'],
  documentOf: file => file, fileOf: document => document, textOf: () => 'x'.repeat(20), pageAt: (_, position) => position < 10 ? 1 : 2,
} satisfies Corpus
const gold: Gold = { documents: new Set(['a']), passages: [{ document: 'a', range: [12, 16] }], unmapped: 0 }

describe('a ranking of chunks', () => {
  it('ranks documents by their first chunk, and is judged by what its first five chunks hold', () => {
    expect(rankingValues(['b0', 'a0', 'b1', 'a1'], gold, corpus)).toMatchObject({
      documentAt1: 0, documentAt5: 1, passAt5: 1, mrr: 1 / 2, chunkAt1: 0, chunkMrr: 1 / 4, sentenceAt5: 1, pageAt5: 1, tokenRecall: 1, tokenPrecision: 0.1, tokenIou: 0.1,
    })
    expect(rankingValues(['b0', 'a0', 'b1'], gold, corpus)).toMatchObject({ chunkMrr: 0, sentenceAt5: 0, pageAt5: 0, tokenRecall: 0 })
  })

  it('holds a passage that lies across two chunks only with both', () => {
    const across = { ...gold, passages: [{ document: 'a', range: [5, 15] as const }] }
    expect(rankingValues(['a0', 'b0'], across, corpus)).toMatchObject({ chunkAt1: 1, sentenceAt5: 0, tokenRecall: 0.5 })
    expect(rankingValues(['a1', 'a0'], across, corpus)).toMatchObject({ sentenceAt5: 1, tokenRecall: 1 })
  })

  it('has no values of passages where none is known', () => {
    expect(rankingValues(['a0'], { ...gold, passages: [] }, corpus)).not.toHaveProperty('sentenceAt5')
  })
})

describe('an answer', () => {
  const citation = (n: number, documentId: string, start: number, quote: string) => ({ n, documentId, start, end: start + 5, quote, title: '', page: 1, chunkId: '', anchors: [] })
  const asked = (citations: ReturnType<typeof citation>[], refused = false): Asked => ({
    answer: { citations, sentences: citations.map(() => ({ start: 0, end: 1, supported: true })) } as unknown as Asked['answer'],
    trace: { question: '', queries: [], retrievals: [], answerer: '' }, refused, score: 1.5,
  })

  it('is judged by its cited sentences in the order of their numbers', () => {
    const cited = [citation(2, 'b', 0, 'the answer'), citation(1, 'a', 0, 'other'), citation(3, 'a', 10, 'more')]
    expect(answerValues(asked(cited), gold, ['answer'])).toEqual({
      score: 1.5, refused: 0, firstCited: 0, anyCited: 1, sentences: 3, citationPrecision: 2 / 3, citationRecall: 1, supported: 1,
    })
    // Without strings, by the passages: the third one touches [12, 16).
    expect(answerValues(asked(cited), gold, undefined)).toMatchObject({ firstCited: 0, anyCited: 1 })
    expect(answerValues(asked([citation(1, 'a', 10, '')]), gold, undefined)).toMatchObject({ firstCited: 1 })
  })

  it('that refuses has no right sentence, and no citation to judge', () => {
    expect(answerValues(asked([], true), gold, ['answer'])).toEqual({ score: 1.5, refused: 1, firstCited: 0, anyCited: 0 })
  })
})

import { describe, expect, it } from 'vitest'
import { judgeAnswerability } from '../../../../server/answer/answerability.ts'
import type { RankedSentence } from '../../../../server/answer/rank-sentences.ts'
import type { Candidate } from '../../../../server/answer/sentences.ts'
import { weighEvidence } from '../../../../server/retrieval/relevance.ts'
import type { SearchOutcome } from '../../../../server/retrieval/types.ts'

const QUESTION = 'When was the Maple Leaf Rag published?'

function outcome(similarity: number | null, coverage: number): SearchOutcome {
  const mode = similarity === null ? 'keyword' : 'hybrid'
  return {
    mode, results: [], evidence: weighEvidence(similarity, coverage), scope: { documents: 1, documentsInFilter: 1 },
    trace: { query: '', mode, filters: {}, timings: {}, candidates: [] },
  }
}

function best(words: number, type: number, meaning: RankedSentence['meaning'] = null): RankedSentence[] {
  return [{ candidate: {} as Candidate, features: { chunk: 1, words, plain: words, before: 0, type, blemish: 0 }, meaning, probability: 0.9 }]
}
const cosine = (similarity: number) => ({ similarity, interaction: 0, inContext: 0 })
const late = (interaction: number) => ({ similarity: 0, interaction, inContext: interaction })

describe('judgeAnswerability', () => {
  it.each([
    ['by words', outcome(null, 1), best(1, 1), outcome(null, 0.3), best(0.2, 0)],
    ['by similarity', outcome(0.8, 1), best(1, 1, cosine(0.8)), outcome(0.2, 0.2), best(0.2, 0, cosine(0.2))],
    ['by late interaction', outcome(0.8, 1), best(1, 1, late(0.7)), outcome(0.2, 0.2), best(0.2, 0, late(0.2))],
  ])('tells an answer from none %s', (_name, found, good, off, poor) => {
    const direct = judgeAnswerability(QUESTION, found, good)
    expect(direct).toMatchObject({ verdict: 'direct', words: 'Your documents answer this directly.' })
    expect(direct.score).toBeGreaterThan(direct.threshold)
    expect(judgeAnswerability(QUESTION, off, poor)).toMatchObject({ verdict: 'none' })
  })

  it('has a zone between the two', () => {
    const verdicts = Array.from({ length: 21 }, (_, step) => judgeAnswerability(QUESTION, outcome(null, step / 20), best(step / 20, 1)).verdict)
    expect([...new Set(verdicts)]).toEqual(['none', 'close', 'direct'])
  })

  it('believes less where the number that is asked for is missing', () => {
    const score = (type: number) => judgeAnswerability(QUESTION, outcome(0.6, 0.7), best(0.7, type, cosine(0.6))).score
    expect(score(0)).toBeLessThan(score(1))
    const other = (type: number) => judgeAnswerability('Who published the rag?', outcome(0.6, 0.7), best(0.7, type, cosine(0.6))).score
    expect(other(0)).toBe(other(1))
  })

  it.each([
    ['by words', outcome(null, 0.4), best(0.2, 1)],
    ['by late interaction', outcome(0.4, 0.5), best(0.1, 1, late(0.3))],
  ])('believes more where what the question names is defined, %s', (_name, found, ranked) => {
    const score = (defines?: number) => judgeAnswerability('What does `parseBody` do?', { ...found, evidence: { ...found.evidence!, ...defines !== undefined && { defines } } }, ranked).score
    expect(score(0)).toBe(score())
    expect(score(0.5)).toBeGreaterThan(score(0))
    expect(score(1)).toBeGreaterThan(score(0.5))
  })

  it('judges by words when the embedding of the sentences was late', () => {
    expect(judgeAnswerability(QUESTION, outcome(0.5, 0.9), best(0.9, 1))).toMatchObject({ verdict: 'direct', threshold: judgeAnswerability(QUESTION, outcome(null, 0.9), best(0.9, 1)).threshold })
  })

  it('finds no answer without evidence or sentences', () => {
    expect(judgeAnswerability(QUESTION, { ...outcome(0.9, 1), evidence: null }, best(1, 1))).toMatchObject({ verdict: 'none', score: 0 })
    expect(judgeAnswerability(QUESTION, outcome(0.9, 1), [])).toMatchObject({ verdict: 'none', score: 0 })
  })
})

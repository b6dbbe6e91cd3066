import { describe, expect, it } from 'vitest'
import { termWeight, weighEvidence } from '../../../../server/retrieval/relevance.ts'
import type { SearchOutcome } from '../../../../server/retrieval/types.ts'
import { isRelevant } from '../../support/relevance.ts'

function outcome(similarity: number | null, coverage: number): SearchOutcome {
  const mode = similarity === null ? 'keyword' : 'hybrid'
  const found = {
    documentId: 'd', title: 't', chunkId: 'c', page: 1, start: 0, end: 1, text: 'x', headingPath: [], score: 1, stages: {}, sentences: [], tokens: 1,
  }
  return {
    mode, results: [found], evidence: weighEvidence(similarity, coverage), scope: { documents: 1, documentsInFilter: 1 },
    trace: { query: '', mode, filters: {}, timings: {}, candidates: [] },
  }
}

describe('the evidence of a search', () => {
  it.each([
    ['near in meaning and in words', 0.6, 0.8, true],
    ['near in meaning, in other words', 0.6, 0, true],
    ['the rare words are there, the meaning is not far', 0.3, 0.7, true],
    ['a word in common, another subject', 0.2, 0.2, false],
    ['nothing in common', 0.05, 0, false],
    ['keyword mode, most words there', null, 0.6, true],
    ['keyword mode, one common word there', null, 0.2, false],
  ] as const)('%s', (_name, similarity, coverage, expected) => {
    expect(isRelevant(outcome(similarity, coverage))).toBe(expected)
  })

  it('judges a chunk without a vector as keyword mode does, whatever the mode of the search', () => {
    const waiting = (coverage: number) => ({ ...outcome(null, coverage), mode: 'hybrid' as const })
    expect(isRelevant(waiting(0.6))).toBe(true)
    expect(isRelevant(waiting(0.2))).toBe(false)
  })

  it('is false without results or evidence', () => {
    expect(isRelevant({ ...outcome(0.9, 1), results: [] })).toBe(false)
    expect(isRelevant({ ...outcome(0.9, 1), evidence: null })).toBe(false)
  })
})

describe('termWeight', () => {
  it('is larger the rarer a word is, and never negative', () => {
    expect(termWeight(0, 100)).toBeGreaterThan(termWeight(1, 100))
    expect(termWeight(1, 100)).toBeGreaterThan(termWeight(50, 100))
    expect(termWeight(100, 100)).toBeGreaterThan(0)
  })
})

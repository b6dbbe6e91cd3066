import { describe, expect, it } from 'vitest'
import type { FusedChunk } from '../../../../server/retrieval/fusion.ts'
import { mergeRankings, strongestEvidence } from '../../../../server/retrieval/ranking.ts'
import { weighEvidence } from '../../../../server/retrieval/relevance.ts'

const ranking = (scores: [key: number, score: number][]): FusedChunk[] =>
  scores.map(([chunkKey, score], index) => ({ chunkKey, score, stages: { text: { rank: index + 1, score: 10 * score }, fusion: { rank: index + 1, score } } }))

describe('mergeRankings', () => {
  it('leaves a single one as it is', () => {
    const one = ranking([[1, 1], [2, 0.5]])
    expect(mergeRankings([one])).toBe(one)
  })

  it('takes each chunk from where it scored best, ties by key', () => {
    const merged = mergeRankings([ranking([[1, 0.9], [2, 0.8]]), ranking([[3, 1], [2, 0.9]])])
    expect(merged.map(({ chunkKey, score, stages }) => [chunkKey, score, stages.text!.score, stages.fusion])).toEqual([
      [3, 1, 10, { rank: 1, score: 1 }], [1, 0.9, 9, { rank: 2, score: 0.9 }], [2, 0.9, 9, { rank: 3, score: 0.9 }],
    ])
    expect(mergeRankings([[], []])).toEqual([])
  })
})

describe('strongestEvidence', () => {
  it('is the most there is', () => {
    const [weak, strong] = [weighEvidence(0.3, 0.2), weighEvidence(0.5, 0.9)]
    expect(strongestEvidence([weak, null, strong])).toBe(strong)
    expect(strongestEvidence([strong, weak])).toBe(strong)
    expect(strongestEvidence([null])).toBeNull()
  })
})

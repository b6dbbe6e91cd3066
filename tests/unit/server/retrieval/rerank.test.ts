import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FusedChunk } from '../../../../server/retrieval/fusion.ts'
import { mixRerank, rerankCount } from '../../../../server/retrieval/rerank.ts'

const ranked = (scores: number[]): FusedChunk[] => scores.map((score, index) => ({ chunkKey: 100 + index, score, stages: { fusion: { rank: index + 1, score } } }))
const mix = (chunks: FusedChunk[], scores: number[], rerankWeight: number) => mixRerank(chunks, scores, { rerankWeight, definitionWeight: 0.2 })
const order = (chunks: FusedChunk[]) => chunks.map(({ chunkKey }) => chunkKey - 100)

describe('rerankCount', () => {
  const count = (scores: number[], rerank = 20, rerankGap = 0.25) => rerankCount(ranked(scores), { rerank, rerankGap })

  it('is how many candidates there are, up to the setting', () => {
    expect(count([0.9, 0.8, 0.2])).toBe(3)
    expect(count([0.9, 0.8, 0.2], 2)).toBe(2)
    expect(count([0.9, 0.8, 0.2], 0)).toBe(0)
  })

  it('is none where there is nothing to decide', () => {
    expect(count([0.9, 0.6, 0.5])).toBe(0)
    expect(count([0.9])).toBe(0)
    expect(count([])).toBe(0)
  })
})

describe('mixRerank', () => {
  it('mixes the scores, stretched among themselves, with the fused ones', () => {
    const mixed = mix(ranked([1, 0.9, 0.8]), [0.2, 0.3, 0.6], 0.5)
    expect(mixed.map(({ chunkKey, score }) => [chunkKey - 100, Math.round(score * 1e6) / 1e6])).toEqual([[2, 0.9], [1, 0.575], [0, 0.5]])
    expect(mixed[0]!.stages).toEqual({ fusion: { rank: 3, score: 0.8 }, rerank: { rank: 1, score: 0.6 } })
  })

  it('keeps the order of equal scores, and all of it without weight', () => {
    expect(order(mix(ranked([1, 0.9, 0.8]), [0.4, 0.4, 0.4], 0.5))).toEqual([0, 1, 2])
    expect(order(mix(ranked([1, 0.9, 0.8]), [0.1, 0.2, 0.3], 0))).toEqual([0, 1, 2])
  })

  it('gives what a chunk defines its share of the reread score as well', () => {
    const [first, second] = ranked([0.8, 0.7])
    const mixed = mix([{ ...first!, defines: 0 }, { ...second!, defines: 1 }], [0.6, 0.2], 0.5)
    // 0.4 + 0.5 · 0.8 · 1 and 0.35 + 0.5 · 0.2 · 1
    expect(mixed.map(({ chunkKey, score }) => [chunkKey - 100, Math.round(score * 1e6) / 1e6])).toEqual([[0, 0.8], [1, 0.45]])
  })

  it('leaves the others in their order after those that were scored, within 0 and 1', () => {
    const sorted = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }).map(list => list.sort((a, b) => b - a))
    fc.assert(fc.property(sorted, fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), (fused, scores, weight) => {
      const given = scores.slice(0, fused.length)
      const mixed = mix(ranked(fused), given, weight)
      expect(order(mixed).toSorted((a, b) => a - b)).toEqual(fused.map((_, index) => index))
      expect(order(mixed).slice(given.length)).toEqual(fused.map((_, index) => index).slice(given.length))
      for (const [index, { score }] of mixed.entries()) {
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1 + 1e-9)
        if (index > 0) expect(score).toBeLessThanOrEqual(mixed[index - 1]!.score)
      }
    }))
  })
})

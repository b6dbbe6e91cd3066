import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse as fuseWith, type ScoredChunk } from '../../../../server/retrieval/fusion.ts'

const fuse = (vector: ScoredChunk[], text: ScoredChunk[], vectorWeight = 0.5) => fuseWith(vector, text, { vectorWeight })

const list = fc.uniqueArray(fc.record({ chunkKey: fc.integer({ min: 1, max: 40 }), score: fc.double({ min: -1, max: 30, noNaN: true }) }), { selector: item => item.chunkKey })

describe('fuse', () => {
  it('mixes scores that are divided by the best of each list', () => {
    const fused = fuse([{ chunkKey: 1, score: 0.8 }, { chunkKey: 2, score: 0.4 }], [{ chunkKey: 2, score: 12 }])
    expect(fused.map(({ chunkKey, score }) => [chunkKey, score])).toEqual([[2, 0.75], [1, 0.5]])
    expect(fused[0]!.stages).toEqual({ vector: { rank: 2, score: 0.4 }, text: { rank: 1, score: 12 }, fusion: { rank: 1, score: 0.75 } })
    expect(fused[1]!.stages.text).toBeUndefined()
  })

  it('gives each list its weight, all of it where that is 0 or 1', () => {
    const [vector, text] = [[{ chunkKey: 1, score: 0.8 }, { chunkKey: 2, score: 0.4 }], [{ chunkKey: 1, score: 3 }, { chunkKey: 2, score: 12 }]]
    const scores = (weight: number) => fuse(vector, text, weight).map(({ chunkKey, score }) => [chunkKey, score])
    expect(scores(0.75)).toEqual([[1, 0.8125], [2, 0.625]])
    expect(scores(0)).toEqual([[2, 1], [1, 0.25]])
    expect(scores(1)).toEqual([[1, 1], [2, 0.5]])
  })

  it('lets one list decide where the other is empty', () => {
    expect(fuse([], [{ chunkKey: 1, score: 4 }, { chunkKey: 2, score: 2 }]).map(({ score }) => score)).toEqual([1, 0.5])
    expect(fuse([{ chunkKey: 1, score: 0.5 }], [])[0]!.score).toBe(1)
    expect(fuse([], [])).toEqual([])
  })

  it('judges by its words alone what has no vector', () => {
    const fused = fuse([{ chunkKey: 1, score: 0.8 }, { chunkKey: 2, score: 0.2 }], [{ chunkKey: 2, score: 4 }, { chunkKey: 3, score: 8 }])
    expect(fused.map(({ chunkKey, score }) => [chunkKey, score])).toEqual([[3, 1], [1, 0.5], [2, 0.375]])
  })

  it('stays within 1 for scores as small as numbers get', () => {
    expect(fuse([{ chunkKey: 1, score: 1e-323 }], [{ chunkKey: 1, score: 6.61620633e-316 }])[0]!.score).toBe(1)
  })

  it('holds every candidate once, best first, within 0 and 1, whatever order the lists come in', () => {
    fc.assert(fc.property(list, list, (vector, text) => {
      const fused = fuse(vector, text)
      expect(fused.map(({ chunkKey }) => chunkKey).sort()).toEqual([...new Set([...vector, ...text].map(({ chunkKey }) => chunkKey))].sort())
      expect(fused.map(({ stages }) => stages.fusion.rank)).toEqual(fused.map((_, index) => index + 1))
      for (const [index, { score }] of fused.entries()) {
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1 + 1e-9)
        if (index > 0) expect(score).toBeLessThanOrEqual(fused[index - 1]!.score)
      }
      expect(fuse(vector.toReversed(), text.toReversed())).toEqual(fused)
    }))
  })
})

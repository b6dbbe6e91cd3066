import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fuse } from '../../../../server/retrieval/fusion.ts'

const list = fc.uniqueArray(fc.record({ chunkKey: fc.integer({ min: 1, max: 40 }), score: fc.double({ min: -1, max: 30, noNaN: true }) }), { selector: item => item.chunkKey })

describe('fuse', () => {
  it('mixes scores that are divided by the best of each list', () => {
    const fused = fuse([{ chunkKey: 1, score: 0.8 }, { chunkKey: 2, score: 0.4 }], [{ chunkKey: 2, score: 12 }])
    expect(fused.map(({ chunkKey, score }) => [chunkKey, score])).toEqual([[2, 0.75], [1, 0.5]])
    expect(fused[0]!.stages).toEqual({ vector: { rank: 2, score: 0.4 }, text: { rank: 1, score: 12 }, fusion: { rank: 1, score: 0.75 } })
    expect(fused[1]!.stages.text).toBeUndefined()
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

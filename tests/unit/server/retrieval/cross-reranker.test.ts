import { describe, expect, it } from 'vitest'
import { createCrossReranker, mixCross } from '../../../../server/retrieval/cross-reranker.ts'
import type { FusedChunk } from '../../../../server/retrieval/fusion.ts'

const chunks = (scores: number[]) => scores.map((score, i): FusedChunk => ({ chunkKey: i + 1, score, stages: { fusion: { rank: i + 1, score } } }))
const keys = (ranked: FusedChunk[]) => ranked.map(({ chunkKey }) => chunkKey)

describe('mixCross', () => {
  it('orders the read candidates by their probability, keeps the others after them, and says how', () => {
    const mixed = mixCross(chunks([0.9, 0.8, 0.7, 0.69]), [0.1, 0.95, 0.2], 0.8)
    expect(keys(mixed)).toEqual([2, 3, 1, 4])
    expect(mixed[0]).toMatchObject({ score: expect.closeTo(0.92) as number, stages: { fusion: { rank: 2 }, cross: { rank: 1, score: 0.95 } } })
    expect(mixed.at(-1)!.stages.cross).toBeUndefined()
    for (const { score } of mixed) expect(score <= 1).toBe(true)
  })

  it('leaves the order where no candidate answers, or all do', () => {
    for (const probability of [1e-6, 1 - 1e-6]) expect(keys(mixCross(chunks([0.9, 0.8, 0.7]), [probability, probability + 1e-7, probability], 0.8))).toEqual([1, 2, 3])
    expect(keys(mixCross(chunks([0.9, 0.8]), [0, 1], 0))).toEqual([1, 2])
  })
})

describe('createCrossReranker', () => {
  it('reads the texts in their order, of a few questions at a time', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const reranker = createCrossReranker({ score: async (_query, texts) => {
      await promise
      return texts.map(text => text.length / 10)
    } }, 8)
    const texts = [{ id: 'a', text: 'maple' }, { id: 'b', text: 'leaf' }]
    const questions = [reranker.score('x', texts), reranker.score('y', texts)]
    await expect(reranker.score('z', texts)).rejects.toThrow('2 questions are being reranked already')
    resolve()
    expect(await Promise.all(questions)).toEqual([[0.5, 0.4], [0.5, 0.4]])
    expect(await reranker.score('z', texts)).toEqual([0.5, 0.4])
  })
})

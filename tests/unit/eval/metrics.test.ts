import { describe, expect, it } from 'vitest'
import { hitAt, mean, median, ndcgAt, overlap, recallAt, reciprocalRank, type Range } from '../../../eval/support/metrics.ts'

const ranking = ['x', 'a', 'y', 'z', 'b', 'c']
const relevant = new Set(['a', 'b', 'c'])

describe('a ranking', () => {
  it('is judged by how much of what is relevant stands among the first', () => {
    expect(recallAt(ranking, relevant, 5)).toBe(2 / 3)
    expect(recallAt(ranking, relevant, 10)).toBe(1)
    expect(recallAt(['a', 'a'], relevant, 5)).toBe(1 / 3)
    expect([recallAt([], relevant, 5), recallAt(ranking, new Set(), 5)]).toEqual([0, 0])
  })

  it('is judged by whether and where something relevant stands', () => {
    expect([hitAt(ranking, relevant, 1), hitAt(ranking, relevant, 2)]).toEqual([0, 1])
    expect([reciprocalRank(ranking, relevant), reciprocalRank(['x'], relevant), reciprocalRank([], relevant)]).toEqual([1 / 2, 0, 0])
  })

  it('has an nDCG', () => {
    // Found at ranks 2, 5 and 6: 1/log2(3) + 1/log2(6) + 1/log2(7); the best are ranks 1, 2 and 3: 1 + 1/log2(3) + 1/2.
    const found = 0.630930 + 0.386853 + 0.356207
    expect(ndcgAt(ranking, relevant, 10)).toBeCloseTo(found / 2.130930, 5)
    // Of the first five, 1/log2(3) + 1/log2(6).
    expect(ndcgAt(ranking, relevant, 5)).toBeCloseTo((0.630930 + 0.386853) / 2.130930, 5)
    expect([ndcgAt(['a', 'b', 'c'], relevant, 10), ndcgAt(['a'], new Set(['a', 'b']), 1), ndcgAt([], relevant, 10), ndcgAt(ranking, new Set(), 10)]).toEqual([1, 1, 0, 0])
    expect(ndcgAt(['a', 'a', 'a'], new Set(['a']), 10)).toBe(1)
  })
})

describe('overlap', () => {
  const at = (document: string, ...ranges: Range[]) => ranges.map(range => ({ document, range }))

  it('says how much of the wanted text was found, and how much else was read', () => {
    // 5 of 10 wanted, 5 of 15 read, 5 of 10 + 15 − 5.
    expect(overlap(at('a', [0, 15]), at('a', [10, 20]))).toEqual({ recall: 0.5, precision: 1 / 3, iou: 0.25 })
    expect(overlap(at('a', [0, 15], [15, 30]), at('a', [10, 20], [40, 50]))).toEqual({ recall: 0.5, precision: 1 / 3, iou: 0.25 })
  })

  it('counts text that was found twice once as found and twice as read', () => {
    expect(overlap(at('a', [0, 10], [5, 15]), at('a', [0, 10]))).toEqual({ recall: 1, precision: 0.5, iou: 0.5 })
  })

  it('tells documents apart and knows nothing', () => {
    expect(overlap(at('b', [0, 10]), at('a', [0, 10]))).toEqual({ recall: 0, precision: 0, iou: 0 })
    expect(overlap([], at('a', [0, 10]))).toEqual({ recall: 0, precision: 0, iou: 0 })
    expect(overlap([], [])).toEqual({ recall: 0, precision: 0, iou: 0 })
  })
})

describe('mean and median', () => {
  it('average', () => {
    expect([mean([1, 2, 6]), median([5, 1, 2]), median([4, 1, 2, 3]), mean([]), median([])]).toEqual([3, 2, 2.5, 0, 0])
  })
})

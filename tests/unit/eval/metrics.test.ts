import { describe, expect, it } from 'vitest'
import { characterRecall, mean, median, rankingMetrics } from '../../../eval/support/metrics.ts'

describe('rankingMetrics', () => {
  it('scores a ranking', () => {
    expect(rankingMetrics(['x', 'a', 'y', 'z', 'b', 'c'], new Set(['a', 'b', 'c']))).toEqual({ hitAt1: 0, hitAt5: 1, passAt5: 2 / 3, reciprocalRank: 1 / 2 })
    expect(rankingMetrics(['a'], new Set(['a']))).toEqual({ hitAt1: 1, hitAt5: 1, passAt5: 1, reciprocalRank: 1 })
    expect(rankingMetrics([], new Set(['a']))).toEqual({ hitAt1: 0, hitAt5: 0, passAt5: 0, reciprocalRank: 0 })
  })
})

describe('characterRecall', () => {
  it('is the share of the references that the chunks cover', () => {
    expect(characterRecall([{ start: 0, end: 15 }], [[10, 20]])).toBe(0.5)
    expect(characterRecall([{ start: 0, end: 15 }, { start: 15, end: 30 }], [[10, 20], [40, 50]])).toBe(0.5)
    expect(characterRecall([], [[0, 10]])).toBe(0)
  })
})

describe('mean and median', () => {
  it('average', () => {
    expect([mean([1, 2, 6]), median([5, 1, 2]), median([4, 1, 2, 3]), mean([]), median([])]).toEqual([3, 2, 2.5, 0, 0])
  })
})

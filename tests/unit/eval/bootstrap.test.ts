import { describe, expect, it } from 'vitest'
import { bootstrapInterval, comparePaired } from '../../../eval/support/bootstrap.ts'
import { mean } from '../../../eval/support/metrics.ts'

const values = Array.from({ length: 100 }, (_, index) => index % 4 === 0 ? 0 : 1)

describe('the bootstrap interval', () => {
  it('is the same for the same questions', () => {
    expect(bootstrapInterval(values, mean)).toEqual(bootstrapInterval(values, mean))
    expect(bootstrapInterval(values, mean, { seed: 1 })).not.toEqual(bootstrapInterval(values, mean, { seed: 2 }))
  })

  it('lies about the statistic as wide as theory says', () => {
    // A share of 0.75 of 100: ±1.96 · √(0.75 · 0.25 / 100) = ±0.085.
    const { low, high } = bootstrapInterval(values, mean)
    expect(low).toBeCloseTo(0.75 - 0.085, 1)
    expect(high).toBeCloseTo(0.75 + 0.085, 1)
    expect(low).toBeLessThan(0.75)
    expect(high).toBeGreaterThan(0.75)
  })

  it('is a point where nothing varies, and leaves out draws without a value', () => {
    expect(bootstrapInterval([1, 1, 1], mean)).toEqual({ low: 1, high: 1 })
    const shareOfOnes = (drawn: number[]) => drawn.every(value => value === 0) ? Number.NaN : mean(drawn)
    expect(bootstrapInterval([0, 1], shareOfOnes)).toEqual({ low: 0.5, high: 1 })
  })

  it('needs a question', () => {
    expect(() => bootstrapInterval([], mean)).toThrow(RangeError)
  })
})

describe('two systems on the same questions', () => {
  it('differ by their mean difference, with wins and losses', () => {
    const compared = comparePaired([{ a: 0, b: 1 }, { a: 0, b: 1 }, { a: 1, b: 0 }, { a: 1, b: 1 }])
    expect(compared).toMatchObject({ difference: 0.25, wins: 2, losses: 1, ties: 1 })
    expect(compared.interval.low).toBeLessThan(0)
    expect(compared.interval.high).toBeGreaterThan(0.25)
  })

  it('differ for certain where one always wins by the same', () => {
    expect(comparePaired([{ a: 0.25, b: 0.5 }, { a: 0.5, b: 0.75 }])).toEqual({ difference: 0.25, interval: { low: 0.25, high: 0.25 }, wins: 2, losses: 0, ties: 0 })
  })
})

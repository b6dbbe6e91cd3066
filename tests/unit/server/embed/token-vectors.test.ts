import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatenate, toSigns, toTokens, windows } from '../../../../server/embed/token-vectors.ts'

describe('windows', () => {
  const text = (length: number) => ['[CLS]', ...Array.from({ length }, (_, i) => i), '[SEP]'] as number[]

  it('leaves a text alone that fits', () => {
    expect(windows(text(8), 10)).toEqual([text(8)])
    expect(windows(text(0), 10)).toEqual([text(0)])
  })

  it('cuts a longer one into runs between the special tokens, up to four', () => {
    expect(windows(text(5), 4)).toEqual([['[CLS]', 0, 1, '[SEP]'], ['[CLS]', 2, 3, '[SEP]'], ['[CLS]', 4, '[SEP]']])
    expect(windows(text(100), 4)).toHaveLength(4)
  })

  it('keeps each token once and in order', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 3, max: 20 }), (length, window) => {
      const runs = windows(text(length), window)
      for (const run of runs) expect(run.length).toBeLessThanOrEqual(window)
      expect(runs.flatMap(run => run.slice(1, -1))).toEqual(text(length).slice(1, -1).slice(0, 4 * (window - 2)))
    }))
  })
})

describe('toTokens', () => {
  it('leaves the special tokens out and gives the others unit length', () => {
    expect([...toTokens(Float32Array.of(9, 9, 3, 4, 0, 0, 9, 9), 2)].map(value => Math.round(value * 1e6) / 1e6)).toEqual([0.6, 0.8, 0, 0])
    expect(toTokens(Float32Array.of(9, 9, 9, 9), 2)).toHaveLength(0)
  })
})

describe('toSigns', () => {
  it('has a bit for each number, 1 for what is not negative, and whole bytes for each token', () => {
    const token = [1, -1, 0, 2, -3, -0.1, 5, -7, 4, -4]
    const around = Array.from({ length: 10 }, () => -1)
    expect([...toSigns(Float32Array.from([...around, ...token, ...token.map(value => -value), ...around]), 10)]).toEqual([0b01001101, 0b01, 0b10110110, 0b10])
    expect(toSigns(Float32Array.from([...around, ...around]), 10)).toHaveLength(0)
  })
})

describe('concatenate', () => {
  it('puts parts one after another', () => {
    expect(concatenate([Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3)])).toEqual(Uint8Array.of(1, 2, 3))
    expect(concatenate([])).toEqual(new Uint8Array(0))
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeBoxes, encodeBoxes } from '../../../../server/extract/boxes.ts'

describe('character boxes', () => {
  test('come back within half a unit', () => {
    const value = fc.double({ min: 0, max: 6000, noNaN: true })
    fc.assert(fc.property(fc.array(fc.tuple(value, value, value, value), { maxLength: 200 }), (boxes) => {
      const values = Float32Array.from(boxes.flat())
      const decoded = decodeBoxes(encodeBoxes(values))
      expect(decoded).toHaveLength(values.length)
      for (const [index, expected] of values.entries()) expect(Math.abs(decoded[index]! - expected)).toBeLessThanOrEqual(0.051)
    }))
  })

  test('of a huge page come back within a coarser unit', () => {
    const decoded = decodeBoxes(encodeBoxes(Float32Array.of(0, 10, 14_400, 14_390)))
    expect(decoded[2]).toBeCloseTo(14_400, 0)
    expect(decoded[1]).toBeCloseTo(10, 0)
  })

  test('of a page of text take a few bytes a character', () => {
    const boxes = new Float32Array(4000 * 4)
    for (let index = 0; index < 4000; index++) boxes.set([72 + (index % 80) * 5.3, 700 - Math.floor(index / 80) * 12, 77 + (index % 80) * 5.3, 710 - Math.floor(index / 80) * 12], index * 4)
    expect(encodeBoxes(boxes).length).toBeLessThan(4000 * 4)
  })

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['another version', Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0)],
    ['a count that is not there', Uint8Array.of(1, 0, 0, 0, 0, 255, 255, 0, 0, 3, 0)],
    ['an absurd count', Uint8Array.of(1, 0, 0, 0, 0, 255, 255, 255, 255, 3, 0)],
  ])('are not read from %s', (_, blob) => {
    expect(() => decodeBoxes(blob)).toThrow(RangeError)
  })
})

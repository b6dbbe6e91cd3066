import { describe, expect, it } from 'vitest'
import { meanPool, pool } from '../../../../server/embed/pooling.ts'

describe('meanPool', () => {
  it('averages the token vectors and scales to unit length', () => {
    expect([...meanPool(Float32Array.of(2, 0, 4, 8), 2)]).toEqual([expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)])
  })

  it('leaves a zero vector alone', () => expect([...meanPool(Float32Array.of(0, 0), 2)]).toEqual([0, 0]))
})

describe('pool', () => {
  const hidden = () => Float32Array.of(3, 4, 0, 2, 5, 12)
  it.each([
    ['mean', [8 / Math.hypot(8, 18), 18 / Math.hypot(8, 18)]],
    ['cls', [0.6, 0.8]],
    ['last', [5 / 13, 12 / 13]],
  ] as const)('takes what %s means, of unit length', (pooling, expected) => {
    expect([...pool(hidden(), 2, pooling)]).toEqual(expected.map(value => expect.closeTo(value, 6)))
  })
})

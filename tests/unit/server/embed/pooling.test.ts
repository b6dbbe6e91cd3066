import { describe, expect, it } from 'vitest'
import { meanPool } from '../../../../server/embed/pooling.ts'

describe('meanPool', () => {
  it('averages the token vectors and scales to unit length', () => {
    expect([...meanPool(Float32Array.of(2, 0, 4, 8), 2)]).toEqual([expect.closeTo(0.6, 6), expect.closeTo(0.8, 6)])
  })

  it('leaves a zero vector alone', () => expect([...meanPool(Float32Array.of(0, 0), 2)]).toEqual([0, 0]))
})

import { describe, expect, it } from 'vitest'
import { isAway, pauseBefore } from '../../../../shared/utils/away.ts'

describe('isAway', () => {
  it.each([
    [0, null], [502, null], [502, '<html>Bad Gateway</html>'], [503, undefined], [504, { detail: 'late' }],
    [503, { code: 'shutting_down', message: 'The server is about to restart.' }], [503, { code: 'unavailable', message: 'Ragtime is starting.' }],
  ])('is told by status %i with %j', (status, body) => {
    expect(isAway(status, body)).toBe(true)
  })

  it.each([
    [200, null], [401, null], [404, { code: 'not_found' }], [409, null], [429, null], [500, null],
    [503, { code: 'model_overloaded', message: 'Claude is overloaded.' }],
  ])('is not told by status %i with %j', (status, body) => {
    expect(isAway(status, body)).toBe(false)
  })
})

describe('pauseBefore', () => {
  it('grows, and stays short enough to notice soon that the server is back', () => {
    expect([0, 1, 2, 3, 30].map(pauseBefore)).toEqual([500, 1_000, 2_000, 2_000, 2_000])
  })
})

import { describe, expect, it } from 'vitest'
import { ByteCache } from '../../../../server/retrieval/byte-cache.ts'

const bytes = (length: number) => new Uint8Array(length)

describe('ByteCache', () => {
  it('forgets what was used longest ago when it is full', () => {
    const cache = new ByteCache(10)
    for (const key of ['a', 'b', 'c']) cache.set(key, bytes(3))
    expect(cache.get('a')).toHaveLength(3)
    cache.set('d', bytes(4))
    expect(['a', 'b', 'c', 'd'].map(key => cache.get(key)?.length)).toEqual([3, undefined, 3, 4])
    expect(cache.bytes).toBe(10)
  })

  it('counts a value that is replaced once', () => {
    const cache = new ByteCache(10)
    cache.set('a', bytes(6))
    cache.set('a', bytes(5))
    expect(cache.bytes).toBe(5)
    expect(cache.get('a')).toHaveLength(5)
  })

  it('does not keep what is larger than all of it, nor anything where it has no room', () => {
    const cache = new ByteCache(10)
    cache.set('a', bytes(4))
    cache.set('b', bytes(11))
    expect([cache.get('a')?.length, cache.get('b')]).toEqual([4, undefined])
    const none = new ByteCache(0)
    none.set('a', bytes(1))
    expect(none.get('a')).toBeUndefined()
  })
})

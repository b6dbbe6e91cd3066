import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, outputLimit } from '../../../../server/extract/limits.ts'

const MB = 1024 * 1024

describe('outputLimit', () => {
  it('lets small files say a lot, larger ones in proportion, and none more than the limit of all', () => {
    expect(outputLimit(DEFAULT_LIMITS, 12_000)).toBe(64 * MB)
    expect(outputLimit(DEFAULT_LIMITS, 3 * MB)).toBe(384 * MB)
    expect(outputLimit(DEFAULT_LIMITS, 100 * MB)).toBe(1024 * MB)
    expect(outputLimit({ outputBytes: MB }, 100 * MB)).toBe(MB)
  })
})

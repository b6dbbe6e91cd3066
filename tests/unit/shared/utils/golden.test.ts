import { describe, expect, it } from 'vitest'
import { changeText, goldenSummary, placeText } from '../../../../shared/utils/golden.ts'

const check = (rank: number | null, before: number | null = null) => ({ rank, before, checkedAt: '2026-01-01T00:00:00.000Z' })

describe('the golden set', () => {
  it('is summed up by the last runs', () => {
    expect(goldenSummary([{ check: check(1) }, { check: check(4) }, { check: check(13) }, { check: check(null) }, { check: null }]))
      .toEqual({ questions: 5, checked: 4, first: 1, read: 2, reciprocalRank: (1 + 1 / 4 + 1 / 13) / 4 })
    expect(goldenSummary([])).toMatchObject({ questions: 0, reciprocalRank: 0 })
  })

  it('says at which place a passage was found, or why not', () => {
    expect(placeText(null, null)).toEqual({ text: 'not run yet', kind: 'none' })
    expect(placeText(check(12), null)).toEqual({ text: 'place 12', kind: 'good' })
    expect(placeText(check(13), null)).toEqual({ text: 'place 13, behind the 12 that are read', kind: 'fair' })
    expect(placeText(check(null), null)).toEqual({ text: 'not found', kind: 'bad' })
    expect(placeText(check(null), 'replaced').text).toContain('a newer version')
  })

  it('says what has changed', () => {
    expect(changeText(check(2, 5))).toBe('was 5')
    expect(changeText(check(2, 2))).toBeNull()
    expect(changeText(check(2))).toBeNull()
  })
})

import { describe, expect, it } from 'vitest'
import { formatBytes, formatCount, formatDate, groupByTime, siteOf } from '../../../../shared/utils/format.ts'

describe('formatBytes', () => {
  it.each([[0, '0 B'], [812, '812 B'], [999, '999 B'], [1000, '1.0 kB'], [6120, '6.1 kB'], [9960, '10 kB'], [48_213_321, '48 MB'], [999_600, '1.0 MB'], [104_857_600, '105 MB']])('%i is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text)
  })
})

it('counts in words', () => {
  expect(formatCount(1, 'page')).toBe('1 page')
  expect(formatCount(1200, 'page')).toBe('1,200 pages')
  expect(formatCount(2, 'copy', 'copies')).toBe('2 copies')
})

it('dates in the zone that is asked for', () => {
  expect(formatDate('2026-11-22T23:30:00Z', 'UTC')).toBe('22 Nov 2026')
  expect(formatDate('2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe('23 Nov 2026')
})

describe('siteOf', () => {
  it.each([['https://www.example.org/a?b', 'example.org'], ['http://sub.example.org:80/', 'sub.example.org'], ['nonsense', 'nonsense']])('%s is of %s', (url, site) => {
    expect(siteOf(url)).toBe(site)
  })
})

describe('groupByTime', () => {
  const now = Date.parse('2026-11-22T10:00:00Z')
  const at = (...times: string[]) => times.map(updatedAt => ({ updatedAt }))
  const labels = (items: { updatedAt: string }[], zone = 'UTC') => groupByTime(items, now, zone).map(group => [group.label, group.items.length])

  it('divides at midnight of the reader’s zone', () => {
    expect(labels(at('2026-11-22T09:00:00Z', '2026-11-22T00:00:00Z', '2026-11-21T23:59:00Z'))).toEqual([['Today', 2], ['Yesterday', 1]])
    expect(labels(at('2026-11-21T23:30:00Z'), 'Europe/Berlin')).toEqual([['Today', 1]])
  })

  it('knows a week, a month and older', () => {
    expect(labels(at('2026-11-15T00:00:00Z', '2026-11-14T23:00:00Z', '2026-10-23T01:00:00Z', '2026-10-22T01:00:00Z')))
      .toEqual([['Last 7 days', 1], ['Last 30 days', 2], ['Older', 1]])
  })
})

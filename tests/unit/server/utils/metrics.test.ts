import { describe, expect, it } from 'vitest'
import { countContent } from '../../../../server/db/metrics.ts'
import { httpMetrics, isEventStream, recordRequest } from '../../../../server/utils/http-metrics.ts'
import { hasMetricsToken, renderMetrics } from '../../../../server/utils/metrics.ts'
import { temporaryDatabase } from '../../support/database.ts'

describe('recordRequest', () => {
  it('counts by class, and durations into cumulative buckets', () => {
    for (const seconds of [0.003, 0.02, 0.02, 4, 60]) recordRequest({ status: 200, seconds })
    recordRequest({ status: 404, seconds: 0.004 })
    recordRequest({ status: 200, seconds: null })
    expect(httpMetrics()).toMatchObject({ requests: { '2xx': 6, '4xx': 1 }, buckets: [2, 2, 4, 4, 4, 4, 4, 4, 4, 5, 5], timed: 6 })
    expect(httpMetrics().seconds).toBeCloseTo(64.047)
  })
})

describe('renderMetrics', () => {
  it('is what Prometheus reads', () => {
    const text = renderMetrics(
      { documents: { ready: 2, failed: 1 }, jobs: {}, runs: { done: 7 }, chunks: 340, sessions: 1 },
      { requests: { '2xx': 3 }, buckets: [1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3], seconds: 8.5, timed: 3 },
    )
    expect(text).toContain('# HELP ragtime_documents Documents by status.\n# TYPE ragtime_documents gauge\nragtime_documents{status="ready"} 2\nragtime_documents{status="failed"} 1\n')
    expect(text).toContain('ragtime_chunks 340\n')
    expect(text).toContain('# TYPE ragtime_http_request_duration_seconds histogram\nragtime_http_request_duration_seconds_bucket{le="0.005"} 1\n')
    expect(text).toContain('ragtime_http_request_duration_seconds_bucket{le="+Inf"} 3\nragtime_http_request_duration_seconds_sum 8.5\nragtime_http_request_duration_seconds_count 3\n')
    expect(text.endsWith('\n')).toBe(true)
    expect(text).not.toMatch(/NaN|undefined/)
  })
})

describe('countContent', () => {
  it('counts rows by status', () => {
    const { db } = temporaryDatabase()
    const insert = db.prepare(`
      INSERT INTO documents (id, content_hash, title, filename, media_type, bytes, status, chunk_count, created_at, updated_at)
      VALUES (?, ?, 't', 'f', 'text/plain', 1, ?, ?, '', '')
    `)
    insert.run('a', 'a', 'ready', 12)
    insert.run('b', 'b', 'ready', 30)
    insert.run('c', 'c', 'failed', 0)
    expect(countContent(db)).toEqual({ documents: { ready: 2, failed: 1 }, jobs: {}, runs: {}, chunks: 42, sessions: 0 })
  })
})

describe('hasMetricsToken', () => {
  it.each([
    ['Bearer the right token', 'the right token', true],
    ['Bearer the wrong token', 'the right token', false],
    ['Bearer ', 'the right token', false],
    ['the right token', 'the right token', false],
    [undefined, 'the right token', false],
    ['Bearer null', null, false],
    ['Bearer ', '', false],
  ])('%s against %s', (authorization, token, expected) => {
    expect(hasMetricsToken(authorization, token)).toBe(expected)
  })
})

describe('isEventStream', () => {
  it('tells a stream by its type', () => {
    expect(isEventStream('text/event-stream; charset=utf-8')).toBe(true)
    expect(isEventStream('text/html')).toBe(false)
    expect(isEventStream(undefined)).toBe(false)
  })
})

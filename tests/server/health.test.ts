import Database from 'better-sqlite3'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Health } from '../../server/utils/health.ts'
import { parsePrometheus } from '../unit/support/prometheus.ts'
import { startServer, type TestServer } from './support/server.ts'

const TOKEN = 'a token for the metrics of the tests'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none', RAGTIME_METRICS_TOKEN: TOKEN } })
})
afterAll(() => server?.stop())

async function health(): Promise<{ status: number, body: Health }> {
  const response = await server.anonymous('/health')
  return { status: response.status, body: await response.json() as Health }
}

/** Another program's hand in the database. */
function tamper(sql: string): void {
  const db = new Database(join(server.dataDir, 'ragtime.db'))
  db.exec(sql)
  db.close()
}

describe('GET /health', () => {
  it('tries every part', async () => {
    const { status, body } = await health()
    expect(status).toBe(200)
    expect(body).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      checks: {
        database: { ok: true, ms: expect.any(Number), detail: 'written' },
        vectors: { ok: true, ms: expect.any(Number), detail: expect.stringMatching(/^sqlite-vec v\d/) },
        fullText: { ok: true, ms: expect.any(Number), detail: 'queried' },
        disk: { ok: true, ms: expect.any(Number), detail: expect.stringMatching(/^\d+ MB free$/) },
        queue: { ok: true, ms: expect.any(Number), detail: 'empty' },
        model: { ok: true, ms: expect.any(Number), detail: 'keyword mode, as chosen' },
      },
    })
  })

  it('is not stored on the way, names no folder, and answers HEAD', async () => {
    const response = await server.anonymous('/health')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.text()).not.toContain(server.dataDir)
    const head = await server.anonymous('/health', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  it('fails, quickly, while the database cannot be written, and recovers', async () => {
    const db = new Database(join(server.dataDir, 'ragtime.db'))
    db.exec('BEGIN IMMEDIATE')
    try {
      const failing = await server.waitFor(async () => {
        const started = performance.now()
        const answer = await health()
        // A scheduled task may be waiting for the same lock meanwhile, which holds everything up for some seconds.
        return answer.status === 503 && performance.now() - started < 1_000 && answer
      }, { timeoutMs: 40_000 })
      expect(failing.body.status).toBe('failing')
      expect(failing.body.checks.database).toMatchObject({ ok: false, detail: expect.stringContaining('locked') })
      expect(failing.body.checks.fullText.ok).toBe(true)
    }
    finally {
      db.exec('ROLLBACK')
      db.close()
    }
    await server.waitFor(async () => (await health()).status === 200, { timeoutMs: 40_000 })
  })

  it('fails when the full-text index is gone', async () => {
    tamper('ALTER TABLE chunks_fts RENAME TO chunks_fts_gone')
    const { body } = await server.waitFor(async () => {
      const answer = await health()
      return answer.status === 503 && answer
    }, { timeoutMs: 5_000 })
    expect(body.checks).toMatchObject({ fullText: { ok: false }, database: { ok: true } })
    tamper('ALTER TABLE chunks_fts_gone RENAME TO chunks_fts')
    await server.waitFor(async () => (await health()).status === 200, { timeoutMs: 5_000 })
  })
})

describe('GET /metrics', () => {
  it('is Prometheus text, from this machine', async () => {
    await server.json('/api/nothing')
    const response = await server.anonymous('/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    const text = await response.text()
    expect(parsePrometheus(text).size).toBeGreaterThan(30)
    expect(text).toMatch(/^ragtime_http_requests_total\{method="GET",route="\/api\/\*\*",status="404"\} [1-9]/m)
    expect(text).toMatch(/^ragtime_http_request_duration_seconds_bucket\{route="[^"]+",le="\+Inf"\} [1-9]/m)
    expect(text).toMatch(/^process_resident_memory_bytes [1-9]\d{7,}/m)
    expect(text).toMatch(/^process_uptime_seconds \d/m)
    expect(text).toMatch(/^ragtime_chunks 0$/m)
    expect(text).toMatch(/^ragtime_sessions 1$/m)
  })

  it('needs the token from anywhere else', async () => {
    const ask = (authorization?: string) =>
      server.anonymous('/metrics', { headers: { 'x-forwarded-for': '203.0.113.9', ...authorization && { authorization } } })
    expect((await ask()).status).toBe(401)
    expect((await ask('Bearer wrong')).status).toBe(401)
    expect((await ask(`Basic ${TOKEN}`)).status).toBe(401)
    expect((await ask(`Bearer ${TOKEN}`)).status).toBe(200)
    expect((await server.fetch('/metrics', { headers: { 'x-forwarded-for': '203.0.113.9' } })).status).toBe(401)
  })
})

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openReadOnly } from '../../../../server/db/connection.ts'
import { createHealthProbe, type HealthSubject } from '../../../../server/utils/health.ts'
import { temporaryDatabase } from '../../support/database.ts'

const NOW = Date.parse('2026-03-01T12:00:00Z')
const iso = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString()

const checkHealth = (subject: HealthSubject) => createHealthProbe(subject)(NOW)
const someModel = { id: 'some-model', embed: async () => [] }
const READY = { state: 'ready', message: null } as const

function setUp() {
  const { db, path } = temporaryDatabase()
  const subject: HealthSubject = { db, dataDir: tmpdir(), disk: { hasRoom: true }, model: { embedder: null, status: { state: 'off', message: null } } }
  const addJob = (status: string, runAfter: string, leaseUntil: string | null = null) => {
    const key = db.prepare(`
      INSERT INTO documents (id, content_hash, title, filename, media_type, bytes, status, created_at, updated_at)
      VALUES (lower(hex(randomblob(16))), hex(randomblob(32)), 't', 'f', 'text/plain', 1, 'queued', @now, @now)
    `).run({ now: iso(0) }).lastInsertRowid
    db.prepare(`
      INSERT INTO jobs (id, kind, document_key, status, run_after, lease_until, created_at, updated_at)
      VALUES (lower(hex(randomblob(16))), 'ingest', ?, ?, ?, ?, ?, ?)
    `).run(key, status, runAfter, leaseUntil, iso(0), iso(0))
  }
  return { db, path, subject, addJob, check: () => checkHealth(subject) }
}

afterEach(() => vi.useRealTimers())

describe('the health check', () => {
  it('is well when every part is, and is quick', async () => {
    const { check, db } = setUp()
    const started = performance.now()
    const health = await check()
    expect(performance.now() - started).toBeLessThan(500)
    expect(health.status).toBe('ok')
    expect(Object.keys(health.checks)).toEqual(['database', 'vectors', 'fullText', 'disk', 'queue', 'model'])
    expect(db.prepare(`SELECT value FROM settings WHERE key = 'health_checked_at'`).pluck().get()).toBe(JSON.stringify(iso(0)))
  })

  it('fails when the database cannot be written', async () => {
    const { subject, path } = setUp()
    const db = openReadOnly(path)
    const health = await checkHealth({ ...subject, db })
    db.close()
    expect(health).toMatchObject({ status: 'failing', checks: { database: { ok: false, detail: expect.stringContaining('readonly') }, fullText: { ok: true } } })
  })

  it('does not wait long for a locked file, and leaves the usual patience behind', async () => {
    const { subject, db, path } = setUp()
    const { db: other } = { db: await import('better-sqlite3').then(({ default: Database }) => new Database(path)) }
    other.exec('BEGIN IMMEDIATE')
    const health = await checkHealth(subject)
    other.exec('ROLLBACK')
    other.close()
    expect(health.checks.database).toMatchObject({ ok: false, detail: expect.stringContaining('locked') })
    expect(health.checks.database.ms).toBeLessThan(1_000)
    expect(db.pragma('busy_timeout', { simple: true })).toBe(5_000)
  })

  it('fails when an index is gone', async () => {
    const { subject, db } = setUp()
    expect((await checkHealth({ ...subject, model: { embedder: someModel, status: READY } })).checks.vectors)
      .toMatchObject({ ok: false, detail: expect.stringContaining('chunks_vec') })
    db.exec('DROP TABLE chunks_fts')
    expect((await checkHealth(subject)).checks.fullText).toMatchObject({ ok: false, detail: expect.stringContaining('chunks_fts') })
  })

  it('fails when the folder of the data is gone', async () => {
    const { subject } = setUp()
    const health = await checkHealth({ ...subject, dataDir: join(tmpdir(), 'ragtime-there-is-no-such-folder') })
    expect(health.checks.disk.ok).toBe(false)
  })

  it('wants the embedding model, unless keyword mode was chosen', async () => {
    const { subject, db } = setUp()
    const model = async (model: HealthSubject['model']) => (await checkHealth({ ...subject, model })).checks.model
    expect(await model({ embedder: null, status: { state: 'missing', message: 'There is none.' } })).toMatchObject({ ok: false, detail: expect.stringContaining('missing') })
    expect(await model({ embedder: null, status: { state: 'failed', message: 'It cannot be used.' } })).toMatchObject({ ok: false, detail: 'It cannot be used.' })
    expect(await model({ embedder: null, status: { state: 'off', message: null } })).toMatchObject({ ok: true, detail: 'keyword mode, as chosen' })
    db.exec('CREATE TABLE chunks_vec (embedding BLOB)')
    expect(await model({ embedder: someModel, status: READY })).toMatchObject({ ok: true, detail: 'some-model' })
  })

  it('does not fail for a model that is being fetched, nor for a service that is away, which is not asked', async () => {
    const { subject, db } = setUp()
    const model = async (model: HealthSubject['model']) => (await checkHealth({ ...subject, model })).checks.model
    expect(await model({ embedder: null, status: { state: 'preparing', message: '3 of 30 MB.' } })).toMatchObject({ ok: true, detail: 'keyword mode: 3 of 30 MB.' })
    expect(await model({ embedder: null, status: { state: 'waiting', message: 'The hub is away.' } })).toMatchObject({ ok: true })
    db.exec('CREATE TABLE chunks_vec (embedding BLOB)')
    const service = { id: 'a-service', embed: () => Promise.reject(new Error('asked')), trouble: () => 'It is away.' }
    expect(await model({ embedder: service, status: { state: 'ready', message: 'It is away.' } })).toMatchObject({ ok: true, detail: 'a-service: It is away.' })
  })

  it('lets the model compute, does not wait while it is busy, and fails when it does not answer any more', async () => {
    vi.useFakeTimers()
    const { subject } = setUp()
    let answer: (vectors: Float32Array[]) => void = () => {}
    let work: () => Promise<Float32Array[]> = async () => []
    const probe = createHealthProbe({ ...subject, model: { embedder: { id: 'some-model', embed: () => work() }, status: READY } })
    const ask = async (after: number) => {
      const health = probe(NOW + after)
      await vi.advanceTimersByTimeAsync(50)
      return (await health).checks.model
    }
    expect(await ask(0)).toMatchObject({ ok: true })
    work = () => new Promise(resolve => answer = resolve)
    expect(await ask(2_000)).toMatchObject({ ok: true, detail: 'some-model' })
    await vi.advanceTimersByTimeAsync(16_000)
    expect(await ask(20_000)).toMatchObject({ ok: false, detail: 'no answer for 16 s' })
    answer([])
    await vi.advanceTimersByTimeAsync(0)
    work = () => Promise.reject(new Error('it is broken'))
    expect(await ask(30_000)).toMatchObject({ ok: false, detail: 'it is broken' })
    work = async () => []
    expect(await ask(40_000)).toMatchObject({ ok: true })
  })

  it.each([
    ['an empty queue', [], true, 'empty'],
    ['jobs that wait their turn', [['queued', 10]], true, 'empty'],
    ['a job that was due four minutes ago', [['queued', -4]], true, '1 due, the oldest for 240 s, 0 running'],
    ['a job nobody has taken for six minutes', [['queued', -6]], false, '1 due, the oldest for 360 s, 0 running: nothing works on the queue'],
    ['a long queue that is being worked on', [['queued', -60], ['running', -1, 1]], true, '1 due, the oldest for 3600 s, 1 running'],
    ['a worker that vanished an hour ago', [['running', -90, -60]], false, '1 due, the oldest for 3600 s, 0 running: nothing works on the queue'],
    ['jobs that are over', [['done', -60], ['failed', -60]], true, 'empty'],
  ] as [string, [string, number, number?][], boolean, string][])('judges %s', async (_name, jobs, ok, detail) => {
    const { check, addJob } = setUp()
    for (const [status, due, lease] of jobs) addJob(status, iso(due), lease === undefined ? null : iso(lease))
    expect((await check()).checks.queue).toMatchObject({ ok, detail })
  })
})

describe('createHealthProbe', () => {
  it('tries the parts once for many who ask at the same time', async () => {
    const { subject, db } = setUp()
    const probe = createHealthProbe(subject)
    const changes = () => db.prepare('SELECT total_changes() AS n').pluck().get() as number
    const before = changes()
    const answers = await Promise.all(Array.from({ length: 50 }, () => probe()))
    expect(new Set(answers).size).toBe(1)
    expect(changes() - before).toBe(1)
  })
})

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsePrometheus, valueOf, type ParsedMetric } from '../unit/support/prometheus.ts'
import { startFakeAnthropic, type FakeAnthropic } from './support/anthropic.ts'
import { askAndWait, newChat, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

/** Words that must never be seen in a log or a metric. */
const SECRETS = {
  document: 'Quillfeather', title: 'Marrowbone', question: 'Thistlewick', search: 'Bramblejack', answer: 'Cobblestern',
  password: 'a password with Wimplesworth', session: 'a session secret with Hollyhock and enough letters',
  key: 'sk-ant-Nettlecombe', metrics: 'a metrics token with Dapplegrim',
}

let fake: FakeAnthropic
let server: TestServer
let documentId: string
beforeAll(async () => {
  fake = await startFakeAnthropic()
  server = await startServer({
    env: {
      RAGTIME_EMBEDDER: 'none', RAGTIME_LOG_LEVEL: 'debug', RAGTIME_BACKUP: 'on', RAGTIME_PASSWORD: SECRETS.password,
      RAGTIME_SESSION_SECRET: SECRETS.session, RAGTIME_METRICS_TOKEN: SECRETS.metrics, ANTHROPIC_API_KEY: SECRETS.key, ANTHROPIC_BASE_URL: fake.url,
    },
  })
  const [id] = await uploadTexts(server, { [`${SECRETS.title}.txt`]: `The ${SECRETS.document} Rag was published in Sedalia in 1899. Its publisher was John Stark.` })
  documentId = id!
  // A chat each: a second question in one makes one more call, which rewrites it.
  const inNewChat = async (question: string) => askAndWait(server, (await newChat(server, { title: SECRETS.title })).id, question)
  await inNewChat(`Where was the ${SECRETS.document} Rag of ${SECRETS.question} published?`)
  // A citation that is not in the source is dropped.
  fake.next({
    steps: [{
      type: 'text', text: `In ${SECRETS.answer}.`, citations: [{
        type: 'search_result_location', search_result_index: 0, start_block_index: 0, end_block_index: 1,
        source: 'made up', title: 'made up', cited_text: 'made up',
      }],
    }],
    usage: { input_tokens: 1_000, output_tokens: 50 },
  })
  await inNewChat(`Who published the ${SECRETS.document} Rag?`)
  fake.next({ status: 400, errorType: 'invalid_request_error', message: `Bad ${SECRETS.question}` })
  await inNewChat(`Where was the ${SECRETS.document} Rag of ${SECRETS.question} published in 1899?`)
  fake.next({ steps: [{ type: 'text', text: 'It was' }, { type: 'error', errorType: 'invalid_request_error', message: `Bad ${SECRETS.question}` }] })
  await inNewChat(`Where was the ${SECRETS.document} Rag published, and when?`)
  await server.json(`/api/search?q=${SECRETS.search}+${SECRETS.document}`)
  await server.json(`/api/documents/${documentId}`)
  await server.json(`/api/documents/0190aaaa-0000-7000-8000-000000000000`)
  await (await server.anonymous(`/api/chats?q=${SECRETS.search}`, { headers: { 'x-forwarded-for': '203.0.113.77' } })).text()
  await (await server.anonymous('/api/auth/login', { method: 'POST', json: { password: `wrong ${SECRETS.password}` }, headers: { origin: server.url } })).text()
  await (await server.fetch('/documents', { headers: { accept: 'text/html' } })).text()
  // A line comes when its connection has taken the answer.
  await server.waitFor(() => of('request').some(({ path }) => path === '/documents'), { what: 'the line of the last request' })
})
afterAll(async () => {
  await server?.stop()
  await fake?.close()
})

type Line = Record<string, unknown> & { message: string }
/** Every line the server wrote; throws on one that is no JSON object. */
const lines = (): Line[] => server.logs().split('\n').filter(line => line !== '' && !line.startsWith('Listening on')).map(line => JSON.parse(line) as Line)
const of = (message: string) => lines().filter(line => line.message === message)

describe('the log', () => {
  it('is one JSON object a line, with time and level', () => {
    expect(lines().length).toBeGreaterThan(10)
    for (const line of lines()) expect(line).toMatchObject({ time: expect.stringMatching(/^\d{4}-.*Z$/), level: expect.stringMatching(/^(?:debug|info|warn|error)$/) })
  })

  it('tells of each request', () => {
    const found = of('request').find(({ path }) => path === `/api/documents/${documentId}`)
    expect(found).toEqual({
      time: expect.any(String), level: 'info', message: 'request', id: expect.stringMatching(/^[\w-]{8,64}$/), method: 'GET',
      route: '/api/documents/:id', path: `/api/documents/${documentId}`, status: 200, ms: expect.any(Number), firstByteMs: expect.any(Number),
      bytesIn: expect.any(Number), bytesOut: expect.any(Number), session: expect.stringMatching(/^[0-9a-f]{8}$/), client: 'local', outcome: 'ok',
    })
    expect(found!.bytesOut).toBeGreaterThan(300)
    expect(of('request').find(({ status, path }) => status === 401 && path === '/api/chats')).toMatchObject({ client: '203.0.113.0/24', code: 'unauthenticated', outcome: 'refused', route: '/api/**' })
    expect(of('request').find(({ route }) => route === 'page')).toMatchObject({ path: '/documents', outcome: 'ok' })
    const stream = of('request').find(({ route, stream }) => stream && route === '/api/runs/:id/events')
    expect(stream).toMatchObject({ status: 200 })
    expect(of('request').find(({ path }) => path === '/health')).toMatchObject({ level: 'debug' })
  })

  it('tells of each job', () => {
    expect(of('job')).toEqual([expect.objectContaining({
      level: 'info', kind: 'ingest', documentId, attempt: 1, outcome: 'done', pages: 1, chunks: 1, mediaType: 'text/plain', bytes: 84,
      totalMs: expect.any(Number), stepMs: { extract: expect.any(Number), embed: 0, store: expect.any(Number) },
    })])
  })

  it('tells of each run', () => {
    const [first, second, third, fourth] = of('run')
    expect(first).toMatchObject({
      level: 'info', runId: expect.any(String), chatId: expect.any(String), answerer: 'claude', status: 'done', outcome: 'answered', code: null,
      retrievalMs: expect.any(Number), firstTextMs: expect.any(Number), totalMs: expect.any(Number), sources: 1, citations: 1, droppedCitations: 0,
      tokens: { input: 100, output: 20, cacheRead: 0, cacheWrite: 0 }, costUsd: expect.any(Number),
    })
    expect(second).toMatchObject({ citations: 0, droppedCitations: 1 })
    for (const failed of [third, fourth]) expect(failed).toMatchObject({ status: 'failed', outcome: null, code: expect.any(String) })
  })

  it('holds no text of a document, a question or an answer, and no secret', () => {
    for (const words of Object.values(SECRETS)) {
      const canary = words.match(/[A-Z][a-z]+/)![0]
      expect(lines().filter(line => JSON.stringify(line).includes(canary)), canary).toEqual([])
    }
  })
})

describe('the metrics', () => {
  let metrics: Map<string, ParsedMetric>
  const value = (name: string, labels: Record<string, string> = {}) => valueOf(metrics, name, labels)
  beforeAll(async () => {
    const text = await (await server.anonymous('/metrics')).text()
    for (const word of Object.values(SECRETS)) expect(text).not.toContain(word)
    metrics = parsePrometheus(text)
  })

  it('count requests, jobs, searches and answers', () => {
    expect(value('ragtime_http_requests_total', { method: 'GET', route: '/api/documents/:id', status: '404' })).toBe(1)
    expect(value('ragtime_http_request_duration_seconds_count', { route: '/api/search' })).toBe(1)
    expect(value('ragtime_http_request_duration_seconds_count', { route: '/api/runs/:id/events' })).toBeUndefined()
    expect(value('ragtime_ingest_attempts_total', { outcome: 'done' })).toBe(1)
    expect(value('ragtime_ingest_step_duration_seconds_count', { step: 'extract' })).toBe(1)
    expect(value('ragtime_retrieval_stage_duration_seconds_count', { stage: 'text' })).toBeGreaterThanOrEqual(4)
    expect(value('ragtime_retrievals_total', { mode: 'keyword', result: 'found' })).toBeGreaterThanOrEqual(4)
    expect(value('ragtime_answers_total', { answerer: 'claude', outcome: 'answered' })).toBe(2)
    expect(value('ragtime_answers_total', { outcome: 'failed' })).toBe(2)
    expect(value('ragtime_citations_total', { result: 'kept' })).toBe(1)
    expect(value('ragtime_citations_total', { result: 'dropped' })).toBe(1)
  })

  it('count tokens and money by model, and time the model', () => {
    const model = metrics.get('ragtime_model_tokens_total')!.samples[0]!.labels.model!
    expect(model).toMatch(/^claude-/)
    expect(value('ragtime_model_tokens_total', { model, kind: 'input' })).toBeGreaterThanOrEqual(1_100)
    expect(value('ragtime_model_cost_usd_total', { model })).toBeGreaterThan(0)
    expect(value('ragtime_model_first_text_seconds_count', { model })).toBe(3)
  })

  it('show the state of process, database, disk and queue', () => {
    for (const name of [
      'process_resident_memory_bytes', 'process_cpu_seconds_total', 'process_uptime_seconds', 'ragtime_database_bytes', 'ragtime_disk_free_bytes',
      'ragtime_files_bytes', 'ragtime_chunks', 'ragtime_pages', 'ragtime_sessions',
    ]) expect(value(name), name).toBeGreaterThan(0)
    for (const name of ['ragtime_jobs_due', 'ragtime_jobs_oldest_due_seconds', 'ragtime_event_streams', 'ragtime_runs_active']) expect(value(name), name).toBe(0)
    expect(value('ragtime_database_wal_bytes')).toBeDefined()
    expect(value('ragtime_process_memory_bytes', { process: 'server' })).toBeGreaterThan(50_000_000)
    expect(value('nodejs_eventloop_delay_seconds', { quantile: '0.99' })).toBeGreaterThan(0)
  })

  it('count an open event stream', async () => {
    const leave = new AbortController()
    const response = await server.fetch('/api/documents/events', { signal: leave.signal })
    const now = async () => valueOf(parsePrometheus(await (await server.anonymous('/metrics')).text()), 'ragtime_event_streams')
    expect(await now()).toBe(1)
    leave.abort()
    await response.body?.cancel().catch(() => {})
    await server.waitFor(async () => await now() === 0)
  })
})

describe('the schedule of the server', () => {
  it('saves a new instance and tidies up within the first minute', async () => {
    const dir = join(server.dataDir, 'backups')
    const [backup, upkeep] = await server.waitFor(() => {
      const found = [of('backup')[0], of('upkeep')[0]]
      return found.every(Boolean) && found
    }, { timeoutMs: 100_000, everyMs: 500, what: 'the first backup and upkeep' })
    expect(backup).toMatchObject({ level: 'info', outcome: 'done', files: 1, missing: 0, kept: 1, databaseBytes: expect.any(Number) })
    expect(upkeep).toMatchObject({ level: 'info', checkpointed: true, runEvents: 0, orphans: 0 })
    expect(readdirSync(join(dir, backup!.generation as string)).sort()).toEqual(['manifest.json', 'ragtime.db'])
    const metrics = parsePrometheus(await (await server.anonymous('/metrics')).text())
    expect(valueOf(metrics, 'ragtime_backups_total', { outcome: 'done' })).toBe(1)
    expect(valueOf(metrics, 'ragtime_backup_last_success_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 600)
    expect(valueOf(metrics, 'ragtime_backup_last_size_bytes')).toBeGreaterThan(50_000)
  })
})

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import type { Status } from '../../shared/schemas/status.ts'
import { startFakeEmbeddings, type FakeEmbeddings } from '../unit/support/fake-embeddings.ts'
import { startFakeHub } from '../unit/support/fake-hub.ts'
import { writeTinyCrossEncoder, writeTinyModel } from '../unit/support/tiny-model.ts'
import { askAndWait, newChat, uploadTexts } from './support/asking.ts'
import { startAndExpectExit, startServer, type TestServer } from './support/server.ts'

const KEY = 'canary-of-the-embedding-key'
const SENTENCES = Array.from({ length: 200 }, (_, i) => `Entry ${i} of the ledger lists a piano roll that was sold in Sedalia to customer ${i}.`)

let fake: FakeEmbeddings
let dataDir: string
let server: TestServer
let id: string
const hosted = () => ({ RAGTIME_EMBEDDER: 'openai:some-model', RAGTIME_EMBEDDER_URL: fake.url, RAGTIME_EMBEDDER_KEY: KEY })
beforeAll(async () => {
  fake = await startFakeEmbeddings({ dimensions: 8 })
  dataDir = mkdtempSync(join(tmpdir(), 'ragtime-embedders-'))
  server = await startServer({ dataDir })
  ;[id] = await uploadTexts(server, { 'ledger.txt': SENTENCES.join(' ') }) as [string]
})
afterAll(async () => {
  await Promise.all([server?.stop(), fake?.close()])
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
})
beforeEach(() => fake.always(null))

const status = async () => (await server.json<Status>('/api/status')).body
const search = async () => (await server.json<SearchResponse>('/api/search?q=piano+roll+customer+17')).body
const embedded = () => server.waitFor(async () => {
  const { body } = await server.json<Document>(`/api/documents/${id}`)
  expect(body.status).toBe('ready')
  // In the middle of it as well.
  const { mode, results } = await search()
  expect(mode).toBe('hybrid')
  expect(results.length).toBeGreaterThan(0)
  return body.progress.step === 'done'
}, { timeoutMs: 60_000, what: 'the last new embedding' })

describe('a library whose embedder changes', () => {
  it('goes from the model that comes with the product to a service with other dimensions and back, and is searched by meaning all the while', async () => {
    expect((await status()).embedder).toMatchObject({ state: 'ready', id: expect.stringMatching(/^all-MiniLM/) as string })
    fake.always({ delayMs: 100 })
    await server.restart({ env: hosted() })
    expect((await status()).embedder).toEqual({ state: 'ready', id: `openai:some-model@${new URL(fake.url).host}-8`, message: null })
    await embedded()
    expect(fake.requests.at(-1)!.headers.authorization).toBe(`Bearer ${KEY}`)
    const before = fake.requests.length
    const { results } = await search()
    for (const { stages } of results) expect(stages.vector).toBeDefined()
    expect(fake.requests.slice(before).map(({ body }) => body.input)).toEqual([['piano roll customer 17']])

    await server.restart({ env: { RAGTIME_EMBEDDER: 'minilm' } })
    expect((await status()).embedder).toMatchObject({ id: expect.stringMatching(/^all-MiniLM/) as string })
    await embedded()
    const after = fake.requests.length
    await search()
    expect(fake.requests.length, 'the service is not asked any more').toBe(after)
  })
})

describe('a service that is away', () => {
  it('is an outage and never “not in your documents”, says so, and does not take the instance down', async () => {
    await server.restart({ env: hosted() })
    await embedded()
    fake.always({ status: 401, body: JSON.stringify({ error: { message: `the key ${KEY} is wrong` } }) })
    const { status: code, body } = await server.json<{ code: string, message: string }>('/api/search?q=piano+roll')
    expect([code, body.code]).toEqual([503, 'embedder_key_rejected'])
    const chat = await newChat(server)
    const answer = await askAndWait(server, chat.id, 'Who bought the piano roll?')
    expect(answer).toMatchObject({ status: 'failed', outcome: null })
    expect((await status()).embedder.message).toMatch(/RAGTIME_EMBEDDER_KEY/)
    expect((await server.anonymous('/health')).status).toBe(200)
    expect(JSON.stringify([answer, await status()])).not.toContain(KEY)
    fake.always(null)
    expect((await search()).results.length).toBeGreaterThan(0)
    expect((await status()).embedder.message).toBeNull()
    expect(server.logs()).not.toContain(KEY)
    expect(server.logs()).not.toContain('piano roll')
  })
})

describe('a model of a hub', () => {
  it('is fetched into the data folder once, while the former index goes on serving', async () => {
    const source = writeTinyModel(join(dataDir, '..', `${dataDir.split('/').at(-1)}-tiny`), { dimensions: 16 })
    const hub = await startFakeHub({ 'somebody/tiny': source })
    await server.restart({ env: { ...hosted(), RAGTIME_EMBEDDER: 'minilm' } })
    await embedded()
    hub.fail({ file: 'model_quantized.onnx_data', do: { stallAfter: 1_000 } })
    await server.restart({ env: { RAGTIME_EMBEDDER: 'somebody/tiny', RAGTIME_EMBEDDER_URL: hub.url } })
    const during = await status()
    expect(during.embedder).toMatchObject({ state: 'preparing', id: expect.stringMatching(/^all-MiniLM/) as string, message: expect.stringMatching(/being fetched/) as string })
    expect(during.mode).toBe('hybrid')
    expect((await search()).mode).toBe('hybrid')
    // Killed in the middle, it goes on where it was.
    await server.kill('SIGKILL')
    await server.start()
    await server.waitFor(async () => (await status()).embedder.state === 'ready', { timeoutMs: 30_000, what: 'the model to be there' })
    expect((await status()).embedder.id).toMatch(/^tiny-quantized-/)
    await embedded()
    expect(existsSync(join(dataDir, 'models/somebody--tiny/model.json'))).toBe(true)
    await hub.close()
    await server.restart()
    expect((await status()).embedder.state).toBe('ready')
    rmSync(source, { recursive: true })
  })
})

describe('a reranking model', () => {
  it('reads the best passages again, and searches do without it where it cannot be had', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ragtime-reranker-'))
    await server.restart({ env: { ...hosted(), RAGTIME_EMBEDDER: 'minilm', RAGTIME_RERANK_MODEL: writeTinyCrossEncoder(join(folder, 'tiny')), RAGTIME_RERANK_MS: '20000' } })
    await embedded()
    await server.waitFor(async () => (await status()).reranker.state === 'ready', { timeoutMs: 30_000, what: 'the reranking model to be there' })
    const { results } = (await server.json<SearchResponse>('/api/search?q=a+piano+roll+that+was+sold')).body
    expect(results.some(({ stages }) => stages.cross !== undefined)).toBe(true)
    expect(results.every(({ stages }) => stages.rerank === undefined)).toBe(true)
    await server.restart({ env: { RAGTIME_EMBEDDER: 'minilm', RAGTIME_RERANK_MODEL: join(folder, 'nowhere') } })
    await server.waitFor(async () => (await status()).reranker.state === 'failed', { timeoutMs: 30_000, what: 'the missing model to be noticed' })
    expect((await status()).reranker.message).toMatch(/there is no folder/)
    expect((await search()).results.length).toBeGreaterThan(0)
    rmSync(folder, { recursive: true })
  })
})

describe('a wrong setting', () => {
  it('ends the start in one line that names it', async () => {
    const { code, logs } = await startAndExpectExit({ env: { RAGTIME_EMBEDDER: 'voyage:voyage-3.5' } })
    expect(code).toBe(78)
    expect(logs).toMatch(/^ragtime: VOYAGE_API_KEY is missing/m)
  })
})

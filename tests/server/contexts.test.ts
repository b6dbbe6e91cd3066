import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import type { Status } from '../../shared/schemas/status.ts'
import { startFakeAnthropic, type FakeAnthropic, type Handler } from './support/anthropic.ts'
import { uploadTexts } from './support/asking.ts'
import { startAndExpectExit, startServer, type TestServer } from './support/server.ts'

const TEXT = Array.from({ length: 120 }, (_, i) => `Entry ${i} of the ledger lists what was sold in that year and to whom it went.`).join(' ')
/** Says of each passage where it stands, with a word that no document has. */
const situate: Handler = ({ body }) => ({ steps: [{ type: 'text', text: `It is from the ledger of Quillington. ${(body.messages[0]!.content as { text: string }[])[1]!.text.length} letters follow.` }] })

let fake: FakeAnthropic
let server: TestServer
let dataDir: string
beforeAll(async () => {
  fake = await startFakeAnthropic()
  dataDir = mkdtempSync(join(tmpdir(), 'ragtime-contexts-'))
  server = await startServer({ dataDir, env: { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: fake.url, RAGTIME_CHUNK_CONTEXT: 'on' } })
})
afterAll(async () => {
  await Promise.all([server?.stop(), fake?.close()])
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
})

const search = async (query: string) => (await server.json<SearchResponse>(`/api/search?q=${query}`)).body.results
const status = async () => (await server.json<Status>('/api/status')).body.chunkContext

describe('contexts of passages', () => {
  it('are written after a document is ready, go on after a kill, are found and never shown, and go with the document', async () => {
    expect(await status()).toEqual({ state: 'idle', message: null })
    fake.next(situate, situate, { steps: [{ type: 'stall' }] })
    const [id] = await uploadTexts(server, { 'ledger.txt': TEXT }) as [string]
    await server.waitFor(() => Promise.resolve(fake.requests.length === 3), { what: 'the third passage being asked about' })
    fake.next(...Array.from({ length: 100 }, () => situate))
    await server.kill('SIGKILL')
    await server.start()
    const { items } = (await server.json<{ items: { text: string }[] }>(`/api/documents/${id}/chunks`)).body
    await server.waitFor(async () => fake.requests.length === items.length + 1 && (await status()).state === 'idle', { timeoutMs: 30_000, what: 'all passages having contexts' })
    const results = await search('Quillington')
    expect(results[0]).toMatchObject({ documentId: id, stages: { text: expect.any(Object) as object } })
    expect(JSON.stringify([results, items, (await server.json(`/api/documents/${id}/pages`)).body])).not.toContain('Quillington')
    const { body: usage } = await server.json<{ byPurpose: { purpose: string, calls: number }[] }>('/api/usage')
    expect(usage.byPurpose).toMatchObject([{ purpose: 'chunk_context' }])
    expect(server.logs()).not.toContain('Quillington')
    expect((await server.json(`/api/documents/${id}`, { method: 'DELETE' })).status).toBeLessThan(300)
    expect((await search('Quillington')).filter(({ documentId }) => documentId === id)).toEqual([])
  })

  it('are off with a key alone, and do not start without one', async () => {
    const asked = fake.requests.length
    await server.restart({ env: { RAGTIME_CHUNK_CONTEXT: '' } })
    await uploadTexts(server, { 'other.txt': 'Nothing of this is sent anywhere.' })
    expect(await status()).toEqual({ state: 'off', message: null })
    expect(fake.requests).toHaveLength(asked)
    const { code, logs } = await startAndExpectExit({ env: { RAGTIME_CHUNK_CONTEXT: 'on' } })
    expect(code).toBe(78)
    expect(logs).toMatch(/^ragtime: ANTHROPIC_API_KEY is missing/m)
  })
})

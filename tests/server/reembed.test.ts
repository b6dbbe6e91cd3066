import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import { uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

const SENTENCES = Array.from({ length: 400 }, (_, i) => `Entry ${i} of the ledger lists a piano roll that was sold in Sedalia to customer ${i}.`)
let server: TestServer
let dataDir: string
beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'ragtime-reembed-'))
  server = await startServer({ dataDir, env: { RAGTIME_EMBEDDER: 'none' } })
})
afterAll(async () => {
  await server?.stop()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
})

describe('a server that gets a model after keyword mode', () => {
  it('embeds the documents in the background, over a kill, while they stay searchable', async () => {
    const [id] = await uploadTexts(server, { 'ledger.txt': SENTENCES.join(' ') })
    const search = async () => (await server.json<SearchResponse>('/api/search?q=piano+roll+customer+17')).body
    const read = async () => (await server.json<Document>(`/api/documents/${id}`)).body
    expect((await search()).mode).toBe('keyword')

    await server.restart({ env: { RAGTIME_EMBEDDER: 'minilm' } })
    await server.waitFor(async () => {
      const { status, progress } = await read()
      expect(status).toBe('ready')
      return progress.step === 'done' || progress.done > 0
    }, { timeoutMs: 60_000, what: 'the first new embeddings' })
    expect((await search()).results.length).toBeGreaterThan(0)
    await server.kill('SIGKILL')
    await server.start()
    await server.waitFor(async () => {
      const { status, progress } = await read()
      expect(status).toBe('ready')
      return progress.step === 'done'
    }, { timeoutMs: 60_000, what: 'the last new embedding' })
    const { mode, results } = await search()
    expect(mode).toBe('hybrid')
    for (const { stages } of results) expect(stages.vector).toBeDefined()
  })
})

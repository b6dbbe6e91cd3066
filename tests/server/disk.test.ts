import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import { askAndWait, newChat, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'
import { mountSmallDisk } from './support/small-disk.ts'

const MB = 1024 * 1024
const disk = mountSmallDisk(96)
if (!disk) console.warn('A full disk is not tested here: mounting a small one takes Linux and its root.')

describe.skipIf(!disk)('a full disk', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ dataDir: disk!.path, env: { RAGTIME_EMBEDDER: 'none' } })
    await uploadTexts(server, { 'joplin.txt': 'Scott Joplin published the Maple Leaf Rag in Sedalia in 1899.' })
  })
  afterAll(async () => {
    await server?.stop()
    disk?.unmount()
  })

  const read = async (id: string) => (await server.json<Document>(`/api/documents/${id}`)).body
  const diskState = async () => (await server.json<{ checks: { disk: { detail: string } } }>('/health')).body.checks.disk.detail
  const fullNoticed = () => server.waitFor(async () => (await diskState()).includes('reserve'), { what: 'the full disk being noticed' })
  const roomNoticed = () => server.waitFor(async () => !(await diskState()).includes('reserve'), { what: 'the room being noticed' })
  const upload = async (name: string, content: string) => {
    const form = new FormData()
    form.append('file', new File([content], name))
    return server.json<{ code?: string, message?: string, documents?: Document[] }>('/api/documents', { method: 'POST', body: form })
  }
  const prose = (sentences: number, salt: string) => Array.from({ length: sentences }, (_, i) => `Sentence ${i} of ${salt} tells of a rag number ${i * 7919 % 10007} that was sold in Sedalia.`).join(' ')

  /** Everything that is of use without room for documents. */
  async function expectAnswers() {
    const chat = await newChat(server)
    const answer = await askAndWait(server, chat.id, 'Where did Scott Joplin publish the Maple Leaf Rag?')
    expect(answer).toMatchObject({ status: 'complete', outcome: 'answered' })
    expect(answer.citations[0]!.quote).toContain('Sedalia')
    expect((await server.json<SearchResponse>('/api/search?q=Maple+Leaf+Rag')).body.results.length).toBeGreaterThan(0)
    expect((await server.fetch('/documents')).status).toBe(200)
    await server.signIn()
  }

  it('refuses uploads with 507 and a reason, answers questions, and takes uploads again when there is space', async () => {
    disk!.fill()
    const [first, second] = [await upload('first.txt', prose(100, 'first')), await upload('second.txt', prose(50_000, 'second'))]
    for (const { status, body } of [first, second]) {
      // What is small may still have had its place in the moment before the full disk was noticed.
      expect([201, 507]).toContain(status)
      if (status === 507) expect(body).toEqual({ code: 'disk_full', message: expect.stringContaining('Delete documents or enlarge the volume') })
    }
    expect(second.status).toBe(507)
    await fullNoticed()
    expect((await upload('third.txt', 'Small, and yet too large.')).status).toBe(507)
    expect(readdirSync(join(disk!.path, 'files/.incoming'))).toEqual([])
    for (let turn = 0; turn < 5; turn++) await expectAnswers()
    // Even the reserve may be used up by somebody else: then nothing is stored, and what is stored is still there.
    disk!.fill()
    const { status, body } = await server.json<{ code: string }>('/api/chats', { method: 'POST', json: {} })
    expect([201, 507]).toContain(status)
    if (status === 507) expect(body.code).toBe('disk_full')
    expect((await server.json<SearchResponse>('/api/search?q=Maple+Leaf+Rag')).body.results.length).toBeGreaterThan(0)
    expect((await server.fetch('/documents')).status).toBe(200)

    const { pid } = server
    disk!.empty()
    await roomNoticed()
    const { documents } = (await upload('third.txt', 'Small, and not too large any more.')).body
    await server.waitFor(async () => (await read(documents![0]!.id)).status === 'ready')
    await expectAnswers()
    expect(server.pid).toBe(pid)
  })

  it('makes a document that is being read wait, and reads it on when there is space', async () => {
    const text = prose(60_000, 'the long one')
    disk!.fill(text.length + 22 * MB)
    const { status, body } = await upload('long.txt', text)
    expect(status).toBe(201)
    const { id } = body.documents![0]!
    const waiting = await server.waitFor(async () => {
      const document = await read(id)
      expect(document.status, 'the disk was to be too small').not.toBe('ready')
      return document.error ? document : null
    }, { timeoutMs: 60_000, what: 'the document running into the full disk' })
    expect(waiting).toMatchObject({ status: 'queued', error: { code: 'disk_full' } })
    await expectAnswers()
    expect((await upload('another.txt', 'Not now.')).status).toBe(507)

    disk!.empty()
    const done = await server.waitFor(async () => {
      const document = await read(id)
      if (document.status === 'failed') throw new Error(`It failed: ${document.error?.message}`)
      return document.status === 'ready' ? document : null
    }, { timeoutMs: 90_000, what: 'the document being read after all' })
    const stored = await (await server.fetch(`/api/documents/${id}/text`)).text()
    expect(stored.replaceAll(/\s+/g, ' ').trim()).toBe(text)
    await server.kill('SIGTERM')
    const db = new Database(join(disk!.path, 'ragtime.db'), { readonly: true })
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(db.prepare('SELECT count(*), count(DISTINCT ordinal) FROM chunks JOIN documents ON documents.key = document_key WHERE documents.id = ?').raw().get(id)).toEqual([done.chunkCount, done.chunkCount])
    db.close()
    await server.start()
  })
})

import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentSchema, type Document, type DocumentChunk, type DocumentPage, type UploadResult } from '../../shared/schemas/documents.ts'
import { startServer, type TestServer } from './support/server.ts'

interface Page<T> { items: T[], nextCursor: string | null }

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server.stop()
})

let count = 0
/** Prose that is different each time it is made. */
function prose(sentences: number): string {
  const salt = ++count
  return Array.from({ length: sentences }, (_, index) => `In sentence ${index} of text ${salt} a pianist plays the rag that the publisher bought in Sedalia.`).join(' ')
}
const ready = (id: string, timeoutMs = 60_000) => server.waitFor(async () => {
  const { body } = await server.json<Document>(`/api/documents/${id}`)
  if (body.status === 'failed') throw new Error(`The document failed: ${JSON.stringify(body.error)}`)
  return body.status === 'ready' ? body : null
}, { what: 'the document to be ready', timeoutMs })
const list = async <T>(path: string): Promise<T[]> => {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const { body }: { body: Page<T> } = await server.json<Page<T>>(`${path}${cursor === null ? '' : `${path.includes('?') ? '&' : '?'}cursor=${cursor}`}`)
    items.push(...body.items)
    cursor = body.nextCursor
  } while (cursor !== null)
  return items
}
const filesOnDisk = () => readdirSync(join(server.dataDir, 'files')).filter(name => name !== '.incoming')
const incoming = () => readdirSync(join(server.dataDir, 'files/.incoming'))

describe('from upload to text', () => {
  it('reads several files of different kinds and gives back every character', async () => {
    const markdown = `# Rags\n\n${prose(3)}\n\n## Origins\n\n- One item.\n- Another item.\n\n| Year | Rag |\n|---|---|\n| 1899 | Maple Leaf |\n`
    const html = `<!doctype html><title>Stride</title><h1>Stride</h1><p>${prose(3)}</p>`
    const { documents } = await server.upload([
      { name: 'rags.md', content: markdown }, { name: 'stride.html', content: html }, { name: 'Tücke.txt', content: Buffer.from('Größe in Latin-1. Ein zweiter Satz.', 'latin1') },
    ])
    expect(documents.map(({ mediaType }) => mediaType)).toEqual(['text/markdown', 'text/html', 'text/plain'])
    for (const { id } of documents) {
      const document = documentSchema.parse(await ready(id))
      const pages = (await server.json<Page<DocumentPage>>(`/api/documents/${id}/pages?count=100`)).body.items
      const text = await (await server.fetch(`/api/documents/${id}/text`)).text()
      expect(pages).toHaveLength(document.pages!)
      expect(pages.map(page => page.text).join('')).toBe(text)
      const chunks = await list<DocumentChunk>(`/api/documents/${id}/chunks?limit=2`)
      expect(chunks).toHaveLength(document.chunkCount)
      for (const chunk of chunks) {
        expect(chunk.text).toBe(text.slice(chunk.start, chunk.end))
        expect(await (await server.fetch(`/api/documents/${id}/text?start=${chunk.start}&end=${chunk.end}`)).text()).toBe(chunk.text)
      }
    }
    expect(await (await server.fetch(`/api/documents/${documents[2]!.id}/text`)).text()).toContain('Größe in Latin-1.')
    const chunks = await list<DocumentChunk>(`/api/documents/${documents[0]!.id}/chunks`)
    expect(chunks.at(-1)!.headingPath).toEqual(['Rags', 'Origins'])
  })

  it('gives the original back as an attachment that no browser takes for a page, also in parts', async () => {
    const content = `<!doctype html><script>alert(1)</script><p>${prose(2)}</p>`
    const { documents: [document] } = await server.upload([{ name: 'Crème „brûlée“.html', content }])
    const path = `/api/documents/${document!.id}/file`
    const whole = await server.fetch(path)
    expect(await whole.text()).toBe(content)
    expect(Object.fromEntries(['content-type', 'content-disposition', 'x-content-type-options', 'content-security-policy', 'accept-ranges'].map(name => [name, whole.headers.get(name)]))).toEqual({
      'content-type': 'text/html',
      'content-disposition': `attachment; filename="Creme _brulee_.html"; filename*=UTF-8''Cr%C3%A8me%20%E2%80%9Ebr%C3%BBl%C3%A9e%E2%80%9C.html`,
      'x-content-type-options': 'nosniff',
      'content-security-policy': 'sandbox; default-src \'none\'',
      'accept-ranges': 'bytes',
    })
    const part = await server.fetch(path, { headers: { range: 'bytes=2-8' } })
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, `bytes 2-8/${Buffer.byteLength(content)}`, content.slice(2, 9)])
    const head = await server.fetch(path, { method: 'HEAD', headers: { range: 'bytes=2-8' } })
    expect([head.status, head.headers.get('content-length'), head.headers.get('content-type'), head.headers.get('etag'), await head.text()])
      .toEqual([200, String(Buffer.byteLength(content)), whole.headers.get('content-type'), whole.headers.get('etag'), ''])
    const same = await server.fetch(path, { headers: { 'if-none-match': whole.headers.get('etag')!, 'range': 'bytes=2-8' } })
    expect([same.status, same.headers.get('etag'), await same.text()]).toEqual([304, whole.headers.get('etag'), ''])
    const changed = await server.fetch(path, { headers: { 'if-range': '"another version"', 'range': 'bytes=2-8' } })
    expect([changed.status, await changed.text()]).toEqual([200, content])
    const behind = await server.fetch(path, { headers: { range: 'bytes=99999-' } })
    expect([behind.status, (await behind.json() as { code: string }).code]).toEqual([416, 'range_not_satisfiable'])
  })

  it('takes the same content once, also when it comes twice at a time', async () => {
    const content = prose(4)
    const both = await Promise.all([server.upload([{ name: 'a.txt', content }]), server.upload([{ name: 'b.txt', content }])])
    const ids = both.flatMap(({ documents, duplicates }) => [...documents, ...duplicates].map(({ id }) => id))
    expect(new Set(ids).size).toBe(1)
    expect(both.map(({ documents }) => documents.length).sort()).toEqual([0, 1])
    const again = await server.upload([{ name: 'c.txt', content }, { name: 'd.txt', content: prose(1) }])
    expect([again.documents.length, again.duplicates.map(({ id }) => id)]).toEqual([1, [ids[0]]])
  })

  it('makes one document of the same file twenty times at once', async () => {
    const content = prose(40)
    const results = await Promise.all(Array.from({ length: 20 }, (_, index) => server.upload([{ name: `copy-${index}.txt`, content }])))
    const ids = new Set(results.flatMap(({ documents, duplicates }) => [...documents, ...duplicates].map(({ id }) => id)))
    expect(ids.size).toBe(1)
    expect(results.filter(({ documents }) => documents.length === 1)).toHaveLength(1)
    await ready([...ids][0]!)
    expect((await list<Document>('/api/documents?limit=200')).filter(({ filename }) => filename.startsWith('copy-'))).toHaveLength(1)
    expect(readdirSync(join(server.dataDir, 'files/.incoming'))).toEqual([])
  })

  it('tells what happens over the event stream: first what is unfinished, then each change', async () => {
    const seen: string[] = []
    const ids = new Set<string>()
    const reading = (async () => {
      for await (const { type, data } of server.events<Document>('/api/documents/events')) {
        if (data.filename === 'events.txt') ids.add(data.id)
        if (!ids.has(data.id)) continue
        seen.push(type === 'document' ? data.status : type)
        if (data.status === 'ready') void server.fetch(`/api/documents/${data.id}`, { method: 'DELETE' })
        if (type === 'deleted') return
      }
    })()
    await pause(200)
    await server.upload([{ name: 'events.txt', content: prose(400) }])
    await reading
    expect(seen[0]).toBe('queued')
    expect(seen.at(-1)).toBe('deleted')
    expect(seen.at(-2)).toBe('ready')
    expect(seen).toContain('processing')
  })
})

describe('what is refused', () => {
  const post = async (files: { name: string, content: Uint8Array | string }[], field = 'file') => {
    const form = new FormData()
    for (const { name, content } of files) form.append(field, new File([content as BlobPart], name))
    return server.json<{ code: string, message: string, rejected?: { code: string }[], issues?: unknown[] } & Partial<UploadResult>>('/api/documents', { method: 'POST', body: form })
  }

  it('a file that is too large: 413, and 201 when another one is good', async () => {
    const big = new Uint8Array(100 * 1024 * 1024 + 1).fill(97)
    const alone = await post([{ name: 'big.txt', content: big }])
    expect(alone).toMatchObject({ status: 413, body: { code: 'file_too_large', message: expect.stringContaining('100 MB'), rejected: [{ filename: 'big.txt', code: 'file_too_large' }] } })
    const mixed = await post([{ name: 'big.txt', content: big }, { name: 'good.txt', content: prose(1) }])
    expect(mixed).toMatchObject({ status: 201, body: { documents: [{ filename: 'good.txt' }], rejected: [{ code: 'file_too_large' }] } })
    expect(incoming()).toEqual([])
  })

  it.each([
    ['a film called .pdf', [{ name: 'a.pdf', content: Buffer.from('1a45dfa3a3428681', 'hex') }], 415, 'unsupported_type'],
    ['random bytes', [{ name: 'a.txt', content: randomBytes(5_000) }], 415, 'unsupported_type'],
    ['an empty file', [{ name: 'a.txt', content: '' }], 400, 'empty_file'],
    ['no file', [], 400, 'file_missing'],
  ])('%s', async (_name, files, status, code) => {
    const answer = await post(files)
    expect([answer.status, answer.body.code]).toEqual([status, code])
    expect(answer.body.message).toEqual(expect.any(String))
  })

  it('a missing field, a body that is no upload, a wrong query or change', async () => {
    expect(await post([{ name: 'a.txt', content: 'One.' }], 'document')).toMatchObject({ status: 400, body: { code: 'file_missing' } })
    expect(await server.json('/api/documents', { method: 'POST', json: { file: 'x' } })).toMatchObject({ status: 400, body: { code: 'not_multipart' } })
    expect(await server.json('/api/documents?limit=0')).toMatchObject({ status: 400, body: { issues: [{ path: 'limit' }] } })
    expect(await server.json('/api/documents?status=lost')).toMatchObject({ status: 400, body: { issues: [{ path: 'status' }] } })
    const { documents: [document] } = await server.upload([{ name: 'a.txt', content: prose(1) }])
    const path = `/api/documents/${document!.id}`
    expect(await server.json(path, { method: 'PATCH', json: { title: '  ' } })).toMatchObject({ status: 400, body: { issues: [{ path: 'title' }] } })
    expect(await server.json(path, { method: 'PATCH', json: { status: 'ready' } })).toMatchObject({ status: 400 })
    expect(await server.json(path, { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{' })).toMatchObject({ status: 400 })
    expect(await server.json(path, { method: 'PATCH', json: { title: 'New title' } })).toMatchObject({ status: 200, body: { title: 'New title' } })
    expect(await server.json(`${path}/text?start=-1`)).toMatchObject({ status: 400 })
    expect(await server.json(`${path}/pages?from=x`)).toMatchObject({ status: 400 })
    await ready(document!.id)
    expect(await server.json(`${path}/cancel`, { method: 'POST' })).toMatchObject({ status: 409, body: { code: 'not_in_progress' } })
    expect(await server.json(`${path}/retry`, { method: 'POST' })).toMatchObject({ status: 409, body: { code: 'already_ready' } })
  })

  it.each([['GET', ''], ['PATCH', ''], ['DELETE', ''], ['GET', '/file'], ['GET', '/text'], ['GET', '/pages'], ['GET', '/chunks'], ['POST', '/retry'], ['POST', '/cancel']])(
    '%s /api/documents/:id%s of an unknown or malformed id', async (method, rest) => {
      for (const id of [crypto.randomUUID(), 'nonsense', '1%27%20OR%201']) {
        const init = method === 'PATCH' ? { method, json: { title: 'x' } } : { method }
        expect(await server.json(`/api/documents/${id}${rest}`, init)).toMatchObject({ status: 404, body: { code: 'document_not_found', message: expect.any(String) } })
      }
    })

  it('an upload that breaks off leaves nothing, and the server goes on', async () => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    const leaving = httpRequest(`${server.url}/api/documents`, {
      method: 'POST',
      headers: { 'cookie': server.cookie, 'origin': server.url, 'sec-fetch-site': 'same-origin', 'content-type': 'multipart/form-data; boundary=b', 'content-length': 5_000_000 },
    })
    leaving.on('error', () => {})
    leaving.write(head + 'x'.repeat(1_000_000))
    await server.waitFor(() => incoming().length === 1)
    leaving.destroy()
    await server.waitFor(() => incoming().length === 0)
    expect((await server.json('/api/documents')).status).toBe(200)
  })

  it('nothing without a session', async () => {
    for (const path of ['/api/documents', '/api/documents/events', `/api/documents/${crypto.randomUUID()}/file`]) {
      expect((await server.anonymous(path)).status).toBe(401)
    }
  })
})

describe('delete', () => {
  it('removes the document everywhere, also while it is being read', async () => {
    const { documents: [document] } = await server.upload([{ name: 'long.txt', content: `${prose(1_500)} The zymurgist left.` }])
    const path = `/api/documents/${document!.id}`
    await server.waitFor(async () => (await server.json<Document>(path)).body.progress.step === 'embed', { what: 'embedding to begin', timeoutMs: 60_000 })
    const files = filesOnDisk().length
    const deletion = await server.fetch(path, { method: 'DELETE' })
    expect(deletion.status).toBe(200)
    expect(await deletion.json()).toMatchObject({ documentId: document!.id, answers: 'erase', removed: { files: 1 }, scan: { found: 0, clean: true } })
    expect((await server.json(path)).status).toBe(404)
    expect((await server.fetch(path, { method: 'DELETE' })).status).toBe(404)
    expect(filesOnDisk()).toHaveLength(files - 1)
    await server.restart()
    const database = join(server.dataDir, 'ragtime.db')
    for (const file of [database, `${database}-wal`]) if (existsSync(file)) expect(readFileSync(file).includes('zymurgist')).toBe(false)
  })

  it('cancels and reads again', async () => {
    const { documents: [document] } = await server.upload([{ name: 'long.txt', content: prose(1_200) }])
    const path = `/api/documents/${document!.id}`
    await server.waitFor(async () => (await server.json<Document>(path)).body.status === 'processing')
    expect(await server.json(`${path}/cancel`, { method: 'POST' })).toMatchObject({ status: 200, body: { status: 'failed', error: { code: 'cancelled' }, chunkCount: 0 } })
    expect((await server.json<Page<DocumentChunk>>(`${path}/chunks`)).body.items).toEqual([])
    expect(await server.json(`${path}/retry`, { method: 'POST' })).toMatchObject({ status: 202, body: { error: null } })
    expect((await ready(document!.id, 110_000)).chunkCount).toBeGreaterThan(50)
  })
})

describe('kill -9 during ingestion', () => {
  it('loses nothing and doubles nothing, wherever it hits', async () => {
    const content = prose(2_000)
    const reference = await server.upload([{ name: 'reference.txt', content: `${content} Reference.` }])
    const expected = (await ready(reference.documents[0]!.id)).chunkCount

    const { documents: [document] } = await server.upload([{ name: 'killed.txt', content: `${content} Killed now.` }])
    const path = `/api/documents/${document!.id}`
    for (const wait of [0, 50, 150, 400, 800]) {
      await pause(wait)
      await server.kill('SIGKILL')
      await server.start()
    }
    const { chunkCount } = await ready(document!.id, 110_000)
    expect(chunkCount).toBe(expected)
    const chunks = await list<DocumentChunk>(`${path}/chunks?limit=200`)
    expect(chunks.map(({ ordinal }) => ordinal)).toEqual(Array.from({ length: expected }, (_, index) => index))
    const text = await (await server.fetch(`${path}/text`)).text()
    expect(chunks.map(chunk => chunk.text).join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''))
    expect((await list<Document>('/api/documents?limit=5')).filter(({ filename }) => filename === 'killed.txt')).toHaveLength(1)
  })
})

describe('three uploads of 100 MB at once', () => {
  it('stay far below their size in memory', async () => {
    const large = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
    try {
      const resident = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${large.pid}/status`, 'utf8'))![1]) / 1024
      // Warm: the first upload loads code that stays.
      await large.upload([{ name: 'small.txt', content: 'One.' }])
      const before = resident()
      const bytes = 100 * 1024 * 1024
      const answers = await Promise.all([0, 1, 2].map(index => uploadStream(large, `large-${index}.bin`, bytes)))
      const growth = resident() - before
      console.log(`memory: ${before.toFixed(0)} MB before, grew by ${growth.toFixed(0)} MB`)
      // Random bytes are no document; they were taken in whole to find that out.
      expect(answers).toEqual([415, 415, 415])
      expect(growth).toBeLessThan(150)
      expect(readdirSync(join(large.dataDir, 'files/.incoming'))).toEqual([])
    }
    finally {
      await large.stop()
    }
  })
})

/** Sends a file of random bytes block by block; neither side has it in memory as a whole. */
async function uploadStream(target: TestServer, name: string, bytes: number): Promise<number> {
  const block = randomBytes(64 * 1024)
  async function* body(): AsyncGenerator<Buffer> {
    yield Buffer.from(`--b\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`)
    for (let sent = 0; sent < bytes; sent += block.length) yield block
    yield Buffer.from('\r\n--b--\r\n')
  }
  const response = await target.fetch('/api/documents', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: Readable.toWeb(Readable.from(body())) as ReadableStream<Uint8Array>,
    duplex: 'half',
    signal: AbortSignal.timeout(90_000),
  } as RequestInit)
  return response.status
}

import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import { startFakeAnthropic } from './support/anthropic.ts'
import { ask, follow, newChat, readAnswer, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

/** The platform kills after this time. The worst case is some 17 s; the rest is for a machine that does other things as well. */
const KILLED_AFTER_MS = 30_000
let server: TestServer
let dataDir: string
const sockets: Socket[] = []
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'ragtime-stop-'))
  server = await startServer({ dataDir, env: { RAGTIME_EMBEDDER: 'none' } })
})
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.stop()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
})

/** A bare connection, and what has come over it. */
async function open(): Promise<{ socket: Socket, received: () => string }> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  sockets.push(socket)
  let text = ''
  socket.setEncoding('utf8').on('data', (part: string) => text += part).on('error', () => {})
  await once(socket, 'connect')
  return { socket, received: () => text }
}

/** An upload of which the second half is still to come. */
async function beginUpload(): Promise<{ finish: () => void, received: () => string }> {
  const { socket, received } = await open()
  const body = '--b\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\nThe first half of a slow upload. '
  const rest = 'The second half came while the server was stopping.\r\n--b--\r\n'
  socket.write([
    'POST /api/documents HTTP/1.1', 'Host: localhost', `Cookie: ${server.cookie}`, 'Sec-Fetch-Site: same-origin',
    'Content-Type: multipart/form-data; boundary=b', `Content-Length: ${body.length + rest.length}`, '', body,
  ].join('\r\n'))
  await server.waitFor(() => readdirSync(join(dataDir, 'files/.incoming')).length > 0, { what: 'the upload having begun' })
  return { finish: () => socket.write(rest), received }
}

/** Tells the server to stop and gives the time until it was gone. */
async function stopped(): Promise<number> {
  const { pid } = server
  const start = performance.now()
  process.kill(pid, 'SIGTERM')
  while (isAlive(pid) && performance.now() - start < KILLED_AFTER_MS + 10_000) await delay(50)
  return performance.now() - start
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  }
  catch {
    return false
  }
}

describe('a server that is told to stop', () => {
  it('lets a running upload end, keeps it, and leaves a database without a log', async () => {
    const upload = await beginUpload()
    const gone = stopped()
    await delay(1_000)
    expect(isAlive(server.pid)).toBe(true)
    upload.finish()
    await server.waitFor(() => upload.received().includes('201'), { what: 'the answer to the upload' })
    await gone
    expect(statSync(join(dataDir, 'ragtime.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0)

    await server.start()
    const { body } = await server.json<{ items: Document[] }>('/api/documents')
    expect(body.items.map(({ filename }) => filename)).toEqual(['slow.txt'])
  })

  it('ends streams with an event of their own, also for one who does not read', async () => {
    const { socket, received } = await open()
    socket.write(`GET /api/documents/events HTTP/1.1\r\nHost: localhost\r\nCookie: ${server.cookie}\r\n\r\n`)
    await server.waitFor(() => received().includes(': open'), { what: 'the stream' })
    const deaf = await open()
    deaf.socket.pause()
    deaf.socket.write(`GET /api/documents/events HTTP/1.1\r\nHost: localhost\r\nCookie: ${server.cookie}\r\n\r\n`)
    const half = await open()
    half.socket.write('GET /api/status HTTP/1.1\r\nHost: loc')
    await delay(200)
    await server.kill('SIGTERM')
    expect(received()).toContain('event: restart\ndata: {}\n\n')
  })

  it('tells whoever follows an answer that it was interrupted, and keeps what was written', async () => {
    const fake = await startFakeAnthropic()
    try {
      await server.restart({ env: { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: fake.url } })
      await uploadTexts(server, { 'joplin.txt': 'Scott Joplin published the Maple Leaf Rag in Sedalia in 1899.' })
      fake.next({ steps: [{ type: 'text', text: 'It was published in' }, { type: 'stall' }] })
      const chat = await newChat(server)
      const { answer, run } = await ask(server, chat.id, 'Where did Scott Joplin publish the Maple Leaf Rag?')
      let stop: Promise<void> | undefined
      const events = await follow(server, run.id, {
        enough: ({ type }) => {
          if (type === 'delta') stop ??= server.kill('SIGTERM')
          return type === 'interrupted'
        },
      })
      expect(events.at(-1)!.event.type).toBe('interrupted')
      await stop
      await server.start()
      expect(await readAnswer(server, chat.id, answer.id)).toMatchObject({ status: 'interrupted', content: 'It was published in' })
    }
    finally {
      await fake.close()
    }
  })

  it('is gone in time although an upload never ends', async () => {
    await beginUpload()
    expect(await stopped()).toBeLessThan(KILLED_AFTER_MS)
    expect(statSync(join(dataDir, 'ragtime.db-wal'), { throwIfNoEntry: false })?.size ?? 0).toBe(0)
    await server.start()
    expect((await server.json<{ items: Document[] }>('/api/documents')).body.items).toEqual([])
  })
})

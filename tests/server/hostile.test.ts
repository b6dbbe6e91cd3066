import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document, UploadResult } from '../../shared/schemas/documents.ts'
import { HOSTILE } from '../fixtures/hostile/index.ts'
import { NAMES_WITH_LINES, NASTY_NAMES } from '../fixtures/hostile/names.ts'
import { processFacts, type ProcessFacts } from './support/process.ts'
import { allDocuments, readFileWith, uploadAs } from './support/reading.ts'
import { startServer, type TestServer } from './support/server.ts'

interface End { outcome: string, message: string, text: string }

/** As many as the server reads at a time. */
const AT_A_TIME = 2
/** What the image starts Node with: a young generation that stays small. */
const AS_DEPLOYED = ['--max-semi-space-size=4']
/** On a signal the server collects its garbage and writes down what it then holds: that is kept, the rest was not tidied up yet. */
const heldFile = join(mkdtempSync(join(tmpdir(), 'ragtime-held-')), 'memory.json')
const TELL_ON_SIGNAL = ['--expose-gc', '--import', `data:text/javascript,${encodeURIComponent(`
  import { writeFileSync } from 'node:fs'
  process.on('SIGUSR2', () => { globalThis.gc(); writeFileSync(${JSON.stringify(heldFile)}, JSON.stringify(process.memoryUsage())) })`)}`]
/** What the server's objects and buffers may hold more than before; it was some 6 MB, and one upload or page that is not let go is more than all of it. */
const HELD_MB = 25
/**
 * Of the whole process, when nothing is going on. Most of what it has got more by then, 80 to 155 MB, are the caches of two
 * connections and what the C library keeps for the next file.
 */
const RESIDENT_MB = 250

/** Two hundred files take a minute on two idle cores; on busy ones it may be half an hour. */
const BEFORE_MS = 1_800_000

let server: TestServer
let before: ProcessFacts & { pid: number }
let heldBefore: number
const ends = new Map<string, End>()
const health: { status: number, ms: number }[] = []

beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' }, args: [...AS_DEPLOYED, ...TELL_ON_SIGNAL] })
  await run('warm-up.txt', 'Everything has been used once.')
  before = { pid: server.pid, ...processFacts(server.pid) }
  heldBefore = await heldMb()
  const watching = new AbortController()
  const watch = watchHealth(watching.signal)
  const queue = [...HOSTILE]
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) ends.set(next.name, await run(next.name, next.make()))
  }))
  watching.abort()
  await watch
}, BEFORE_MS)
afterAll(async () => {
  await server.stop()
  rmSync(dirname(heldFile), { recursive: true, force: true })
})

async function run(name: string, content: Buffer | string): Promise<End> {
  const { outcome, message, document } = await readFileWith(server, name, content)
  return { outcome, message, text: outcome === 'ready' ? await (await server.fetch(`/api/documents/${document!.id}/text`)).text() : '' }
}

async function heldMb(): Promise<number> {
  rmSync(heldFile, { force: true })
  process.kill(server.pid, 'SIGUSR2')
  return await server.waitFor(() => {
    const { heapUsed, external } = JSON.parse(readFileSync(heldFile, { encoding: 'utf8', flag: 'a+' }) || '{}') as Partial<NodeJS.MemoryUsage>
    return heapUsed && external && (heapUsed + external) / 1e6
  }, { what: 'the server telling what it holds' })
}

async function watchHealth(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const started = performance.now()
    const status = await server.anonymous('/health').then(answer => answer.status, () => 0)
    health.push({ status, ms: performance.now() - started })
    await pause(100, undefined, { signal }).catch(() => {})
  }
}

const storedFiles = () => readdirSync(join(server.dataDir, 'files')).filter(name => /^[0-9a-f]{64}$/.test(name))
const incoming = () => readdirSync(join(server.dataDir, 'files/.incoming'))

describe('hostile and broken files', () => {
  it.each(HOSTILE.map(hostile => [hostile.name, hostile] as const))('%s', (name, { expect: outcome, text, not }) => {
    const end = ends.get(name)!
    expect(end.outcome).toMatch(outcome)
    // A sentence for a person: what happened, and what to do.
    if (end.outcome !== 'ready') expect(end.message).toMatch(/^[A-Z].{15,}\.$/)
    if (end.outcome === 'ready' && text) expect(end.text).toMatch(text)
    if (not) expect(end.text + end.message).not.toMatch(not)
  })
})

describe('the server, after all of them', () => {
  it('is the same process, was healthy all along, and has said nothing of their text', async () => {
    expect(server.pid).toBe(before.pid)
    expect(health.length).toBeGreaterThan(20)
    expect(health.filter(({ status }) => status !== 200)).toEqual([])
    expect(server.logs()).not.toMatch(/Joplin wrote it|uncaught|unhandled/i)
    expect((await run('after.txt', 'And it goes on reading.')).outcome).toBe('ready')
  })

  it('has no child, no file and no descriptor left', async () => {
    await server.waitFor(() => processFacts(server.pid).children.length === 0, { what: 'the last child leaving', timeoutMs: 30_000 })
    await server.waitFor(() => processFacts(server.pid).openFiles <= before.openFiles, { what: 'the descriptors being closed' })
    expect(incoming()).toEqual([])
    expect(storedFiles()).toHaveLength((await allDocuments(server)).length)
    expect(existsSync('/tmp/ragtime-hostile')).toBe(false)
  })

  it('gives back memory and disk', async () => {
    // The largest first: each deletion searches the disk for what it has left, and the disk gets smaller as they go.
    const documents = (await allDocuments(server)).toSorted((a, b) => b.chunkCount - a.chunkCount)
    for (const { id } of documents) expect((await server.fetch(`/api/documents/${id}`, { method: 'DELETE' })).status).toBeLessThan(300)
    expect(storedFiles()).toEqual([])
    expect(processFacts(server.pid).residentMb - before.residentMb).toBeLessThan(RESIDENT_MB)
    expect(await heldMb() - heldBefore).toBeLessThan(HELD_MB)
  }, BEFORE_MS)
})

describe('names of every kind of nastiness', () => {
  it.each(NASTY_NAMES.map((name, index) => [JSON.stringify(name).slice(0, 60), name, index] as const))('%s', async (_, name, index) => {
    const { status, body } = await uploadAs(server, name, Buffer.from(`Text ${index} behind a name.`))
    // A part of a form without a file's name is no file.
    if (['', '.', '..'].includes(name)) return expect(status).toBe(400)
    expect(status).toBe(201)
    await expectHarmless(body.documents[0]!)
  })

  it.each(NAMES_WITH_LINES.map((name, index) => [JSON.stringify(name), name, index] as const))('%s, as no browser would send it', async (_, name, index) => {
    const boundary = 'hostile'
    const body = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\nText ${index} behind lines.\r\n--${boundary}--\r\n`
    const { status, body: result } = await server.json<UploadResult>('/api/documents', { method: 'POST', body, headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } })
    expect(status === 201 || status === 400).toBe(true)
    for (const document of result.documents ?? []) await expectHarmless(document)
  })

  /** Shown, offered for download and put into a page, and nothing comes of it. */
  async function expectHarmless({ id, filename }: Document): Promise<void> {
    expect(filename).toMatch(/^[^\p{Cc}\u202A-\u202E\u2066-\u2069/\\]{1,255}$/u)
    expect(['.', '..']).not.toContain(filename)
    const file = await server.fetch(`/api/documents/${id}/file`)
    expect(file.status).toBe(200)
    expect(await file.text()).toMatch(/^Text \d+ behind/)
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="[^"\\\r\n]*"; filename\*=UTF-8''[\w%.~!#$&+^`|-]+$/)
    expect(file.headers.get('set-cookie') ?? '').not.toContain('x=1')
    const page = await (await server.fetch(`/documents/${id}`)).text()
    expect(page).not.toMatch(/<img src=x|<script>alert/)
    expect(readdirSync(server.dataDir).sort()).not.toContain('ragtime-hostile')
    expect(storedFiles().every(name => /^[0-9a-f]{64}$/.test(name))).toBe(true)
  }
})

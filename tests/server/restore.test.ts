import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import { startFakeS3, type FakeS3 } from '../unit/server/backup/support/fake-s3.ts'
import { repository, runProgram } from '../unit/support/program.ts'
import { ask, askAndWait, newChat, readChat, uploadTexts } from './support/asking.ts'
import { copyOfOutput } from './support/output.ts'
import { startServer, type TestServer } from './support/server.ts'

const TEXTS = {
  'joplin.txt': 'Scott Joplin published the Maple Leaf Rag in Sedalia in 1899. John Stark was its publisher. It sold half a million copies.',
  'lamb.txt': 'Joseph Lamb lived in Brooklyn and wrote the American Beauty Rag. He worked for an import house for most of his life.',
  'scott.txt': 'James Scott worked in a music shop in Carthage, Missouri. His Frog Legs Rag appeared in 1906 and sold very well.',
}
const QUESTIONS = ['Who published the Maple Leaf Rag?', 'Where did James Scott work?', 'American Beauty Rag Brooklyn']

let app: string
let server: TestServer
let restored: TestServer | null = null
let fake: FakeS3
let folder: string
let restoredDir: string
let ids: string[]
let deletedId: string
const uploaded = new Map<string, string>()
beforeAll(async () => {
  app = copyOfOutput().root
  cpSync(join(repository, 'script'), join(app, 'script'), { recursive: true })
  folder = mkdtempSync(join(tmpdir(), 'ragtime-restore-'))
  restoredDir = join(folder, 'data')
  fake = await startFakeS3('drill/')
  server = await startServer()
  ids = await uploadTexts(server, TEXTS)
  ids.forEach((id, index) => uploaded.set(id, Object.values(TEXTS)[index]!));
  [deletedId] = await uploadTexts(server, { 'deleted.txt': 'The Zanzibar Rag was a forgery of Ebenezer Quimby.' }) as [string]
})
afterAll(async () => {
  await Promise.all([server?.stop(), restored?.stop(), fake?.close()])
  rmSync(folder, { recursive: true, force: true })
})

const bucketEnv = () => ({
  RAGTIME_BACKUP_BUCKET: fake.settings.bucket, RAGTIME_BACKUP_PREFIX: fake.settings.prefix, AWS_ENDPOINT_URL_S3: fake.settings.endpoint,
  AWS_ACCESS_KEY_ID: fake.settings.accessKeyId, AWS_SECRET_ACCESS_KEY: fake.settings.secretAccessKey,
})
const run = (name: string, args: string[], env: Record<string, string> = {}) =>
  runProgram(join(app, 'script', name), args, { cwd: '/', env: { RAGTIME_DATA_DIR: server.dataDir, ...env } })
const backups = () => join(server.dataDir, 'backups')
const generations = () => readdirSync(backups()).filter(name => /^\d{4}-/.test(name)).sort()
/** Into the new folder, from where the server keeps its backups. */
const restore = (args: string[], env: Record<string, string> = {}) =>
  run('restore', args, { RAGTIME_DATA_DIR: restoredDir, RAGTIME_BACKUP_DIR: backups(), ...env })

async function search(from: TestServer, query: string) {
  const documents = ids.map(id => `&documents=${id}`).join('')
  const { body } = await from.json<SearchResponse>(`/api/search?q=${encodeURIComponent(query)}${documents}`)
  return body.results.map(({ documentId, chunkId, start, end, text, page }) => ({ documentId, chunkId, start, end, text, page }))
}

async function fileOf(from: TestServer, id: string): Promise<string> {
  return (await from.fetch(`/api/documents/${id}/file`)).text()
}

/** Uploads and asks without a pause until it is told to stop. */
function writeLoad() {
  let stopping = false
  let count = 0
  const work = (async () => {
    while (!stopping) {
      const content = `Rag number ${count} was written by composer ${count} in the year ${1890 + count}. ${'It was played often. '.repeat(200)}`
      const { documents } = await server.upload([{ name: `load-${count}.txt`, content }])
      for (const { id } of documents) uploaded.set(id, content)
      await ask(server, (await newChat(server)).id, `Who wrote rag number ${count}?`)
      count++
    }
  })()
  return {
    get count() {
      return count
    },
    async stop() {
      stopping = true
      await work
    },
  }
}

describe('the restore drill', () => {
  let before: { results: Awaited<ReturnType<typeof search>>[], chat: Awaited<ReturnType<typeof readChat>> }
  let generation: string

  it('saves the running server under load', async () => {
    // In a backup from before the deletion it is still there.
    const first = await run('backup', ['--json'])
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect((await server.fetch(`/api/documents/${deletedId}`, { method: 'DELETE' })).status).toBe(200)
    const chat = await newChat(server)
    const answer = await askAndWait(server, chat.id, QUESTIONS[0]!)
    expect(answer.citations.length).toBeGreaterThan(0)
    before = { results: await Promise.all(QUESTIONS.map(query => search(server, query))), chat: await readChat(server, chat.id) }
    expect(before.results.every(results => results.length > 0)).toBe(true)

    const load = writeLoad()
    await server.waitFor(() => load.count >= 3, { what: 'the load' })
    const atStart = load.count
    const saved = await run('backup', ['--json'], bucketEnv())
    await server.waitFor(() => load.count > atStart, { what: 'the load going on' })
    await load.stop()
    expect([saved.code, saved.stderr]).toEqual([0, ''])
    const report = JSON.parse(saved.stdout) as { id: string, missing: string[], documents: number, sent: { files: number } }
    generation = report.id
    expect(report).toMatchObject({ missing: [], kept: 2 })
    expect(report.documents).toBeGreaterThanOrEqual(3 + atStart)
    expect(report.sent.files).toBe(report.documents)
    expect(generations()).toEqual([(JSON.parse(first.stdout) as { id: string }).id, generation])
  })

  it('lists it, checks it, and does not restore into a running server', async () => {
    expect((await run('backup', ['--list'], bucketEnv())).stdout).toMatch(new RegExp(`backups\\n.*\\n  ${generation}  \\d+ documents, .*\\nbucket ragtime-test\\n  ${generation}`))
    const check = await run('backup', ['--check'])
    expect([check.code, check.stdout.match(/good/g)?.length]).toEqual([0, 2])
    const refused = await run('restore', ['latest', '--replace'])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^restore: The data folder .* is in use by another Ragtime process/)])
  })

  it('brings everything back into an empty folder', async () => {
    const { code, stdout, stderr } = await restore([generation])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`Restored ${generation} into ${restoredDir}`)
    restored = await startServer({ dataDir: restoredDir })
    expect(await Promise.all(QUESTIONS.map(query => search(restored!, query)))).toEqual(before.results)
    expect(await readChat(restored, before.chat.id)).toEqual(before.chat)
    const { body } = await restored.json<{ items: Document[] }>('/api/documents?limit=100')
    expect(body.items.length).toBeGreaterThanOrEqual(6)
    for (const { id } of body.items) expect(await fileOf(restored, id)).toBe(uploaded.get(id))
    // What was being read goes on where it was.
    await restored.waitFor(async () => {
      const { body } = await restored!.json<{ items: Document[] }>('/api/documents?limit=100')
      return body.items.every(({ status }) => status === 'ready')
    }, { timeoutMs: 60_000, what: 'all documents being ready' })
  })

  it('without what had been deleted', async () => {
    expect((await restored!.json(`/api/documents/${deletedId}`)).status).toBe(404)
    const { body } = await restored!.json<SearchResponse>('/api/search?q=Zanzibar+Quimby')
    expect(JSON.stringify(body)).not.toContain('Quimby')
    expect(readFileSync(join(backups(), generation, 'ragtime.db')).includes('Quimby')).toBe(false)
  })

  it('refuses a folder that is not empty, and moves its content aside when it is told to', async () => {
    await restored!.kill('SIGTERM')
    const refused = await restore([generation])
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('is not empty')])
    const { code, stdout } = await restore(['latest', '--replace', '--bucket'], bucketEnv())
    expect([code, stdout]).toEqual([0, expect.stringContaining('What was there is now in')])
    const moved = readdirSync(restoredDir).find(name => name.startsWith('replaced-'))
    expect(readdirSync(join(restoredDir, moved!)).sort()).toEqual(['files', 'ragtime.db'])
    await restored!.start()
    expect(await Promise.all(QUESTIONS.map(query => search(restored!, query)))).toEqual(before.results)
  })

  it('refuses a damaged backup', async () => {
    const path = join(backups(), generation, 'ragtime.db')
    const bytes = readFileSync(path)
    bytes[bytes.length >> 1]! ^= 1
    rmSync(path)
    writeFileSync(path, bytes)
    const elsewhere = { RAGTIME_DATA_DIR: join(folder, 'elsewhere') }
    const refused = await restore([generation], elsewhere)
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/^restore: The database of this backup is damaged/)])
    expect(readdirSync(elsewhere.RAGTIME_DATA_DIR).filter(name => name !== 'ragtime.lock')).toEqual([])
    expect((await run('backup', ['--check'])).stdout).toMatch(new RegExp(`^${generation}  damaged`, 'm'))
    // The one before is still good, with the document that was deleted later.
    const { code } = await restore([generations()[0]!], elsewhere)
    expect(code).toBe(0)
    const hash = createHash('sha256').update('The Zanzibar Rag was a forgery of Ebenezer Quimby.').digest('hex')
    expect(readdirSync(join(elsewhere.RAGTIME_DATA_DIR, 'files'))).toContain(hash)
  })
})

describe('the programs', () => {
  it.each(['backup', 'restore'])('script/%s explains itself and says what is wrong', async (name) => {
    const help = await run(name, ['--help'])
    expect([help.code, help.stdout]).toEqual([0, expect.stringContaining(`Usage: script/${name}`)])
    expect(await run(name, ['--nothing'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--nothing') })
    const nowhere = { RAGTIME_DATA_DIR: join(folder, 'nowhere') }
    expect(await run(name, name === 'restore' ? ['latest'] : [], nowhere)).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/there is no (?:database|backup)/) })
    expect(await run(name, name === 'restore' ? ['latest'] : [], { RAGTIME_BACKUP_BUCKET: 'b-b' })).toMatchObject({ code: 1, stderr: expect.stringContaining('AWS_ENDPOINT_URL_S3 is missing') })
  })
})

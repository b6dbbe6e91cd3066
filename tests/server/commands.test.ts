import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram, repository } from '../unit/support/program.ts'
import { uploadTexts } from './support/asking.ts'
import { copyOfOutput } from './support/output.ts'
import { startServer, type TestServer } from './support/server.ts'

/** The programs as the image has them: `script/` beside `.output/`, no sources and no packages. */
let app: string
let server: TestServer
beforeAll(async () => {
  app = copyOfOutput().root
  cpSync(join(repository, 'script'), join(app, 'script'), { recursive: true })
  server = await startServer()
  await uploadTexts(server, { 'rag.txt': 'The Maple Leaf Rag was published in 1899.' })
})
afterAll(() => server?.stop())

const run = (name: string, args: string[] = [], input?: string) =>
  runProgram(join(app, 'script', name), args, { cwd: '/', input, env: { RAGTIME_DATA_DIR: server.dataDir } })

describe('script/db-status', () => {
  it('reads the database of the running server', async () => {
    const { code, stdout, stderr } = await run('db-status', ['--json'])
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toMatchObject({ rows: { documents: 1, chunks: 1, sessions: 1 }, integrity: 'ok', schema: { pending: [] } })
  })
})

describe('script/console', () => {
  it('reads what the running server has written, with the model that is shipped', async () => {
    const { code, stdout, stderr } = await run('console', ['-e', 'JSON.stringify((await search("Which rag was published?")).results.map(({ title, text }) => [title, text]))'])
    expect([code, stderr]).toEqual([0, ''])
    expect(JSON.parse(stdout)).toEqual([['rag', 'The Maple Leaf Rag was published in 1899.']])
  })

  it('cannot change anything unless it was asked to', async () => {
    expect(await run('console', ['-e', 'write(() => chats.createChat(db, {}))'])).toMatchObject({ code: 1, stderr: expect.stringContaining('readonly') })
    expect(await run('console', ['--write'], 'const { id } = write(() => chats.createChat(db, { title: "From the console" })); return id')).toMatchObject({ code: 0 })
    const { body } = await server.json<{ items: { title: string }[] }>('/api/chats')
    expect(body.items.map(({ title }) => title)).toEqual(['From the console'])
  })
})

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
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
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

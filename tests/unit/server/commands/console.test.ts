import { rmSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { runProgram } from '../../support/program.ts'

const { db, path } = temporaryDatabase()
createChat(db, { title: 'Maple' })
const run = (args: string[], input?: string) => runProgram('script/console', args, { input, env: { RAGTIME_DATA_DIR: dirname(path), RAGTIME_PASSWORD: 'canary-password' } })

describe('script/console', () => {
  it('evaluates an expression with the modules by name', async () => {
    expect(await run(['-e', 'chats.listChats(db, { limit: 5 }).items[0].title']))
      .toEqual({ code: 0, stdout: 'Maple\n', stderr: '' })
    expect((await run(['-e', '[await Promise.resolve(1), ingest.segmentSentences("One. Two."), retrieval.queryTerms("the rags")]'])).code).toBe(0)
  })

  it('evaluates statements from standard input', async () => {
    expect(await run([], 'const { n } = db.prepare("SELECT count(*) AS n FROM chats").get()\nreturn { n }\n'))
      .toEqual({ code: 0, stdout: '{ n: 1 }\n', stderr: '' })
  })

  it('writes only when it was asked to', async () => {
    expect(await run(['-e', 'db.exec("DELETE FROM chats")'])).toMatchObject({ code: 1, stderr: 'console: attempt to write a readonly database\n' })
    expect(await run(['--write', '-e', 'write(() => chats.createChat(db, { title: "Cascades" })).title'])).toMatchObject({ code: 0, stdout: 'Cascades\n' })
  })

  it('offers no secret', async () => {
    const { stdout } = await run(['-e', 'JSON.stringify([process.env, settings, typeof config])'])
    expect(stdout).not.toContain('canary')
  })

  it('says what is wrong in one line', async () => {
    expect(await run(['-e', 'nothing.here'])).toEqual({ code: 1, stdout: '', stderr: 'console: nothing is not defined\n' })
    expect(await run(['--wirte'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--wirte') })
    const empty = mkdtempSync(join(tmpdir(), 'ragtime-empty-'))
    expect(await runProgram('script/console', ['-e', '1'], { env: { RAGTIME_DATA_DIR: empty } })).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no database') })
    rmSync(empty, { recursive: true })
  })

  it('has help', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: script/console') })
  })
})

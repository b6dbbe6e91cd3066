import { mkdirSync, mkdtempSync, closeSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import { openDatabase, type Db } from '../../../../server/db/connection.ts'
import { migrate } from '../../../../server/db/migrate.ts'
import { loadMigrations } from '../../support/database.ts'
import { runProgram } from '../../support/program.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'ragtime-status-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const status = (...args: string[]) => runProgram('script/db-status', args, { env: { RAGTIME_DATA_DIR: dataDir } })

function makeDatabase(prepare: (db: Db) => void = () => {}): void {
  const db = openDatabase(join(dataDir, 'ragtime.db'))
  migrate(db, loadMigrations())
  prepare(db)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
}

describe('script/db-status', () => {
  it('counts what is there', async () => {
    makeDatabase(db => createChat(db, { title: 'One' }))
    mkdirSync(join(dataDir, 'files'))
    writeFileSync(join(dataDir, 'files/abc'), '')
    const { code, stdout, stderr } = await status('--json')
    expect([code, stderr]).toEqual([0, ''])
    const newest = loadMigrations().at(-1)!.version
    expect(JSON.parse(stdout)).toMatchObject({
      database: { bytes: statSync(join(dataDir, 'ragtime.db')).size, walBytes: 0 },
      schema: { version: newest, newest, pending: [] },
      integrity: 'ok',
      rows: { documents: 0, chunks: 0, chats: 1, sessions: 0 },
      jobs: {}, files: 1, backup: null, problems: [],
      disk: { freeBytes: expect.any(Number) },
    })
  })

  it('says it in words', async () => {
    makeDatabase()
    const { code, stdout } = await status()
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Integrity {2}ok$/m)
    expect(stdout).toMatch(/^Rows +0 documents, 0 chunks, 0 chats/m)
  })

  it('names migrations that have not run, and leaves them alone', async () => {
    makeDatabase(db => db.pragma('user_version = 0'))
    const { code, stdout } = await status('--json')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ schema: { version: 0, pending: loadMigrations().map(({ name }) => name) }, rows: null })
  })

  it('fails on a database of a newer version', async () => {
    makeDatabase(db => db.pragma('user_version = 4711'))
    const { code, stdout } = await status()
    expect(code).toBe(1)
    expect(stdout).toMatch(/^Problem +schema: 4711 is newer/m)
  })

  it('fails on a damaged file', async () => {
    makeDatabase()
    const file = openSync(join(dataDir, 'ragtime.db'), 'r+')
    const { size } = statSync(join(dataDir, 'ragtime.db'))
    for (let at = 4096; at < size; at += 4096) writeSync(file, Buffer.alloc(2048, 0xA5), 0, 2048, at)
    closeSync(file)
    const { code, stdout, stderr } = await status('--json')
    expect(code).toBe(1)
    expect(stdout + stderr).toMatch(/malformed|integrity/)
  })

  it('says what to do where there is no database', async () => {
    expect(await status()).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^db-status: there is no database at .+: start the server once.+\n$/) })
  })

  it('has help, and refuses what it does not know', async () => {
    expect(await status('--help')).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: script/db-status') })
    expect(await status('--nonsense')).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^db-status: .*--nonsense/) })
    expect(await status('extra')).toMatchObject({ code: 2, stderr: expect.stringContaining('\'extra\'') })
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../server/db/connection.ts'
import { claimJob } from '../../server/db/jobs.ts'
import type { Document } from '../../shared/schemas/documents.ts'
import { checkDatabase, runKillRounds } from './support/kill-rounds.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer()
})
afterAll(async () => {
  await server?.stop()
})

const read = async (id: string) => (await server.json<Document>(`/api/documents/${id}`)).body

describe('kill -9 of the server and of its readers', () => {
  it('loses nothing, doubles nothing and leaves nothing stuck', async () => {
    // bench/kill.ts has many more rounds.
    const { killed, documents } = await runKillRounds(server, 8)
    expect(documents).toBe(16)
    expect(killed.server).toBe(6)
  }, 900_000)
})

describe('a server that is stopped in the middle for longer than its lease', () => {
  const prose = (salt: string) => Array.from({ length: 3_000 }, (_, i) => `Sentence ${i} of ${salt} tells how a rag was written, sold and played in that year.`).join(' ')

  /** Uploads a document, freezes the server while it is being embedded, and does something to the database meanwhile. */
  async function freeze(salt: string, meanwhile: (db: ReturnType<typeof openDatabase>) => void): Promise<string> {
    const { documents: [document] } = await server.upload([{ name: `${salt}.txt`, content: prose(salt) }])
    await server.waitFor(async () => {
      const { progress, status } = await read(document!.id)
      expect(status, 'it was to be caught at work').not.toBe('ready')
      return progress.step === 'embed'
    }, { everyMs: 10, timeoutMs: 60_000, what: 'the document being embedded' })
    process.kill(server.pid, 'SIGSTOP')
    const db = openDatabase(join(server.dataDir, 'ragtime.db'))
    try {
      meanwhile(db)
    }
    finally {
      db.close()
      process.kill(server.pid, 'SIGCONT')
    }
    await server.waitFor(async () => (await read(document!.id)).status === 'ready', { timeoutMs: 120_000, what: 'the document being ready' })
    return document!.id
  }
  const attemptOf = (db: ReturnType<typeof openDatabase>, id: string) => db.prepare('SELECT jobs.status, attempt FROM jobs JOIN documents ON documents.key = document_key WHERE documents.id = ?').get(id)

  it('goes on with a job that nobody has taken', async () => {
    const past = new Date(Date.now() - 1_000).toISOString()
    const id = await freeze('untaken', db => db.prepare(`UPDATE jobs SET lease_until = ? WHERE status = 'running'`).run(past))
    await server.kill('SIGKILL')
    checkDatabase(server.dataDir)
    const db = openDatabase(join(server.dataDir, 'ragtime.db'))
    expect(attemptOf(db, id)).toEqual({ status: 'done', attempt: 1 })
    db.close()
    await server.start()
  })

  it('writes nothing more for a job that somebody else has taken, and takes it anew when that one is gone', async () => {
    const id = await freeze('taken', (db) => {
      db.prepare(`UPDATE jobs SET lease_until = ? WHERE status = 'running'`).run(new Date(Date.now() - 1_000).toISOString())
      // A worker that never comes back.
      expect(claimJob(db, 2_000)).toMatchObject({ attempt: 2 })
    })
    const reports = server.logs().split('\n').filter(line => line.includes('"job"') && line.includes(id)).map(line => (JSON.parse(line) as { outcome: string }).outcome)
    expect(reports).toEqual(['lost', 'done'])
    await server.kill('SIGKILL')
    checkDatabase(server.dataDir)
    const db = openDatabase(join(server.dataDir, 'ragtime.db'))
    expect(attemptOf(db, id)).toEqual({ status: 'done', attempt: 3 })
    db.close()
    await server.start()
  })
})

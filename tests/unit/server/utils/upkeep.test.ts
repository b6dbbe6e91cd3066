import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { write, type Db } from '../../../../server/db/connection.ts'
import { insertDocument } from '../../../../server/db/documents.ts'
import { recordAttempt } from '../../../../server/db/login-attempts.ts'
import { startSession } from '../../../../server/db/sessions.ts'
import { incomingDir } from '../../../../server/ingest/files.ts'
import { runUpkeep, STALE_FILE_MS, upkeepIfDue } from '../../../../server/utils/upkeep.ts'
import { temporaryDatabase } from '../../support/database.ts'

const DAY = 24 * 3_600_000
const iso = (time: number) => new Date(time).toISOString()

function instance(): { db: Db, filesDir: string } {
  const { db, path } = temporaryDatabase()
  const filesDir = join(dirname(path), 'files')
  mkdirSync(incomingDir(filesDir), { recursive: true })
  return { db, filesDir }
}

function makeFile(path: string, ageMs: number, now: number): void {
  writeFileSync(path, 'x')
  utimesSync(path, new Date(now - ageMs), new Date(now - ageMs))
}

describe('runUpkeep', () => {
  it('removes sessions and tries to sign in that are past their time', async () => {
    const { db, filesDir } = instance()
    const now = Date.now()
    const session = (tokenHash: string, lastSeen: number, expires: number) =>
      db.prepare('INSERT INTO sessions VALUES (?, ?, ?, ?)').run(tokenHash, iso(lastSeen), iso(lastSeen), iso(expires))
    startSession(db, { tokenHash: 'good', createdAt: iso(now - DAY), lastSeenAt: iso(now - DAY), expiresAt: iso(now + DAY) }, { replaces: null, idleBefore: iso(0) })
    session('expired', now - DAY, now - 1)
    session('idle', now - 8 * DAY, now + DAY)
    const attempt = (at: number) => recordAttempt(db, 'a', iso(at), { perClient: 9, overall: 9, since: iso(0) })
    attempt(now - 11 * 60_000)
    attempt(now - 60_000)
    expect(await runUpkeep({ db, filesDir }, now)).toMatchObject({ sessions: 2, loginAttempts: 1, runEvents: 0, checkpointed: true })
    expect(db.prepare('SELECT token_hash FROM sessions').pluck().all()).toEqual(['good'])
  })

  it('removes uploads and files that nobody has touched or refers to for a day', async () => {
    const { db, filesDir } = instance()
    // A file's change of name or owner counts as a touch, which no test can put back: so the clock goes on.
    const now = Date.now() + 2 * STALE_FILE_MS
    const [stored, orphan, recent] = ['a', 'b', 'c'].map(letter => letter.repeat(64))
    write(db, () => insertDocument(db, { contentHash: stored!, title: 't', filename: 'f', mediaType: 'text/plain', bytes: 1 }))
    for (const name of [stored!, orphan!, 'not-ours.txt']) makeFile(join(filesDir, name), 0, Date.now())
    makeFile(join(incomingDir(filesDir), 'cut'), 0, Date.now())
    makeFile(join(filesDir, recent!), 1_000, now)
    makeFile(join(incomingDir(filesDir), 'under-way'), 1_000, now)
    expect(await runUpkeep({ db, filesDir }, now)).toMatchObject({ uploads: 1, orphans: 1 })
    expect(readdirSync(filesDir).sort()).toEqual(['.incoming', stored, recent, 'not-ours.txt'])
    expect(readdirSync(incomingDir(filesDir))).toEqual(['under-way'])
  })
})

describe('upkeepIfDue', () => {
  it('runs once an hour, remembered over restarts, whatever the clock does', async () => {
    const services = instance()
    const now = Date.now()
    expect(await upkeepIfDue(services, now)).toMatchObject({ checkpointed: true })
    expect(await upkeepIfDue(services, now + 59 * 60_000)).toBeNull()
    expect(await upkeepIfDue(services, now + 60 * 60_000)).not.toBeNull()
    expect(await upkeepIfDue(services, now - 10 * DAY)).not.toBeNull()
  })
})

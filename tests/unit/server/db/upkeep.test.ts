import { statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import { openReadOnly, write, type Db } from '../../../../server/db/connection.ts'
import { insertAnswer, insertQuestion } from '../../../../server/db/messages.ts'
import { appendEvents, finishRun, insertRun, lastSeq, readEvents } from '../../../../server/db/runs.ts'
import { checkpoint, deleteOldRunEvents, optimize, shrink } from '../../../../server/db/upkeep.ts'
import { temporaryDatabase } from '../../support/database.ts'

function runWithEvents(db: Db, count: number, finishedAt: string | null): string {
  return write(db, () => {
    const chat = createChat(db, { title: 'One' })
    const question = insertQuestion(db, chat.id, 'What?')
    const run = insertRun(db, { chatId: chat.id, messageId: insertAnswer(db, { chatId: chat.id, replyTo: question, model: 'm' }), model: 'm', filters: {} })
    appendEvents(db, run.id, Array.from({ length: count }, () => ({ type: 'delta' as const, data: { text: 'x' } })))
    if (finishedAt) {
      finishRun(db, run.id, 'done')
      db.prepare('UPDATE runs SET finished_at = ? WHERE id = ?').run(finishedAt, run.id)
    }
    return run.id
  })
}

describe('deleteOldRunEvents', () => {
  it('keeps the last event of old runs, and all of new ones and of those that go on', () => {
    const { db } = temporaryDatabase()
    const old = runWithEvents(db, 1_200, '2026-01-01T00:00:00.000Z')
    const recent = runWithEvents(db, 5, '2026-02-01T00:00:00.000Z')
    const running = runWithEvents(db, 5, null)
    const batches: number[] = []
    for (let removed = 1; removed > 0; batches.push(removed)) removed = deleteOldRunEvents(db, '2026-01-15T00:00:00.000Z')
    expect(batches).toEqual([500, 500, 199, 0])
    expect(readEvents(db, old, 0, 10).map(({ seq }) => seq)).toEqual([1_200])
    expect([lastSeq(db, old), lastSeq(db, recent), lastSeq(db, running)]).toEqual([1_200, 5, 5])
    expect(readEvents(db, recent, 0, 10)).toHaveLength(5)
    expect(readEvents(db, running, 0, 10)).toHaveLength(5)
  })
})

describe('shrink', () => {
  it('gives what a deletion has left back to the disk, in pieces', () => {
    const { db, path } = temporaryDatabase()
    db.exec('CREATE TABLE bulk (text)')
    const insert = db.prepare('INSERT INTO bulk VALUES (hex(randomblob(1800)))')
    write(db, () => {
      for (let i = 0; i < 1_000; i++) insert.run()
    })
    db.pragma('wal_checkpoint(TRUNCATE)')
    const full = statSync(path).size
    write(db, () => db.exec('DELETE FROM bulk'))
    let pieces = 0
    while (shrink(db) > 0) pieces++
    expect(pieces).toBeGreaterThan(1)
    expect(db.pragma('freelist_count', { simple: true })).toBe(0)
    db.pragma('wal_checkpoint(TRUNCATE)')
    expect(statSync(path).size).toBeLessThan(full - 3_000_000)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
  })
})

describe('checkpoint', () => {
  it('empties the log, and does not wait for a reader', () => {
    const { db, path } = temporaryDatabase()
    const reader = openReadOnly(path)
    try {
      db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
      reader.exec('BEGIN')
      reader.prepare('SELECT count(*) FROM t').get()
      db.exec('INSERT INTO t VALUES (2)')
      expect(checkpoint(db)).toBe(false)
      reader.exec('COMMIT')
      expect(checkpoint(db)).toBe(true)
      expect(statSync(`${path}-wal`).size).toBe(0)
      expect(db.pragma('busy_timeout', { simple: true })).toBe(5_000)
    }
    finally {
      reader.close()
    }
  })
})

describe('optimize', () => {
  it('gathers statistics where there are none for what queries ask', () => {
    const { db } = temporaryDatabase()
    for (let i = 0; i < 50; i++) runWithEvents(db, 3, '2026-01-01T00:00:00.000Z')
    db.prepare(`SELECT * FROM runs WHERE status = 'running'`).all()
    optimize(db)
    expect(db.prepare(`SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'`).pluck().get()).toBe(1)
  })
})

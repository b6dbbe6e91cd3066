import { describe, expect, it } from 'vitest'
import { startFullTextRefresh } from '../../../../server/ingest/refresh-fulltext.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

function former() {
  const { db } = temporaryDatabase()
  insertDocuments(db, [{ id: testId('document', 1), chunks: Array.from({ length: 40 }, () => ({ text: 'Die Häuser am Markt sind nicht neu.' })) }], null)
  db.prepare('UPDATE chunks_fts SET text = (SELECT text FROM chunks WHERE key = chunks_fts.rowid)').run()
  return db
}

describe('startFullTextRefresh', () => {
  it('goes on where it was stopped', async () => {
    const db = former()
    const first = startFullTextRefresh(db, () => true)
    await first.stop()
    const done = await first.done
    expect(done).toBeLessThan(40)
    expect(done + await startFullTextRefresh(db, () => true).done).toBe(40)
    expect(await startFullTextRefresh(db, () => true).done).toBe(0)
  })

  it('writes nothing on a full disk', async () => {
    const db = former()
    expect(await startFullTextRefresh(db, () => false).done).toBe(0)
    expect(db.prepare('SELECT count(*) FROM settings').pluck().get()).toBe(0)
  })

  it('says what went wrong and can be stopped all the same', async () => {
    const db = former()
    db.exec('DROP TABLE chunks_fts')
    const refresh = startFullTextRefresh(db, () => true)
    await expect(refresh.done).rejects.toThrow('chunks_fts')
    await expect(refresh.stop()).resolves.toBeUndefined()
  })
})

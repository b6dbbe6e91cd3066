import { describe, expect, it } from 'vitest'
import { write, type Db } from '../../../../server/db/connection.ts'
import { refreshFullTextStep } from '../../../../server/db/fulltext-refresh.ts'
import { countMatches } from '../../../../server/db/fulltext.ts'
import { setSetting } from '../../../../server/db/settings.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

/** A database as a version without other forms of words has left it. */
function former(): Db {
  const { db } = temporaryDatabase()
  insertDocuments(db, [1, 2].map(i => ({ id: testId('document', i), chunks: Array.from({ length: 9 }, (_, n) => ({ text: `Die Häuser ${n} am Markt sind nicht neu.` })) })), null)
  db.prepare('UPDATE chunks_fts SET text = (SELECT text FROM chunks WHERE key = chunks_fts.rowid)').run()
  return db
}
const stems = (db: Db) => countMatches(db, [{ phrase: 'haus\uE5E0' }], 99)

describe('refreshFullTextStep', () => {
  it('goes through all chunks in short steps, once', () => {
    const db = former()
    expect(stems(db)).toBe(0)
    const steps = []
    for (let step = write(db, () => refreshFullTextStep(db)); step; step = write(db, () => refreshFullTextStep(db))) steps.push(step)
    expect(steps).toEqual([{ seen: 8, changed: 8 }, { seen: 8, changed: 8 }, { seen: 2, changed: 2 }, { seen: 0, changed: 0 }])
    expect(stems(db)).toBe(18)
    expect(countMatches(db, [{ phrase: 'häuser' }], 99)).toBe(18)
  })

  it('begins anew for an index of other rules, and writes only what differs', () => {
    const db = former()
    while (write(db, () => refreshFullTextStep(db)));
    setSetting(db, 'full_text', { version: 1, next: 99 })
    expect(write(db, () => refreshFullTextStep(db))).toEqual({ seen: 8, changed: 0 })
  })

  it('leaves a chunk alone that is being deleted', () => {
    const db = former()
    db.prepare('DELETE FROM chunks_fts WHERE rowid = 1').run()
    expect(write(db, () => refreshFullTextStep(db))).toEqual({ seen: 8, changed: 7 })
  })

  it('has nothing to do in a new database', () => {
    const { db } = temporaryDatabase()
    expect(write(db, () => refreshFullTextStep(db))).toEqual({ seen: 0, changed: 0 })
    expect(write(db, () => refreshFullTextStep(db))).toBeNull()
  })
})

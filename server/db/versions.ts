import type { Db } from './connection.ts'

/**
 * Notes that a new document may be a new version of the newest ready one of the same name, or, from the web,
 * of the same address. Call it in a transaction.
 */
export function offerVersion(db: Db, key: number): void {
  db.prepare(`
    UPDATE documents SET version_of = (
      SELECT known.key FROM documents AS known
      WHERE known.source_url IS documents.source_url AND (known.source_url IS NOT NULL OR known.filename = documents.filename)
        AND known.key != documents.key AND known.status = 'ready'
        AND NOT EXISTS (SELECT 1 FROM documents AS newer WHERE newer.replaces = known.key)
      ORDER BY known.created_at DESC, known.key DESC LIMIT 1)
    WHERE key = ?`).run(key)
}

/**
 * Makes a document the new version of another one, or of none; either answers what was offered. Call it in a transaction.
 *
 * @returns false when the other one has a newer version already, or is itself newer than this one
 */
export function setReplaces(db: Db, key: number, older: number | null): boolean {
  if (older !== null && (isOlderThan(db, key, older) || db.prepare('SELECT 1 FROM documents WHERE replaces = ? AND key != ?').get(older, key))) return false
  db.prepare('UPDATE documents SET replaces = ?, version_of = NULL, updated_at = ? WHERE key = ?').run(older, new Date().toISOString(), key)
  return true
}

/** The document that this one replaces, or null. */
export function olderVersion(db: Db, key: number): number | null {
  return db.prepare<[number], number | null>('SELECT replaces FROM documents WHERE key = ?').pluck().get(key) ?? null
}

/** Takes a document out of the line of its versions: who replaced it now replaces what it had replaced. Call it in a transaction. */
export function leaveVersions(db: Db, key: number): void {
  const older = olderVersion(db, key)
  db.prepare('UPDATE documents SET replaces = NULL, version_of = NULL WHERE key = ?').run(key)
  db.prepare('UPDATE documents SET replaces = ? WHERE replaces = ?').run(older, key)
}

/** Whether `other`, or what it has replaced, goes back to `key`: then `key` cannot replace it. True for the same document. */
function isOlderThan(db: Db, key: number, other: number): boolean {
  return db.prepare(`
    WITH RECURSIVE line (key) AS (VALUES (?) UNION SELECT replaces FROM documents JOIN line USING (key) WHERE replaces IS NOT NULL)
    SELECT 1 FROM line WHERE key = ?`).get(other, key) !== undefined
}

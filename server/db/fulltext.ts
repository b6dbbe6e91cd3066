import { identifierParts } from '../retrieval/terms.ts'
import type { Db } from './connection.ts'
import { eligibleDocuments, type EligibleDocuments } from './search.ts'

/** Pages of the index that one step of a purge writes. FTS5 wants integers, and numbers bind as reals. */
const PURGE_PAGES = 64n

export interface FullTextRow { chunkKey: number, headingPath: string[], text: string }
export interface FullTextMatch {
  chunkKey: number
  /** BM25, higher is better (FTS5 itself counts downwards). */
  score: number
}

/** Adds new chunks; call it in the transaction that writes them. */
export function insertFullText(db: Db, rows: FullTextRow[]): void {
  const insert = db.prepare('INSERT INTO chunks_fts (rowid, text) VALUES (?, ?)')
  for (const row of rows) insert.run(BigInt(row.chunkKey), fullTextContent(row))
}

/**
 * Removes the entries of a document's first `limit` chunks (all by default); call it in the transaction that deletes
 * those chunks, and before.
 *
 * Secure deletion takes 2 ms a chunk, since each word's list is rewritten in place. With `purgeLater` an entry is only
 * marked as deleted, which takes 0.04 ms, and {@link purgeFullText} has to take the words out of the file afterwards.
 */
export function deleteFullText(db: Db, documentKey: number, limit = -1, { purgeLater = false } = {}): void {
  const keys = db.prepare<[number, number], number>('SELECT key FROM chunks WHERE document_key = ? ORDER BY ordinal LIMIT ?').pluck().all(documentKey, limit)
  const remove = db.prepare('DELETE FROM chunks_fts WHERE rowid = ?')
  setSecureDelete(db, !purgeLater)
  for (const key of keys) remove.run(BigInt(key))
}

/**
 * Rewrites the index without the entries that are marked as deleted, one step of some 10 ms a call: first with `begin`,
 * then until it returns false. 12,000 chunks take 0.1 s in all. An interrupted purge is begun anew.
 */
export function purgeFullText(db: Db, begin: boolean): boolean {
  const changes = db.prepare<[], number>('SELECT total_changes()').pluck()
  const before = changes.get()!
  // Negative: put all segments on one level first, so that everything is merged (FTS5, "The 'merge' command").
  db.prepare('INSERT INTO chunks_fts (chunks_fts, rank) VALUES (\'merge\', ?)').run(begin ? -PURGE_PAGES : PURGE_PAGES)
  // Fewer than two changed rows mean that there was nothing left to merge.
  return changes.get()! - before >= 2
}

/**
 * Only where it is not so already: a change writes what the index holds in memory to the file, 2 ms each time. The state is
 * read from the database, so that a transaction that is rolled back, or a crash, leaves nobody with a wrong belief.
 */
function setSecureDelete(db: Db, on: boolean): void {
  const state = db.prepare<[], number>('SELECT v FROM chunks_fts_config WHERE k = \'secure-delete\'').pluck().get()
  if ((state === 1) === on) return
  db.prepare('INSERT INTO chunks_fts (chunks_fts, rank) VALUES (\'secure-delete\', ?)').run(on ? 1n : 0n)
}

/** What BM25 scores: headings, the chunk's own text, and the parts of its identifiers. */
export function fullTextContent(row: Pick<FullTextRow, 'headingPath' | 'text'>): string {
  return [row.headingPath.join('\n'), row.text, identifierParts(row.text).join(' ')].filter(part => part !== '').join('\n')
}

/**
 * The `k` chunks of eligible documents that match any of `terms`, best BM25 first.
 * Word statistics are those of the whole index; which chunks are ranked is decided by the filters alone.
 */
export function matchFullText(db: Db, search: { terms: string[], k: number, eligible?: EligibleDocuments }): FullTextMatch[] {
  const eligible = search.eligible ?? eligibleDocuments(db, {})
  if (search.terms.length === 0 || eligible.chunks === 0) return []
  const match = search.terms.map(quoteTerm).join(' OR ')
  // The unary plus keeps SQLite from running the match once for every eligible rowid.
  const rows = eligible.keys === null
    ? db.prepare<[string, number], FullTextMatch>(`
        SELECT rowid AS chunkKey, -rank AS score FROM chunks_fts WHERE chunks_fts MATCH ? ORDER BY rank, rowid LIMIT ?`)
        .all(match, search.k)
    : db.prepare<[string, string, number], FullTextMatch>(`
        SELECT rowid AS chunkKey, -rank AS score FROM chunks_fts
        WHERE chunks_fts MATCH ? AND +rowid IN (SELECT key FROM chunks WHERE document_key IN (SELECT value FROM json_each(?)))
        ORDER BY rank, rowid LIMIT ?`)
        .all(match, JSON.stringify(eligible.keys), search.k)
  return rows
}

/** The BM25 scores of given chunks; those that contain none of the terms are absent. */
export function scoreFullText(db: Db, search: { terms: string[], chunkKeys: number[] }): FullTextMatch[] {
  if (search.terms.length === 0 || search.chunkKeys.length === 0) return []
  return db.prepare<[string, string], FullTextMatch>(`
    SELECT rowid AS chunkKey, -bm25(chunks_fts) AS score FROM chunks_fts
    WHERE chunks_fts MATCH ? AND rowid IN (SELECT value FROM json_each(?))`)
    .all(search.terms.map(quoteTerm).join(' OR '), JSON.stringify(search.chunkKeys))
}

/** Which of the given chunks contain the term. */
export function findTerm(db: Db, term: string, chunkKeys: number[]): number[] {
  return db.prepare<[string, string], number>(`
    SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH ? AND rowid IN (SELECT value FROM json_each(?))`)
    .pluck().all(quoteTerm(term), JSON.stringify(chunkKeys))
}

/** How many chunks contain the term, counted up to `limit`. */
export function countMatches(db: Db, term: string, limit: number): number {
  return db.prepare<[string, number], number>('SELECT count(*) FROM (SELECT 1 FROM chunks_fts WHERE chunks_fts MATCH ? LIMIT ?)')
    .pluck().get(quoteTerm(term), limit)!
}

/** A string of FTS5's query language: user text without quotes around it is a syntax error sooner or later. */
function quoteTerm(term: string): string {
  return `"${term.replaceAll('"', '""')}"`
}

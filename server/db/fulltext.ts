import { indexForms, languagesOf, type Form } from '../retrieval/forms.ts'
import type { Language } from '../retrieval/languages.ts'
import { identifierParts } from '../retrieval/terms.ts'
import type { Db } from './connection.ts'
import { eligibleDocuments, type EligibleDocuments } from './search.ts'

/** Pages of the index that one step of a purge writes. FTS5 wants integers, and numbers bind as reals. */
const PURGE_PAGES = 64n

/** `context` is what a model says of the chunk (chunk-contexts.ts), where there is something. */
export interface FullTextRow { chunkKey: number, headingPath: string[], text: string, context?: string | null }
export interface FullTextMatch {
  chunkKey: number
  /** BM25, higher is better (FTS5 itself counts downwards). */
  score: number
}

/** Adds new chunks of one document; call it in the transaction that writes them. */
export function insertFullText(db: Db, rows: FullTextRow[]): void {
  const insert = db.prepare('INSERT INTO chunks_fts (rowid, text) VALUES (?, ?)')
  const contents = fullTextContents(rows)
  for (const [index, row] of rows.entries()) insert.run(BigInt(row.chunkKey), contents[index]!)
}

/**
 * Puts the entries of chunks that were made by other rules in their place and returns how many differed. Secure deletion
 * makes it some 3 ms for each of them. Call it in a transaction.
 */
export function updateFullText(db: Db, rows: FullTextRow[]): number {
  const stored = db.prepare<[bigint], string>('SELECT text FROM chunks_fts WHERE rowid = ?').pluck()
  const update = db.prepare('UPDATE chunks_fts SET text = ? WHERE rowid = ?')
  // Words that a chunk will lose with its entry must not stay in the file.
  setSecureDelete(db, true)
  let changed = 0
  for (const [index, content] of fullTextContents(rows).entries()) {
    const key = BigInt(rows[index]!.chunkKey)
    const before = stored.get(key)
    if (before === undefined || before === content) continue
    update.run(content, key)
    changed++
  }
  return changed
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

/** What BM25 scores of chunks of one document: headings, context, text, the parts of identifiers, and words in other forms ({@link indexForms}). */
export function fullTextContents(rows: Pick<FullTextRow, 'headingPath' | 'text' | 'context'>[]): string[] {
  const texts = rows.map(row => [...row.headingPath, ...row.context ? [row.context] : [], row.text].join('\n'))
  const languages = languagesOf(texts)
  return texts.map((text, index) => [text, identifierParts(rows[index]!.text).join(' '), indexForms(text, languages[index]!).join(' ')].filter(part => part !== '').join('\n'))
}

/** Whether the index has a text in the language. */
export function hasLanguage(db: Db, language: Language): boolean {
  return listMatches(db, [{ phrase: language.mark }], 1).length > 0
}

/**
 * The `k` chunks of eligible documents that match any of `forms`, best BM25 first.
 * Word statistics are those of the whole index; which chunks are ranked is decided by the filters alone.
 */
export function matchFullText(db: Db, search: { forms: Form[], k: number, eligible?: EligibleDocuments }): FullTextMatch[] {
  const eligible = search.eligible ?? eligibleDocuments(db, {})
  if (search.forms.length === 0 || eligible.chunks === 0) return []
  const match = matchAny(search.forms)
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

/** The BM25 scores of given chunks; those that have none of the forms are absent. */
export function scoreFullText(db: Db, search: { forms: Form[], chunkKeys: number[] }): FullTextMatch[] {
  if (search.forms.length === 0 || search.chunkKeys.length === 0) return []
  return db.prepare<[string, string], FullTextMatch>(`
    SELECT rowid AS chunkKey, -bm25(chunks_fts) AS score FROM chunks_fts
    WHERE chunks_fts MATCH ? AND rowid IN (SELECT value FROM json_each(?))`)
    .all(matchAny(search.forms), JSON.stringify(search.chunkKeys))
}

/** Which of the given chunks contain any form of a term. */
export function findTerm(db: Db, forms: Form[], chunkKeys: number[]): number[] {
  return db.prepare<[string, string], number>(`
    SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH ? AND rowid IN (SELECT value FROM json_each(?))`)
    .pluck().all(matchAny(forms), JSON.stringify(chunkKeys))
}

/**
 * Which of the given chunks have a term of a script without spaces. Reads what the index was given, where its pairs of
 * letters stand side by side: to match a run of common pairs takes 30 ms at 10,000 chunks, and this takes none.
 */
export function findDense(db: Db, phrase: string, chunkKeys: number[]): number[] {
  return db.prepare<[string, string], number>('SELECT rowid FROM chunks_fts WHERE rowid IN (SELECT value FROM json_each(?)) AND instr(text, ?) > 0')
    .pluck().all(JSON.stringify(chunkKeys), phrase)
}

/** The keys of chunks that contain any form of a term, `limit` of them where there are more. */
export function listMatches(db: Db, forms: Form[], limit: number): number[] {
  return db.prepare<[string, number], number>('SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH ? LIMIT ?').pluck().all(matchAny(forms), limit)
}

/**
 * In FTS5's query language, where user text without quotes around it is a syntax error sooner or later. BM25 adds up all
 * phrases of a query, so one that is there twice counts twice.
 */
function matchAny(forms: Form[]): string {
  return forms.flatMap(({ phrase, prefix, times = 1 }) => Array<string>(times).fill(`"${phrase.replaceAll('"', '""')}"${prefix ? ' *' : ''}`)).join(' OR ')
}

import { v7 as uuid } from 'uuid'
import type { Document } from '../../shared/schemas/documents.ts'
import type { MediaType } from '../../shared/utils/media-types.ts'
import { ATTENTION, bitOf } from '../../shared/utils/page-attention.ts'
import type { Db } from './connection.ts'
import { leaveVersions, offerVersion } from './versions.ts'

/** A row as ingestion sees it; `key` is the internal integer that other tables refer to. */
export interface DocumentRecord {
  key: number
  id: string
  contentHash: string
  title: string
  filename: string
  mediaType: MediaType
  bytes: number
  /** Null until extraction has ended: pages and chunks are complete from then on. */
  pages: number | null
  length: number
  chunkCount: number
  status: Document['status']
}

export interface NewDocument {
  contentHash: string
  title: string
  filename: string
  mediaType: MediaType
  bytes: number
  collection?: string
  sample?: boolean
  /** Where a document from the web came from. */
  source?: Document['source']
}

interface DocumentRow {
  key: number
  id: string
  content_hash: string
  title: string
  filename: string
  media_type: MediaType
  bytes: number
  pages: number | null
  length: number
  chunk_count: number
  status: Document['status']
  step: string | null
  step_done: number
  step_total: number
  seconds_left: number | null
  error_code: string | null
  error_message: string | null
  collection: string
  sample: number
  version_of: string | null
  replaces_id: string | null
  replaced_by: string | null
  attention: string | null
  source_url: string | null
  fetched_at: string | null
  created_at: string
  ready_at: string | null
}

/** The step of a document whose rows are being removed in batches; nobody sees it any more. */
const DELETING = 'delete'
const VISIBLE = `step IS NOT '${DELETING}'`
/** A row with the documents that it is a version of, by their ids. Inside the parentheses a bare name is the other document's. */
const SELECT = `SELECT documents.*,
  (SELECT json_object('id', id, 'title', title) FROM documents AS other WHERE key = documents.version_of AND ${VISIBLE}) AS version_of,
  (SELECT id FROM documents AS other WHERE key = documents.replaces AND ${VISIBLE}) AS replaces_id,
  (SELECT id FROM documents AS other WHERE replaces = documents.key AND status = 'ready') AS replaced_by
  FROM documents`

/**
 * Inserts a queued document; under the name of a ready one it is offered as its new version. Returns null when its content
 * is already here, also when another upload just won. Call it in a transaction.
 */
export function insertDocument(db: Db, document: NewDocument): { key: number, document: Document } | null {
  const now = new Date().toISOString()
  const row = db.prepare<unknown[], DocumentRow>(`
    INSERT INTO documents (id, content_hash, title, filename, media_type, bytes, collection, sample, source_url, fetched_at, status, step, created_at, updated_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', 'queued', ?, ?)
    ON CONFLICT (content_hash) DO NOTHING RETURNING key, id`)
    .get(uuid(), document.contentHash, document.title, document.filename, document.mediaType, document.bytes,
      document.collection ?? 'default', document.sample ? 1 : 0, document.source?.url ?? null, document.source?.fetchedAt ?? null, now, now)
  if (!row) return null
  if (!document.sample) offerVersion(db, row.key)
  return { key: row.key, document: findDocument(db, row.id)! }
}

export function findDocument(db: Db, id: string): Document | null {
  const row = db.prepare<[string], DocumentRow>(`${SELECT} WHERE id = ? AND ${VISIBLE}`).get(id)
  return row ? toDocument(row) : null
}

export function findDocumentByHash(db: Db, contentHash: string): Document | null {
  const row = db.prepare<[string], DocumentRow>(`${SELECT} WHERE content_hash = ?`).get(contentHash)
  return row ? toDocument(row) : null
}

/** The internal record, for ingestion and for the routes of a document's parts. */
export function findDocumentRecord(db: Db, id: string): DocumentRecord | null {
  const row = db.prepare<[string], DocumentRow>(`SELECT * FROM documents WHERE id = ? AND ${VISIBLE}`).get(id)
  return row ? toRecord(row) : null
}

export function findDocumentRecordByKey(db: Db, key: number): DocumentRecord | null {
  const row = db.prepare<[number], DocumentRow>('SELECT * FROM documents WHERE key = ?').get(key)
  return row ? toRecord(row) : null
}

export interface DocumentListQuery { limit: number, cursor?: string, status?: Document['status'], collection?: string }

/** Newest first. `nextCursor` names the last document of the page, so the list stays right while documents come and go. */
export function listDocuments(db: Db, query: DocumentListQuery): { items: Document[], nextCursor: string | null } {
  const after = query.cursor === undefined ? null : decodeCursor(query.cursor)
  const conditions = [VISIBLE]
  const values: unknown[] = []
  if (after) {
    conditions.push('(created_at, id) < (?, ?)')
    values.push(after.createdAt, after.id)
  }
  if (query.status) {
    conditions.push('status = ?')
    values.push(query.status)
  }
  if (query.collection) {
    conditions.push('collection = ?')
    values.push(query.collection)
  }
  const rows = db.prepare<unknown[], DocumentRow>(`
    ${SELECT} WHERE ${conditions.join(' AND ')} ORDER BY created_at DESC, id DESC LIMIT ?`)
    .all(...values, query.limit + 1)
  const items = rows.slice(0, query.limit).map(toDocument)
  const last = items.at(-1)
  return { items, nextCursor: rows.length > query.limit && last ? encodeCursor(last) : null }
}

/** Documents that something is being done with, oldest first: queued, processing, or ready and getting new embeddings. */
export function listUnfinishedDocuments(db: Db): Document[] {
  return db.prepare<[], DocumentRow>(`${SELECT} WHERE (status IN ('queued', 'processing') OR (status = 'ready' AND step = 'embed')) AND ${VISIBLE} ORDER BY key`).all().map(toDocument)
}

/** Changes what the owner may change. Returns null when there is no such document. */
export function updateDocument(db: Db, id: string, patch: { title?: string, collection?: string }): Document | null {
  db.prepare(`UPDATE documents SET title = coalesce(?, title), collection = coalesce(?, collection), updated_at = ? WHERE id = ? AND ${VISIBLE}`)
    .run(patch.title ?? null, patch.collection ?? null, new Date().toISOString(), id)
  return findDocument(db, id)
}

export function setProgress(db: Db, key: number, progress: { step: string, done: number, total: number, secondsLeft: number | null }): void {
  db.prepare(`UPDATE documents SET status = 'processing', step = ?, step_done = ?, step_total = ?, seconds_left = ?, error_code = NULL, error_message = NULL, updated_at = ? WHERE key = ?`)
    .run(progress.step, progress.done, progress.total, progress.secondsLeft, new Date().toISOString(), key)
}

/** Back to the queue, for a retry, a restart or a pause before the next attempt; with what it waits for, where that is not its turn. */
export function setQueued(db: Db, key: number, waitsFor: { code: string, message: string } | null = null): void {
  db.prepare(`
    UPDATE documents SET status = 'queued', step = 'queued', step_done = 0, step_total = 0, seconds_left = NULL, error_code = ?, error_message = ?, updated_at = ?
    WHERE key = ?`).run(waitsFor?.code ?? null, waitsFor?.message ?? null, new Date().toISOString(), key)
}

/** The end of extraction: what is stored of pages and chunks is complete. */
export function setExtracted(db: Db, key: number, extent: { pages: number, length: number, chunkCount: number }): void {
  db.prepare('UPDATE documents SET pages = ?, length = ?, chunk_count = ?, updated_at = ? WHERE key = ?')
    .run(extent.pages, extent.length, extent.chunkCount, new Date().toISOString(), key)
}

/** Takes extraction's end back, together with the removal of what it stored. */
export function clearExtracted(db: Db, key: number): void {
  db.prepare('UPDATE documents SET pages = NULL, length = 0, chunk_count = 0 WHERE key = ?').run(key)
}

export function setTitle(db: Db, key: number, title: string): void {
  db.prepare('UPDATE documents SET title = ? WHERE key = ?').run(title, key)
}

/** How many pages of a document there are to look at, for each reason; null where there are none. */
const ATTENTION_COUNTS = `(
  SELECT json_object(${ATTENTION.map(kind => `'${kind}', sum((attention & ${bitOf(kind)}) != 0)`).join(', ')})
  FROM pages WHERE document_key = documents.key AND attention != 0 HAVING count(*) > 0)`

/** The one statement that makes a document visible to searches. */
export function setReady(db: Db, key: number): void {
  const now = new Date().toISOString()
  db.prepare(`
    UPDATE documents SET status = 'ready', step = 'done', step_done = 1, step_total = 1, seconds_left = NULL, error_code = NULL, error_message = NULL, ready_at = ?, updated_at = ?,
      attention = ${ATTENTION_COUNTS}
    WHERE key = ?`).run(now, now, key)
}

/** Progress of new embeddings of a document that stays ready; a total of 0 before they have begun. */
export function setEmbedding(db: Db, key: number, { done, total, secondsLeft }: { done: number, total: number, secondsLeft: number | null }): void {
  db.prepare(`UPDATE documents SET step = 'embed', step_done = ?, step_total = ?, seconds_left = ? WHERE key = ? AND status = 'ready'`).run(done, total, secondsLeft, key)
}

/** An estimate ends with the work that it was measured on. Of all documents without a key. */
export function clearEstimate(db: Db, key: number | null): void {
  db.prepare('UPDATE documents SET seconds_left = NULL WHERE seconds_left IS NOT NULL AND key = coalesce(?, key)').run(key)
}

/** The end of new embeddings, whether or not there are any. */
export function setEmbedded(db: Db, key: number): void {
  db.prepare(`UPDATE documents SET step = 'done', step_done = 1, step_total = 1, seconds_left = NULL WHERE key = ? AND status = 'ready'`).run(key)
}

export function setFailed(db: Db, key: number, error: { code: string, message: string }): void {
  db.prepare(`UPDATE documents SET status = 'failed', seconds_left = NULL, error_code = ?, error_message = ?, ready_at = NULL, updated_at = ? WHERE key = ?`)
    .run(error.code, error.message, new Date().toISOString(), key)
}

/**
 * Hides a document whose rows are about to be removed in several transactions, and frees its content hash for a new
 * upload; call it in a transaction. {@link listDeleting} finds it again after a crash.
 */
export function setDeleting(db: Db, key: number): void {
  leaveVersions(db, key)
  db.prepare(`UPDATE documents SET status = 'failed', step = '${DELETING}', content_hash = 'deleted:' || id, title = '', filename = '', source_url = NULL, fetched_at = NULL WHERE key = ?`).run(key)
}

export function listDeleting(db: Db): number[] {
  return db.prepare<[], number>(`SELECT key FROM documents WHERE step = '${DELETING}'`).pluck().all()
}

/** Removes the row; pages, chunks and the job go with it. Full text and vectors must be gone already. */
export function deleteDocumentRow(db: Db, key: number): void {
  db.prepare('DELETE FROM documents WHERE key = ?').run(key)
}

/** Titles by id; those of deleted documents are absent. */
export function titlesOf(db: Db, ids: string[]): Map<string, string> {
  const rows = db.prepare<[string], { id: string, title: string }>(`
    SELECT id, title FROM documents WHERE id IN (SELECT value FROM json_each(?)) AND ${VISIBLE}`).all(JSON.stringify(ids))
  return new Map(rows.map(({ id, title }) => [id, title]))
}

/** How many documents there are of each status; one that is being deleted counts nowhere. */
export function countDocumentsByStatus(db: Db): Record<Document['status'], number> {
  const counts = { queued: 0, processing: 0, ready: 0, failed: 0 }
  const rows = db.prepare<[], { status: Document['status'], n: number }>(`SELECT status, count(*) AS n FROM documents WHERE ${VISIBLE} GROUP BY status`).all()
  for (const { status, n } of rows) counts[status] = n
  return counts
}

/** True while one of the documents that came with the product can be searched. */
export function hasReadySample(db: Db): boolean {
  return db.prepare(`SELECT 1 FROM documents WHERE sample = 1 AND status = 'ready' LIMIT 1`).get() !== undefined
}

/** The content hashes of all documents: the names of the files that must be kept. */
export function listContentHashes(db: Db): string[] {
  return db.prepare<[], string>('SELECT content_hash FROM documents').pluck().all()
}

function toDocument(row: DocumentRow): Document {
  const step = row.step as Document['progress']['step'] | null
  return {
    id: row.id,
    title: row.title,
    filename: row.filename,
    mediaType: row.media_type,
    bytes: row.bytes,
    pages: row.pages,
    status: row.status,
    progress: { step: step ?? 'queued', done: row.step_done, total: row.step_total, secondsLeft: row.seconds_left },
    error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? '' },
    chunkCount: row.chunk_count,
    collection: row.collection,
    sample: row.sample === 1,
    attention: row.attention === null || row.status !== 'ready' ? null : JSON.parse(row.attention) as Document['attention'],
    source: row.source_url === null ? null : { url: row.source_url, fetchedAt: row.fetched_at ?? row.created_at },
    versionOf: row.version_of === null ? null : JSON.parse(row.version_of) as Document['versionOf'],
    replaces: row.replaces_id,
    replacedBy: row.replaced_by,
    createdAt: row.created_at,
    readyAt: row.ready_at,
  }
}

function toRecord(row: DocumentRow): DocumentRecord {
  return {
    key: row.key,
    id: row.id,
    contentHash: row.content_hash,
    title: row.title,
    filename: row.filename,
    mediaType: row.media_type,
    bytes: row.bytes,
    pages: row.pages,
    length: row.length,
    chunkCount: row.chunk_count,
    status: row.status,
  }
}

function encodeCursor({ createdAt, id }: Document): string {
  return Buffer.from(`${createdAt}|${id}`).toString('base64url')
}

/** A cursor that is not one of ours starts from the beginning. */
function decodeCursor(cursor: string): { createdAt: string, id: string } | null {
  const [createdAt, id] = Buffer.from(cursor, 'base64url').toString().split('|')
  return createdAt && id ? { createdAt, id } : null
}

import { v7 as uuid } from 'uuid'
import type { DocumentChunk } from '../../shared/schemas/documents.ts'
import type { ChunkDraft } from '../ingest/types.ts'
import type { Db } from './connection.ts'
import { deleteFullText } from './fulltext.ts'
import { deleteVectors } from './vectors.ts'

/** A chunk that waits for its embedding; `context` is what a model says of it (chunk-contexts.ts), null where none has. */
export interface PendingChunk { key: number, ordinal: number, headingPath: string[], text: string, tokens: number, context: string | null }

interface PendingChunkRow { key: number, ordinal: number, heading_path: string, text: string, tokens: number, context: string | null }

const CONTEXT = '(SELECT x.text FROM chunk_contexts x WHERE x.chunk_key = chunks.key) AS context'

interface ChunkRow {
  id: string
  ordinal: number
  heading_path: string
  page_start: number
  page_end: number
  start: number
  end: number
  text: string
  tokens: number
}

/** Inserts chunks without embeddings and returns their keys in the same order. Call it in a transaction. */
export function insertChunks(db: Db, documentKey: number, chunks: ChunkDraft[]): number[] {
  const insert = db.prepare(`
    INSERT INTO chunks (id, document_key, ordinal, heading_path, page_start, page_end, start, end, text, sentences, tokens)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  return chunks.map(chunk => Number(insert.run(uuid(), documentKey, chunk.ordinal, JSON.stringify(chunk.headingPath), chunk.pageStart, chunk.pageEnd,
    chunk.start, chunk.end, chunk.text, JSON.stringify(chunk.sentences), chunk.tokens).lastInsertRowid))
}

/** The next chunks after `afterOrdinal` that have no embedding yet. */
export function listPendingChunks(db: Db, documentKey: number, afterOrdinal: number, limit: number): PendingChunk[] {
  return db.prepare<[number, number, number], PendingChunkRow>(`
    SELECT key, ordinal, heading_path, text, tokens, ${CONTEXT} FROM chunks
    WHERE document_key = ? AND ordinal > ? AND embedding IS NULL ORDER BY ordinal LIMIT ?`)
    .all(documentKey, afterOrdinal, limit)
    .map(toPending)
}

/** The next chunks after `afterOrdinal` without a usable vector of this embedder. */
export function listStaleChunks(db: Db, documentKey: number, embedder: { id: string, dimensions: number }, afterOrdinal: number, limit: number): PendingChunk[] {
  return db.prepare<unknown[], PendingChunkRow>(`
    SELECT key, ordinal, heading_path, text, tokens, ${CONTEXT} FROM chunks
    WHERE document_key = ? AND ordinal > ? AND (embedder IS NOT ? OR length(embedding) IS NOT ?) ORDER BY ordinal LIMIT ?`)
    .all(documentKey, afterOrdinal, embedder.id, embedder.dimensions * Float32Array.BYTES_PER_ELEMENT, limit)
    .map(toPending)
}

/** Stores embeddings, the source of truth of the vector index. Call it in the transaction that fills the index. */
export function storeEmbeddings(db: Db, embedder: string, rows: { chunkKey: number, embedding: Float32Array }[]): void {
  const update = db.prepare('UPDATE chunks SET embedding = ?, embedder = ? WHERE key = ?')
  for (const { chunkKey, embedding } of rows) {
    update.run(Buffer.from(embedding.buffer, embedding.byteOffset, embedding.byteLength), embedder, chunkKey)
  }
}

/** How many chunks of a document have an embedding, and how many of these come from another embedder than `embedder`. */
export function countChunks(db: Db, documentKey: number, embedder: string | null): { embedded: number, foreign: number } {
  return db.prepare<[string | null, number], { embedded: number, foreign: number }>(`
    SELECT count(embedding) AS embedded, count(embedding) FILTER (WHERE embedder IS NOT ?) AS "foreign"
    FROM chunks WHERE document_key = ?`).get(embedder, documentKey)!
}

/** Chunks in the document's order from `from` on. */
export function listChunks(db: Db, documentKey: number, { from, limit }: { from: number, limit: number }): { items: DocumentChunk[], next: number | null } {
  const rows = db.prepare<[number, number, number], ChunkRow>(`
    SELECT id, ordinal, heading_path, page_start, page_end, start, end, text, tokens FROM chunks
    WHERE document_key = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?`).all(documentKey, from, limit + 1)
  const items = rows.slice(0, limit).map(row => ({
    id: row.id,
    ordinal: row.ordinal,
    headingPath: JSON.parse(row.heading_path) as string[],
    pageStart: row.page_start,
    pageEnd: row.page_end,
    start: row.start,
    end: row.end,
    text: row.text,
    tokens: row.tokens,
  }))
  return { items, next: rows[limit]?.ordinal ?? null }
}

export function hasMoreChunks(db: Db, documentKey: number, count: number): boolean {
  return db.prepare('SELECT 1 FROM chunks WHERE document_key = ? ORDER BY ordinal LIMIT 1 OFFSET ?').get(documentKey, count) !== undefined
}

/**
 * Removes the first `limit` chunks of a document with their full text and vectors, and returns how many there were.
 * Call it in a transaction. `purgeLater` as in {@link deleteFullText}.
 */
export function deleteChunks(db: Db, documentKey: number, limit: number, options: { purgeLater?: boolean } = {}): number {
  deleteFullText(db, documentKey, limit, options)
  deleteVectors(db, documentKey, limit)
  return db.prepare('DELETE FROM chunks WHERE key IN (SELECT key FROM chunks WHERE document_key = ? ORDER BY ordinal LIMIT ?)')
    .run(documentKey, limit).changes
}

function toPending({ heading_path, ...row }: PendingChunkRow): PendingChunk {
  return { ...row, headingPath: JSON.parse(heading_path) as string[] }
}

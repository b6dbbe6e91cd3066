import type { Db } from './connection.ts'
import { recordUsage, type TokenUsage } from './usage.ts'

/** What a call for a context is noted as. */
export const CONTEXT_PURPOSE = 'chunk_context'

/** A ready document that lacks contexts. `reading` tells readings of it apart. */
export interface ContextDocument { key: number, title: string, length: number, reading: string, spentUsd: number }
export interface ContextChunk { key: number, id: string, ordinal: number, start: number, end: number, text: string, headingPath: string[] }

interface ChunkRow { key: number, id: string, ordinal: number, start: number, end: number, text: string, heading_path: string }

/**
 * A document that was read and whose chunks have not all got what they need, the oldest first. Those with a job are being
 * read or embedded anew and come later; samples, and what a newer version has replaced, are not worth anybody's money.
 *
 * @param skip readings (`ContextDocument.reading`) that are left out
 */
export function nextContextDocument(db: Db, skip: string[]): ContextDocument | null {
  return db.prepare<[string], ContextDocument>(`
    SELECT d.key, d.title, d.length, d.id || ' ' || d.ready_at AS reading, coalesce(x.spent_usd, 0) AS spentUsd
    FROM documents d LEFT JOIN document_contexts x ON x.document_key = d.key
    WHERE ${IS_FREE} AND NOT EXISTS (SELECT 1 FROM documents newer WHERE newer.replaces = d.key AND newer.status = 'ready')
      AND x.complete_for IS NOT d.ready_at AND d.id || ' ' || d.ready_at NOT IN (SELECT value FROM json_each(?))
    ORDER BY d.key LIMIT 1`).get(JSON.stringify(skip)) ?? null
}

/** Whether nothing else works on the document. */
export function isFreeForContexts(db: Db, documentKey: number): boolean {
  return db.prepare(`SELECT 1 FROM documents d WHERE d.key = ? AND ${IS_FREE}`).get(documentKey) !== undefined
}

const IS_FREE = `d.status = 'ready' AND d.sample = 0 AND NOT EXISTS (SELECT 1 FROM jobs j WHERE j.document_key = d.key AND j.status IN ('queued', 'running'))`

/** The first chunk of a document that nobody has asked about. */
export function nextWithoutContext(db: Db, documentKey: number): ContextChunk | null {
  const row = db.prepare<[number], ChunkRow>(`
    SELECT key, id, ordinal, start, end, text, heading_path FROM chunks
    WHERE document_key = ? AND key NOT IN (SELECT chunk_key FROM chunk_contexts) ORDER BY ordinal LIMIT 1`).get(documentKey)
  return row ? toChunk(row) : null
}

/** Chunks whose context is not in the indexes yet, with what is embedded of them at the moment. */
export function listToIndex(db: Db, documentKey: number, limit: number): (ContextChunk & { context: string, embedder: string | null })[] {
  return db.prepare<[number, number], ChunkRow & { context: string, embedder: string | null }>(`
    SELECT c.key, c.id, c.ordinal, c.start, c.end, c.text, c.heading_path, x.text AS context, c.embedder
    FROM chunk_contexts x JOIN chunks c ON c.key = x.chunk_key
    WHERE x.indexed = 0 AND c.document_key = ? ORDER BY c.ordinal LIMIT ?`).all(documentKey, limit)
    .map(({ context, embedder, ...row }) => ({ ...toChunk(row), context, embedder }))
}

/**
 * Stores a context and what it has cost, also where the chunk has gone meanwhile: the call is paid for. Call it in a
 * transaction.
 *
 * @param text null where the call brought none and will be tried again
 */
export function saveContext(db: Db, { chunk, documentKey, text, version, usage, costUsd }: {
  chunk: Pick<ContextChunk, 'key' | 'id'>, documentKey: number, text: string | null, version: number, usage: TokenUsage | null, costUsd: number
}): void {
  if (usage) recordUsage(db, null, usage, CONTEXT_PURPOSE)
  db.prepare(`
    INSERT INTO document_contexts (document_key, spent_usd) SELECT key, @costUsd FROM documents WHERE key = @documentKey
    ON CONFLICT (document_key) DO UPDATE SET spent_usd = spent_usd + excluded.spent_usd`).run({ costUsd, documentKey })
  if (text === null) return
  // Keys are used again, ids are not.
  db.prepare(`
    INSERT INTO chunk_contexts (chunk_key, text, version, indexed) SELECT key, @text, @version, @indexed FROM chunks WHERE key = @key AND id = @id
    ON CONFLICT (chunk_key) DO NOTHING`).run({ key: chunk.key, id: chunk.id, text, version, indexed: text === '' ? 1 : 0 })
}

export function setIndexed(db: Db, chunkKeys: number[]): void {
  db.prepare('UPDATE chunk_contexts SET indexed = 1 WHERE chunk_key IN (SELECT value FROM json_each(?))').run(JSON.stringify(chunkKeys))
}

/** Nothing more is needed for this reading of the document; false where it has been read anew meanwhile. */
export function setContextsComplete(db: Db, { key, reading }: ContextDocument): boolean {
  return db.prepare(`
    INSERT INTO document_contexts (document_key, complete_for) SELECT key, ready_at FROM documents WHERE key = @key AND id || ' ' || ready_at = @reading
    ON CONFLICT (document_key) DO UPDATE SET complete_for = excluded.complete_for`).run({ key, reading }).changes === 1
}

/** Dollars that contexts have cost so far. */
export function contextSpending(db: Db): number {
  return db.prepare<[string], number>('SELECT coalesce(sum(cost_usd), 0) FROM usage WHERE purpose = ?').pluck().get(CONTEXT_PURPOSE)!
}

function toChunk({ heading_path, ...row }: ChunkRow): ContextChunk {
  return { ...row, headingPath: JSON.parse(heading_path) as string[] }
}

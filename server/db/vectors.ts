import { write, type Db } from './connection.ts'
import { deleteFormerVectors, formerIndex, formerSimilarities, nearestFormerChunks } from './former-vectors.ts'
import { eligibleDocuments, type EligibleDocuments } from './search.ts'
import { createVectorTable, INDEX_SETTING, readIndexSetting, type IndexSetting, type NearestChunk } from './vector-table.ts'

/** Rows written in one transaction while the index is rebuilt, so that other writers wait at most some 30 ms. */
const REBUILD_BATCH = 1_000
/** vec0 refuses a larger k. */
export const MAX_NEIGHBOURS = 4_096
/**
 * Up to this share of the chunks a filtered search compares the BLOBs of the chunks themselves instead of walking
 * the whole index. Medians at 100,000 chunks of 384 dimensions: 1 % of them 1.2 ms against 40 ms, 20 % 42 against 44,
 * 50 % 105 against 61; at 10,000 chunks the two meet at the same share.
 */
const EXACT_SCAN_SHARE = 0.2

export interface VectorRow { chunkKey: number, documentKey: number, embedding: Float32Array }
export interface VectorIndexReport {
  /** True when the index was made anew because there was none or it was made for another embedder. */
  rebuilt: boolean
  inserted: number
  /** Entries whose chunk was gone. */
  removed: number
  /** Chunks without a usable vector of this embedder: full text finds them, vector search cannot until they are embedded again. */
  stale: number
}

/**
 * Makes `chunks_vec` agree with `chunks.embedding` for the embedder in use: creates it, makes it anew after a change
 * of embedder or dimensions, adds missing rows and removes orphans. Safe to interrupt at any point and to run again.
 */
export function ensureVectorIndex(db: Db, index: { embedderId: string, dimensions: number }): VectorIndexReport {
  const { embedderId, dimensions } = index
  const rebuilt = !indexExists(db) || !sameIndex(readIndexSetting(db), index)
  if (rebuilt) createIndex(db, index)

  // The key column of chunks is read from a small covering index here; its rows, 4 kB each, are only read when missing.
  const missing = db.prepare<[], number>('SELECT key FROM chunks WHERE key NOT IN (SELECT chunk_key FROM chunks_vec)').pluck().all()
  const orphans = db.prepare<[], number>('SELECT chunk_key FROM chunks_vec WHERE chunk_key NOT IN (SELECT key FROM chunks)').pluck().all()
  const usable = db.prepare<[number, string, number], { documentKey: number, embedding: Buffer }>(`
    SELECT document_key AS documentKey, embedding FROM chunks WHERE key = ? AND embedder = ? AND length(embedding) = ?`)

  let inserted = 0
  for (let from = 0; from < missing.length; from += REBUILD_BATCH) {
    write(db, () => {
      const rows = missing.slice(from, from + REBUILD_BATCH).flatMap((chunkKey) => {
        const chunk = usable.get(chunkKey, embedderId, dimensions * Float32Array.BYTES_PER_ELEMENT)
        return chunk ? [{ chunkKey, documentKey: chunk.documentKey, embedding: toVector(chunk.embedding) }] : []
      })
      insertVectors(db, rows)
      inserted += rows.length
    })
  }
  write(db, () => deleteKeys(db, orphans))
  return { rebuilt, inserted, removed: orphans.length, stale: missing.length - inserted }
}

/** Ready documents with chunks that the index lacks; it has to agree with the chunks ({@link ensureVectorIndex}). */
export function listStaleDocuments(db: Db): number[] {
  return db.prepare<[], number>(`
    SELECT DISTINCT c.document_key FROM chunks c JOIN documents d ON d.key = c.document_key
    WHERE d.status = 'ready' AND c.key NOT IN (SELECT chunk_key FROM chunks_vec) ORDER BY c.document_key`).pluck().all()
}

/** Adds vectors of new chunks; call it in the transaction that writes `chunks.embedding`. vec0 knows no upsert: a key that is there throws. */
export function insertVectors(db: Db, rows: VectorRow[]): void {
  if (rows.length === 0) return
  const insert = db.prepare('INSERT INTO chunks_vec (chunk_key, embedding) VALUES (?, ?)')
  for (const row of rows) insert.run(BigInt(row.chunkKey), row.embedding)
}

/** Puts other vectors of chunks in the place of those they have; call it in the transaction that writes `chunks.embedding`. */
export function replaceVectors(db: Db, rows: VectorRow[]): void {
  if (rows.length === 0) return
  deleteKeys(db, rows.map(({ chunkKey }) => chunkKey))
  insertVectors(db, rows)
}

/** Removes the vectors of a document's first `limit` chunks (all by default); call it in the transaction that deletes those chunks, and before. */
export function deleteVectors(db: Db, documentKey: number, limit = -1): void {
  const keys = db.prepare<[number, number], number>('SELECT key FROM chunks WHERE document_key = ? ORDER BY ordinal LIMIT ?').pluck().all(documentKey, limit)
  if (indexExists(db)) deleteKeys(db, keys)
  deleteFormerVectors(db, keys)
}

/**
 * The `k` chunks nearest to `embedding` (unit length) among those of ready documents that pass the filters, nearest first.
 * Exact: equal to comparing every eligible chunk that has a vector. Throws when there is no index of this embedder.
 */
export function nearestChunks(db: Db, search: {
  embedding: Float32Array
  embedderId: string
  k: number
  eligible?: EligibleDocuments
}): NearestChunk[] {
  const { embedding, embedderId } = search
  const k = Math.min(search.k, MAX_NEIGHBOURS)
  const former = formerIndex(db)?.embedderId === embedderId
  const setting = former ? formerIndex(db) : readIndexSetting(db)
  if (!setting || !sameIndex(setting, { embedderId, dimensions: embedding.length })) {
    throw new Error(`The vector index belongs to ${setting?.embedderId ?? 'no embedder'}, the query to ${embedderId}`)
  }
  const eligible = search.eligible ?? eligibleDocuments(db, {})
  if (eligible.chunks === 0) return []
  if (former) return nearestFormerChunks(db, { embedding, k, documentKeys: eligible.keys })
  const rows = eligible.keys === null
    ? db.prepare<[Float32Array, number], Distance>(`
        SELECT chunk_key AS chunkKey, distance FROM chunks_vec WHERE embedding MATCH ? AND k = ? ORDER BY distance`)
        .all(embedding, k)
    : eligible.chunks <= eligible.allChunks * EXACT_SCAN_SHARE
      ? db.prepare<[Float32Array, string, string, number, number], Distance>(`
          SELECT key AS chunkKey, vec_distance_cosine(embedding, ?) AS distance FROM chunks
          WHERE document_key IN (SELECT value FROM json_each(?)) AND embedder = ? AND length(embedding) = ?
          ORDER BY distance, key LIMIT ?`)
          .all(embedding, JSON.stringify(eligible.keys), embedderId, embedding.byteLength, k)
      : db.prepare<[Float32Array, number, string], Distance>(`
          SELECT chunk_key AS chunkKey, distance FROM chunks_vec
          WHERE embedding MATCH ? AND k = ?
            AND chunk_key IN (SELECT key FROM chunks WHERE document_key IN (SELECT value FROM json_each(?)))
          ORDER BY distance`)
          .all(embedding, k, JSON.stringify(eligible.keys))
  return rows.map(row => ({ chunkKey: row.chunkKey, similarity: 1 - row.distance }))
}

/** The similarities of given chunks, in no order; chunks without a vector of this embedder are absent. */
export function similarities(db: Db, search: { embedding: Float32Array, embedderId: string, chunkKeys: number[] }): NearestChunk[] {
  const { embedding, embedderId } = search
  if (formerIndex(db)?.embedderId === embedderId) return formerSimilarities(db, search)
  return db.prepare<[Float32Array, string, string, number], NearestChunk>(`
    SELECT key AS chunkKey, 1 - vec_distance_cosine(embedding, ?) AS similarity FROM chunks
    WHERE key IN (SELECT value FROM json_each(?)) AND embedder = ? AND length(embedding) = ?`)
    .all(embedding, JSON.stringify(search.chunkKeys), embedderId, embedding.byteLength)
}

interface Distance { chunkKey: number, distance: number }

function createIndex(db: Db, index: IndexSetting): void {
  write(db, () => {
    createVectorTable(db, 'chunks_vec', index.dimensions)
    db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
      .run(INDEX_SETTING, JSON.stringify({ embedderId: index.embedderId, dimensions: index.dimensions }))
  })
}

function indexExists(db: Db): boolean {
  return db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'chunks_vec'`).get() !== undefined
}

function sameIndex(a: IndexSetting | null, b: IndexSetting): boolean {
  return a !== null && a.embedderId === b.embedderId && a.dimensions === b.dimensions
}

function deleteKeys(db: Db, keys: number[]): void {
  const remove = db.prepare('DELETE FROM chunks_vec WHERE chunk_key = ?')
  for (const key of keys) remove.run(BigInt(key))
}

/** Copies: the BLOB's memory need not be aligned for floats. */
function toVector(blob: Buffer): Float32Array {
  return new Float32Array(new Uint8Array(blob).buffer)
}

import { write, type Db } from './connection.ts'
import { createVectorTable, readIndexSetting, type IndexSetting, type NearestChunk } from './vector-table.ts'

/**
 * While documents get vectors of another embedder, a copy of the index of the former one goes on serving searches: whole,
 * where the new one is only beginning. It is gone from the moment the new one is complete. Vectors of the two never meet:
 * each has a table of its own, with its own number of dimensions.
 */
const TABLE = 'chunks_vec_former'
const SETTING = 'vector_index_former'
/** Rows of one transaction. */
const BATCH = 1_000

/** The former index, while it serves. */
export function formerIndex(db: Db): IndexSetting | null {
  return readIndexSetting(db, SETTING)
}

/**
 * Keeps what the index of another embedder than `next` holds, before the chunks get new vectors. Does nothing where there
 * is a former index already, which is whole, or nothing to keep. Interrupted anywhere it begins anew.
 */
export function keepFormerIndex(db: Db, next: IndexSetting): void {
  const current = readIndexSetting(db)
  if (formerIndex(db) || !current || current.embedderId === next.embedderId) return
  const keys = db.prepare<[string, number], number>('SELECT key FROM chunks WHERE embedder = ? AND length(embedding) = ?')
    .pluck().all(current.embedderId, current.dimensions * Float32Array.BYTES_PER_ELEMENT)
  if (keys.length === 0) return
  write(db, () => createVectorTable(db, TABLE, current.dimensions))
  const copy = db.prepare(`INSERT INTO ${TABLE} (chunk_key, embedding) SELECT key, embedding FROM chunks WHERE key = ?`)
  for (let from = 0; from < keys.length; from += BATCH) {
    write(db, () => {
      for (const key of keys.slice(from, from + BATCH)) copy.run(BigInt(key))
    })
  }
  write(db, () => db.prepare('INSERT INTO settings (key, value) VALUES (?, ?)').run(SETTING, JSON.stringify(current)))
}

/** Gives the chunks the vectors back that they had, for an embedder that is in use again before its successor was done. */
export function restoreFormerVectors(db: Db): void {
  const former = formerIndex(db)
  if (!former) return
  const restore = db.prepare(`UPDATE chunks SET embedding = (SELECT embedding FROM ${TABLE} WHERE chunk_key = ?), embedder = ? WHERE key = ?`)
  const keys = db.prepare<[string], number>(`SELECT chunk_key FROM ${TABLE} WHERE chunk_key IN (SELECT key FROM chunks WHERE embedder IS NOT ?)`).pluck().all(former.embedderId)
  for (let from = 0; from < keys.length; from += BATCH) {
    write(db, () => {
      for (const key of keys.slice(from, from + BATCH)) restore.run(BigInt(key), former.embedderId, BigInt(key))
    })
  }
  write(db, () => dropFormerIndex(db))
}

/** Lets searches use the index of the embedder in use from here on. Call it in a transaction. */
export function dropFormerIndex(db: Db): void {
  db.exec(`DROP TABLE IF EXISTS ${TABLE}`)
  db.prepare('DELETE FROM settings WHERE key = ?').run(SETTING)
}

/** The `k` nearest chunks in the former index, among those of the given documents; all where `documentKeys` is null. */
export function nearestFormerChunks(db: Db, { embedding, k, documentKeys }: { embedding: Float32Array, k: number, documentKeys: number[] | null }): NearestChunk[] {
  const among = documentKeys && 'AND chunk_key IN (SELECT key FROM chunks WHERE document_key IN (SELECT value FROM json_each(?)))'
  return db.prepare<unknown[], NearestChunk>(`
    SELECT chunk_key AS chunkKey, 1 - distance AS similarity FROM ${TABLE} WHERE embedding MATCH ? AND k = ? ${among ?? ''} ORDER BY distance`)
    .all(embedding, k, ...documentKeys ? [JSON.stringify(documentKeys)] : [])
}

/** The similarities of given chunks; those that the former index lacks are absent. */
export function formerSimilarities(db: Db, { embedding, chunkKeys }: { embedding: Float32Array, chunkKeys: number[] }): NearestChunk[] {
  const find = db.prepare<[Float32Array, bigint], NearestChunk>(`SELECT chunk_key AS chunkKey, 1 - vec_distance_cosine(embedding, ?) AS similarity FROM ${TABLE} WHERE chunk_key = ?`)
  return chunkKeys.flatMap(key => find.get(embedding, BigInt(key)) ?? [])
}

/** Removes vectors of chunks that are being deleted. Call it in the transaction that deletes them. */
export function deleteFormerVectors(db: Db, chunkKeys: number[]): void {
  if (!db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(TABLE)) return
  const remove = db.prepare(`DELETE FROM ${TABLE} WHERE chunk_key = ?`)
  for (const key of chunkKeys) remove.run(BigInt(key))
}

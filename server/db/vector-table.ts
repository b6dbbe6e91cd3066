import type { Db } from './connection.ts'

export interface IndexSetting { embedderId: string, dimensions: number }

export interface NearestChunk {
  chunkKey: number
  /** Cosine similarity, 1 is the same direction. */
  similarity: number
}

/** Where the index of the embedder in use notes whose it is. */
export const INDEX_SETTING = 'vector_index'

/** Which embedder an index was made for; null where there is none. */
export function readIndexSetting(db: Db, setting = INDEX_SETTING): IndexSetting | null {
  const value = db.prepare<[string], string>('SELECT value FROM settings WHERE key = ?').pluck().get(setting)
  return value === undefined ? null : JSON.parse(value) as IndexSetting
}

/** Makes an empty vec0 table in the place of whatever has that name. Call it in a transaction. */
export function createVectorTable(db: Db, name: string, dimensions: number): void {
  db.exec(`DROP TABLE IF EXISTS ${name}`)
  db.exec(`CREATE VIRTUAL TABLE ${name} USING vec0 (
    chunk_key INTEGER PRIMARY KEY,
    embedding FLOAT[${Math.trunc(dimensions)}] distance_metric=cosine
  )`)
}

import { fileURLToPath } from 'node:url'
import { insertChunks, storeEmbeddings } from '../../server/db/chunks.ts'
import { openDatabase, write, type Db } from '../../server/db/connection.ts'
import { insertDocument, setReady } from '../../server/db/documents.ts'
import { insertFullText } from '../../server/db/fulltext.ts'
import { migrate, readMigrations } from '../../server/db/migrate.ts'
import { ensureVectorIndex, insertVectors } from '../../server/db/vectors.ts'
import type { Embedder } from '../../server/embed/types.ts'
import type { Collection } from './collections.ts'

const migrations = fileURLToPath(new URL('../../server/db/migrations/', import.meta.url))

/** Opens a new database with the product's schema. */
export function createDatabase(path: string): Db {
  const db = openDatabase(path)
  migrate(db, readMigrations(migrations))
  return db
}

/**
 * Writes a collection as ingestion would and makes it ready.
 *
 * @returns the evaluation's name of each chunk, by the chunk's id in the database
 */
export async function fillDatabase(db: Db, collection: Collection, embedder: Embedder): Promise<Map<string, string>> {
  ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const names = new Map<string, string>()
  for (const [number, { title, chunks }] of collection.documents.entries()) {
    const vectors = await embedder.embed(chunks.map(chunk => title === '' ? chunk.text : `${title}\n${chunk.text}`), 'document')
    write(db, () => {
      const { key } = insertDocument(db, {
        contentHash: `${collection.name}-${number}`, title, filename: `${number}.txt`, mediaType: 'text/plain', bytes: 0,
      })!
      const keys = insertChunks(db, key, chunks.map((chunk, ordinal) => ({ ...chunk, ordinal, headingPath: [], pageStart: 1, pageEnd: 1 })))
      const rows = keys.map((chunkKey, i) => ({ chunkKey, documentKey: key, embedding: vectors[i]! }))
      insertFullText(db, rows.map(({ chunkKey }, i) => ({ chunkKey, headingPath: [], text: chunks[i]!.text })))
      storeEmbeddings(db, embedder.id, rows)
      insertVectors(db, rows)
      setReady(db, key)
      for (const [i, chunkKey] of keys.entries()) {
        names.set(db.prepare<[number], string>('SELECT id FROM chunks WHERE key = ?').pluck().get(chunkKey)!, chunks[i]!.id)
      }
    })
  }
  return names
}

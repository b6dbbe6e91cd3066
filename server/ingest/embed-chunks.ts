import { storeEmbeddings, type PendingChunk } from '../db/chunks.ts'
import type { Db } from '../db/connection.ts'
import { insertVectors } from '../db/vectors.ts'
import type { Embedder } from '../embed/types.ts'
import { embeddingText } from './embedding-text.ts'

/** Chunks embedded and stored together: about a third of a second of work on two cores, which is all a kill costs. */
export const EMBED_BATCH = 32

/** Embeds chunks of one document and stores vectors and index entries in one transaction, which `transact` runs. */
export async function embedChunks({ db, embedder, document, chunks, transact, signal }: {
  db: Db
  embedder: Embedder
  document: { key: number, title: string }
  chunks: PendingChunk[]
  transact: <T>(work: () => T) => T
  signal: AbortSignal
}): Promise<void> {
  const vectors = await embedder.embed(chunks.map(chunk => embeddingText(chunk, document.title, embedder)), 'document', signal)
  const rows = chunks.map((chunk, index) => ({ chunkKey: chunk.key, documentKey: document.key, embedding: vectors[index]! }))
  transact(() => {
    storeEmbeddings(db, embedder.id, rows)
    insertVectors(db, rows)
  })
}

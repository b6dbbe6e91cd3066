import { listToIndex, isFreeForContexts, setIndexed } from '../db/chunk-contexts.ts'
import { write, type Db } from '../db/connection.ts'
import { storeEmbeddings } from '../db/chunks.ts'
import { updateFullText } from '../db/fulltext.ts'
import { replaceVectors } from '../db/vectors.ts'
import type { Embedder } from '../embed/types.ts'
import { embeddingText } from '../ingest/embedding-text.ts'

/** Chunks of one transaction: their full text takes some 3 ms each. */
const BATCH = 8

/**
 * Puts the contexts of a document that are not indexed yet into full text and vectors, in short transactions. A chunk that has no
 * vector of the embedder in use gets it with its context when it is embedded.
 *
 * @param options.embedder the one in use, read anew: null in keyword mode
 * @returns false where something else has begun to work on the document, or the embedder was exchanged meanwhile
 */
export async function indexContexts(options: { readonly db: Db, readonly embedder: Embedder | null }, document: { key: number, title: string }, signal: AbortSignal): Promise<boolean> {
  const { db } = options
  for (;;) {
    const { embedder } = options
    const rows = listToIndex(db, document.key, BATCH)
    if (rows.length === 0) return true
    const embedded = embedder ? rows.filter(row => row.embedder === embedder.id) : []
    const texts = embedded.map(row => embeddingText({ ...row, tokens: embedder!.countTokens(row.text) }, document.title, embedder!))
    const vectors = texts.length > 0 ? await embedder!.embed(texts, 'document', signal) : []
    signal.throwIfAborted()
    const done = write(db, () => {
      if (options.embedder !== embedder || !isFreeForContexts(db, document.key)) return false
      // What was deleted or read anew while its text was embedded.
      const there = new Set(listToIndex(db, document.key, BATCH).map(({ id }) => id))
      if (rows.some(({ id }) => !there.has(id))) return false
      updateFullText(db, rows.map(({ key, headingPath, text, context }) => ({ chunkKey: key, headingPath, text, context })))
      const changed = embedded.map(({ key }, index) => ({ chunkKey: key, documentKey: document.key, embedding: vectors[index]! }))
      if (embedder) storeEmbeddings(db, embedder.id, changed)
      replaceVectors(db, changed)
      setIndexed(db, rows.map(({ key }) => key))
      return true
    })
    if (!done) return false
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises'
import { deleteChunks, hasMoreChunks } from '../db/chunks.ts'
import type { Db } from '../db/connection.ts'
import { clearExtracted } from '../db/documents.ts'
import { purgeFullText } from '../db/fulltext.ts'
import { deletePages } from '../db/pages.ts'

/** Removed in one transaction, so that the event loop and other writers wait for some 20 ms at most. */
const SECURE_BATCH = 8
const MARKED_BATCH = 96
const PAGE_BATCH = 32
/**
 * Up to this many chunks secure deletion is the quicker way. Beyond, marking them and a purge of the whole index win:
 * at 2 ms a chunk, 20,000 chunks took 39 s to delete securely.
 */
const SECURE_CHUNKS = 200

/**
 * Removes what ingestion has stored of a document: chunks, full text, vectors and pages, in short transactions that
 * `transact` runs. Interrupted anywhere it leaves a document whose extraction counts as not ended. `purge` clears the
 * full text of remains even when no chunk is left, for a removal that a crash may have cut off just before.
 */
export async function removeContent(db: Db, documentKey: number, transact: <T>(work: () => T) => T, { purge = false } = {}): Promise<void> {
  transact(() => clearExtracted(db, documentKey))
  const purgeLater = purge || hasMoreChunks(db, documentKey, SECURE_CHUNKS)
  const batch = purgeLater ? MARKED_BATCH : SECURE_BATCH
  while (transact(() => deleteChunks(db, documentKey, batch, { purgeLater })) === batch) await nextTurn()
  while (transact(() => deletePages(db, documentKey, PAGE_BATCH)) === PAGE_BATCH) await nextTurn()
  if (!purgeLater) return
  for (let begin = true; transact(() => purgeFullText(db, begin)); begin = false) await nextTurn()
}

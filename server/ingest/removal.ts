import { setImmediate as nextTurn } from 'node:timers/promises'
import { deleteChunks } from '../db/chunks.ts'
import { clearExtracted } from '../db/documents.ts'
import { deletePages } from '../db/pages.ts'
import type { Db } from '../db/connection.ts'

/**
 * Chunks removed in one transaction. Secure deletion from full text was measured at 1 to 2 ms a chunk (20,000 chunks in
 * one transaction: 39 s), so this keeps the event loop and other writers waiting for at most some 30 ms.
 */
const CHUNK_BATCH = 16
const PAGE_BATCH = 32

/**
 * Removes what ingestion has stored of a document: chunks, full text, vectors and pages, in short transactions that
 * `transact` runs. Interrupted anywhere it leaves a document whose extraction counts as not ended.
 */
export async function removeContent(db: Db, documentKey: number, transact: <T>(work: () => T) => T): Promise<void> {
  transact(() => clearExtracted(db, documentKey))
  while (transact(() => deleteChunks(db, documentKey, CHUNK_BATCH)) === CHUNK_BATCH) await nextTurn()
  while (transact(() => deletePages(db, documentKey, PAGE_BATCH)) === PAGE_BATCH) await nextTurn()
}

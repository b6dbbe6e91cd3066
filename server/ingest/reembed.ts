import { setImmediate as nextTurn } from 'node:timers/promises'
import { listStaleChunks } from '../db/chunks.ts'
import type { Db } from '../db/connection.ts'
import { setEmbedded, setEmbedding, type DocumentRecord } from '../db/documents.ts'
import { dropFormerIndex, formerIndex } from '../db/former-vectors.ts'
import { fenced, finishJob, hasEmbedJobs, queueEmbedding, type Lease } from '../db/jobs.ts'
import { listStaleDocuments } from '../db/vectors.ts'
import { embedChunks, EMBED_BATCH } from './embed-chunks.ts'
import type { IngestStats } from './ingest-report.ts'
import { requireRoom, type IngestContext } from './pipeline.ts'
import type { ReportProgress } from './progress.ts'
import { TimeLeft } from './time-left.ts'

/**
 * Queues every ready document that has chunks without a vector of the embedder in use: it was read in keyword mode, or
 * with another model. The vector index has to agree with the chunks (`ensureVectorIndex`). Call it in a transaction.
 *
 * @returns how many documents were queued
 */
export function queueStaleDocuments(db: Db): number {
  const queued = listStaleDocuments(db).filter(key => queueEmbedding(db, key))
  for (const key of queued) setEmbedding(db, key, { done: 0, total: 0, secondsLeft: null })
  return queued.length
}

/**
 * Lets searches use the new index from here on, if every ready document is in it whole. Call it in a transaction.
 *
 * @returns whether the former index has served until now
 */
export function swapIndexes(db: Db): boolean {
  if (!formerIndex(db) || hasEmbedJobs(db) || listStaleDocuments(db).length > 0) return false
  dropFormerIndex(db)
  return true
}

/**
 * Gives the chunks of a ready document vectors of the embedder in use. It stays ready all the while: its words are found
 * as before, its meaning as far as it has got. Each batch is a checkpoint, and every write checks the lease.
 *
 * Without an embedder there is nothing to do; the next start with one queues the document again.
 *
 * @throws AppError, LeaseLostError, or the signal's reason
 */
export async function reembedDocument(
  context: Pick<IngestContext, 'db' | 'embedder' | 'hasRoom'>, document: DocumentRecord, lease: Lease,
  report: ReportProgress, stats: IngestStats, signal: AbortSignal,
): Promise<void> {
  const { db, embedder } = context
  const transact = <T>(work: () => T) => {
    requireRoom(context)
    return stats.timeSync('store', () => fenced(db, lease, work))
  }
  const timeLeft = new TimeLeft({ embeds: true })
  timeLeft.noteAllRead(document.chunkCount)
  let last = -1
  for (;;) {
    signal.throwIfAborted()
    const stale = embedder ? listStaleChunks(db, document.key, embedder, last, EMBED_BATCH) : []
    if (!embedder || stale.length === 0) break
    // What another mode counted, or guessed, is not what this model makes of the text.
    const chunks = stale.map(chunk => ({ ...chunk, tokens: embedder.countTokens(chunk.text) }))
    await stats.time('embed', () => embedChunks({ db, embedder, document, chunks, transact, signal }))
    stats.embedded += chunks.length
    last = chunks.at(-1)!.ordinal
    timeLeft.noteEmbedded(last + 1)
    report('embed', last + 1, document.chunkCount, timeLeft.seconds)
    await nextTurn()
  }
  transact(() => {
    setEmbedded(db, document.key)
    finishJob(db, lease, { status: 'done' })
  })
}

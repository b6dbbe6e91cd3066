import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import type { FileLock } from '../db/file-lock.ts'
import type { Services } from './services.ts'
import { closeEventStreams } from './sse.ts'

/**
 * How long open requests, a running upload among them, may take to end once the server is told to stop. With
 * {@link CLOSE_MS} and {@link CHECKPOINT_MS} the whole stop stays under 20 s, within the 30 s that the platform is given.
 */
export const DRAIN_MS = 12_000
/** Then threads and child processes end by themselves or are left behind. */
const CLOSE_MS = 4_000
/** A reader of another process, a backup for example, must not hold the stop up; the next start checkpoints as well. */
const CHECKPOINT_MS = 1_000
/** Answers that are being written take a moment to store that they were interrupted. */
const RUNS_MS = 3_000

/**
 * Ends everything that would go on by itself: answers are marked as interrupted and say so in their streams, documents go
 * back to the queue, event streams end with `restart`. Requests go on.
 */
export async function stopWork({ runs, ingest, fullText, contexts, backups }: Pick<Services, 'runs' | 'ingest' | 'fullText' | 'contexts' | 'backups'>): Promise<void> {
  const idle = Promise.all([ingest.stop(), fullText.stop(), contexts?.stop(), backups?.stop()])
  await within(RUNS_MS, runs.shutdown())
  // Who follows an answer is handed its last event before the streams end.
  await nextTurn()
  closeEventStreams()
  await within(CLOSE_MS, idle)
}

/** Closes what {@link stopWork} and the last request have left, and gives the data folder free. */
export async function closeServices({ db, retriever, embedders, reranker, extractor, disk }: Services, lock: FileLock): Promise<void> {
  disk.close()
  await within(CLOSE_MS, Promise.all([retriever.close(), embedders.close(), reranker.close(), extractor.close()]))
  db.pragma(`busy_timeout = ${CHECKPOINT_MS}`)
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  lock.release()
}

/** Waits for the work, but no longer than this; how it ends does not matter any more. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const limit = new AbortController()
  await Promise.race([work.catch(() => {}), pause(ms, undefined, { signal: limit.signal }).catch(() => {})])
  limit.abort()
}

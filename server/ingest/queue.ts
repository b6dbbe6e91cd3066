import { setTimeout as pause } from 'node:timers/promises'
import type { Document, DocumentEvent } from '../../shared/schemas/documents.ts'
import { write } from '../db/connection.ts'
import { clearEstimate, findDocument, findDocumentRecord, findDocumentRecordByKey, setQueued, type DocumentRecord } from '../db/documents.ts'
import { claimJob, hasQuickJob, LeaseLostError, nextJobDelay, releaseRunningJobs, renewLease, requeueJob, takeOverJob, type Lease } from '../db/jobs.ts'
import { olderVersion } from '../db/versions.ts'
import { AppError } from '../utils/app-error.ts'
import type { EventHub } from '../utils/event-hub.ts'
import { failAttempt, publishByKey, publishDocument, runAttempt, STOPPING, TAKEN_OVER, YIELDING, type AttemptContext, type AttemptEnd } from './attempt.ts'
import { beginDeletion, finishDeletion, finishDeletions } from './deletion.ts'
import { CANCELLED } from './failures.ts'
import { sweepFiles } from './files.ts'
import { IngestStats, type IngestReport } from './ingest-report.ts'
import type { IngestContext } from './pipeline.ts'
import { queueStaleDocuments, swapIndexes } from './reembed.ts'

export interface IngestQueueOptions extends IngestContext {
  events: EventHub<DocumentEvent>
  /** Documents worked on at a time: while one waits for its embeddings the next is extracted. */
  concurrency?: number
  leaseMs?: number
  /** An attempt that has run for longer gives its place up when others wait that may be quick. */
  slowAfterMs?: number
  /** Pause before the second attempt; it grows fourfold with each further one. */
  backoffMs?: number
  /** Pause after the embedding service was away. */
  servicePauseMs?: number
  /** The former embedder's index has made way for the new one, which is complete: nobody asks it any more. */
  onSwap?: () => void
  /** For what went wrong; gets ids and codes, never text of a document. */
  log?: AttemptContext['log']
  /** For the log and the metrics: every attempt that has ended. */
  onAttempt?: (report: IngestReport) => void
}

export interface IngestQueue {
  /** Starts work on what is due and returns at once; nothing while the disk is full, so call it when there is room again. */
  kick: () => void
  /** Works until nothing is due any more and tells how many attempts ended meanwhile. */
  drain: () => Promise<{ attempts: number }>
  /** Stops the ingestion of a document and removes what it stored; the file stays. @throws AppError 404, 409 */
  cancel: (documentId: string) => Promise<Document>
  /** Queues a failed document again. @throws AppError 404, 409 */
  retry: (documentId: string) => Document
  /**
   * Removes a document, its rows, full text, vectors and file, also while it is being ingested. `also` runs in the
   * transaction that hides the document from everybody. @throws AppError 404
   */
  remove: (documentId: string, also?: () => void) => Promise<void>
  /** Gives running work back to the queue, lets `change` run while nothing is worked on, and goes on. Nothing once it was stopped. */
  between: (change: () => void) => Promise<void>
  /** Gives running work back to the queue and waits until nothing writes any more. */
  stop: () => Promise<void>
  /**
   * Queues ready documents whose chunks lack vectors of the embedder in use; they stay ready meanwhile. Call it at start,
   * with the vector index in order. Returns how many there are.
   */
  embedStale: () => number
  /** Puts back what a dead process left behind. Call it once at start, before the first kick and the first upload. */
  releaseAtBoot: () => { released: number, removedFiles: number }
}

interface Worker { lease: Lease, startedAt: number, abort: AbortController, ended: Promise<void> }

/** setTimeout takes no more than 2^31 - 1 ms, and the scheduled task looks every minute anyway. */
const MAX_WAIT_MS = 60_000
const FAULT_PAUSE_MS = 5_000
/** Nine in ten documents are read and embedded in less. */
const SLOW_AFTER_MS = 10_000
/** While every place is held for long: an upload tells of itself, the end of a pause between two attempts does not. */
const LOOK_MS = 1_000
/** A worker that is told to end and does not is left behind: it can write nothing any more. */
const END_WAIT_MS = 5_000

/**
 * Works off the job table. The table is the queue, so any number of kicks, restarts and crashes lead to the same end;
 * in memory there is only what is being worked on right now.
 */
export function createIngestQueue(options: IngestQueueOptions): IngestQueue {
  const { db, filesDir, events, concurrency = 2, leaseMs = 60_000, slowAfterMs = SLOW_AFTER_MS, backoffMs = 2_000, log = () => {}, onAttempt = () => {}, onSwap = () => {} } = options
  const context: AttemptContext = {
    ...options, leaseMs, backoffMs, log,
    // It may change between two attempts.
    get embedder() {
      return options.embedder
    },
  }
  const workers = new Set<Worker>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let paused = false
  let attempts = 0
  /** What is left to remove from the process before this one. */
  let deletions = Promise.resolve()

  function kick(): void {
    clearTimeout(timer)
    if (stopped || paused || options.hasRoom?.() === false) return
    try {
      while (workers.size < concurrency) {
        const lease = claimJob(db, leaseMs, { held: held() })
        if (!lease) return wakeAfter(nextJobDelay(db, leaseMs, { held: held() }))
        start(lease)
      }
      makeRoom()
    }
    catch (error) {
      log({ level: 'error', message: 'The job table could not be read', error })
      wakeAfter(FAULT_PAUSE_MS)
    }
  }

  /**
   * Two files that take minutes, or hang until their time is up, must not hold up fifty small ones: when every place is
   * held by an attempt that has run for long, the one that loses least gives its place up. The others go on, so that
   * everything gets done in the end.
   */
  function makeRoom(): void {
    const all = [...workers]
    if (all.length < 2 || all.some(({ abort }) => abort.signal.aborted)) return
    const patience = Math.max(...all.map(({ startedAt }) => startedAt)) + slowAfterMs - performance.now()
    if (patience > 0) return wakeAfter(patience)
    if (!hasQuickJob(db, leaseMs, { held: held() })) return wakeAfter(LOOK_MS)
    // Embedding goes on where it was, and of those who read the youngest has read least.
    const isEmbedding = ({ lease }: Worker) => lease.kind === 'embed' || findDocumentRecordByKey(db, lease.documentKey)?.pages != null
    const [loser] = all.sort((a, b) => Number(isEmbedding(b)) - Number(isEmbedding(a)) || b.startedAt - a.startedAt)
    loser!.abort.abort(YIELDING)
  }

  function held(): string[] {
    return [...workers].map(({ lease }) => lease.jobId)
  }

  function wakeAfter(delay: number | null): void {
    if (delay === null) return
    timer = setTimeout(kick, Math.min(delay + 1, MAX_WAIT_MS))
    timer.unref()
  }

  function start(lease: Lease): void {
    const abort = new AbortController()
    const ended = work(lease, abort).finally(() => {
      attempts++
      if (lease.kind === 'embed') swap()
      workers.delete(worker)
      kick()
    })
    const worker = { lease, startedAt: performance.now(), abort, ended }
    workers.add(worker)
  }

  async function work(lease: Lease, abort: AbortController): Promise<void> {
    const stats = new IngestStats()
    let end: AttemptEnd = { outcome: 'lost' }
    const heartbeat = setInterval(() => {
      try {
        if (!renewLease(db, lease, leaseMs)) abort.abort(new LeaseLostError())
      }
      catch (error) {
        // A busy or full disk: the next beat tries again, and the lease outlives three of them.
        log({ level: 'warn', message: 'A lease could not be renewed', error })
      }
    }, leaseMs / 4)
    try {
      end = await runAttempt(context, lease, stats, abort.signal)
      publishByKey(context, lease.documentKey)
      if (end.outcome === 'done') publishByKey(context, olderVersion(db, lease.documentKey))
    }
    catch (error) {
      // Nothing is lost: the lease runs out and the job is taken up again.
      if (!(error instanceof LeaseLostError)) log({ level: 'error', message: 'An ingestion could not be ended', error })
    }
    finally {
      clearInterval(heartbeat)
      onAttempt(stats.report(lease, end))
    }
  }

  async function cancel(documentId: string): Promise<Document> {
    const { key } = requireRecord(documentId)
    const lease = write(db, () => takeOverJob(db, key, leaseMs))
    if (!lease) {
      const document = requireDocument(documentId)
      if (document.error?.code === CANCELLED.code) return document
      throw new AppError('not_in_progress', 409, 'This document is not being read any more, so there is nothing to cancel.')
    }
    await endWorker(key)
    await failAttempt(context, lease, CANCELLED)
    publishDocument(context, documentId)
    return requireDocument(documentId)
  }

  function retry(documentId: string): Document {
    const { key, status } = requireRecord(documentId)
    if (status === 'ready') throw new AppError('already_ready', 409, 'This document has been read already and can be searched.')
    const queued = write(db, () => {
      if (!requeueJob(db, key)) return false
      setQueued(db, key)
      return true
    })
    if (queued) publishDocument(context, documentId)
    kick()
    return requireDocument(documentId)
  }

  async function remove(documentId: string, also: () => void = () => {}): Promise<void> {
    const record = requireRecord(documentId)
    const older = olderVersion(db, record.key)
    beginDeletion(context, record, also)
    events.publish({ type: 'deleted', data: { id: documentId } })
    publishByKey(context, older)
    await endWorker(record.key)
    await finishDeletion(db, record.key, () => !stopped)
    swap()
  }

  async function between(change: () => void): Promise<void> {
    paused = true
    clearTimeout(timer)
    for (const { abort } of workers) abort.abort(STOPPING)
    await Promise.all([...workers].map(({ ended }) => ended))
    try {
      if (!stopped) change()
    }
    finally {
      paused = false
      kick()
    }
  }

  async function stop(): Promise<void> {
    stopped = true
    clearTimeout(timer)
    for (const { abort } of workers) abort.abort(STOPPING)
    await Promise.all([deletions, ...[...workers].map(({ ended }) => ended)])
  }

  async function drain(): Promise<{ attempts: number }> {
    const before = attempts
    kick()
    while (workers.size > 0) await Promise.race([...workers].map(({ ended }) => ended))
    return { attempts: attempts - before }
  }

  function embedStale(): number {
    const queued = write(db, () => queueStaleDocuments(db))
    swap()
    return queued
  }

  function releaseAtBoot(): { released: number, removedFiles: number } {
    const released = write(db, () => {
      const keys = releaseRunningJobs(db)
      for (const key of keys) setQueued(db, key)
      clearEstimate(db, null)
      return keys
    })
    const removedFiles = sweepFiles(db, filesDir)
    deletions = finishDeletions(db, () => !stopped).catch((error: unknown) => {
      if (!stopped) log({ level: 'error', message: 'A deletion could not be finished', error })
    })
    return { released: released.length, removedFiles }
  }

  /** Whatever makes the new index complete: the last new embedding, or the end of what lacked it. */
  function swap(): void {
    try {
      if (!stopped && write(db, () => swapIndexes(db))) onSwap()
    }
    catch (error) {
      // The next new embedding, or the next start, does it.
      log({ level: 'warn', message: 'The new vector index could not take over', error })
    }
  }

  async function endWorker(key: number): Promise<void> {
    const own = [...workers].filter(({ lease }) => lease.documentKey === key)
    for (const { abort } of own) abort.abort(TAKEN_OVER)
    await Promise.race([Promise.all(own.map(({ ended }) => ended)), pause(END_WAIT_MS, undefined, { ref: false })])
  }

  function requireDocument(id: string): Document {
    return findDocument(db, id) ?? raiseNotFound()
  }

  function requireRecord(id: string): DocumentRecord {
    return findDocumentRecord(db, id) ?? raiseNotFound()
  }

  return { kick, drain, cancel, retry, remove, between, stop, embedStale, releaseAtBoot }
}

export function documentNotFound(): AppError {
  return new AppError('document_not_found', 404, 'There is no such document. It may have been deleted.')
}

function raiseNotFound(): never {
  throw documentNotFound()
}

import { unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Document, DocumentEvent } from '../../shared/schemas/documents.ts'
import { write } from '../db/connection.ts'
import {
  deleteDocumentRow, findDocument, findDocumentRecord, findDocumentRecordByKey, listDeleting, setDeleting, setEmbedded, setEmbedding, setFailed, setProgress,
  setQueued,
} from '../db/documents.ts'
import {
  claimJob, deleteJob, fenced, finishJob, LeaseLostError, nextJobDelay, postponeJob, releaseJob, releaseRunningJobs, renewLease, requeueJob,
  takeOverJob, type Lease,
} from '../db/jobs.ts'
import { AppError } from '../utils/app-error.ts'
import type { EventHub } from '../utils/event-hub.ts'
import { CANCELLED, toFailure } from './failures.ts'
import { sweepFiles } from './files.ts'
import { IngestStats, type IngestOutcome, type IngestReport } from './ingest-report.ts'
import { ingestDocument, type IngestContext } from './pipeline.ts'
import { throttleProgress } from './progress.ts'
import { queueStaleDocuments, reembedDocument } from './reembed.ts'
import { removeContent } from './removal.ts'

export interface IngestQueueOptions extends IngestContext {
  events: EventHub<DocumentEvent>
  /** Documents worked on at a time: while one waits for its embeddings the next is extracted. */
  concurrency?: number
  leaseMs?: number
  /** Pause before the second attempt; it grows fourfold with each further one. */
  backoffMs?: number
  /** For what went wrong; gets ids and codes, never text of a document. */
  log?: (entry: { level: 'info' | 'warn' | 'error', message: string, documentId?: string, error?: unknown }) => void
  /** For the log and the metrics: every attempt that has ended. */
  onAttempt?: (report: IngestReport) => void
}

export interface IngestQueue {
  /** Starts work on what is due and returns at once. */
  kick: () => void
  /** Works until nothing is due any more and tells how many attempts ended meanwhile. */
  drain: () => Promise<{ attempts: number }>
  /** Stops the ingestion of a document and removes what it stored; the file stays. @throws AppError 404, 409 */
  cancel: (documentId: string) => Promise<Document>
  /** Queues a failed document again. @throws AppError 404, 409 */
  retry: (documentId: string) => Document
  /** Removes a document, its rows, full text, vectors and file, also while it is being ingested. @throws AppError 404 */
  remove: (documentId: string) => Promise<void>
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

interface AttemptEnd { outcome: IngestOutcome, code?: string }
interface Worker { documentKey: number, abort: AbortController, ended: Promise<void> }

/** Why a worker was told to end; each is dealt with by whoever told it. */
const STOPPING = Symbol('the server stops')
const TAKEN_OVER = Symbol('cancelled or deleted')

/** setTimeout takes no more than 2^31 - 1 ms, and the scheduled task looks every minute anyway. */
const MAX_WAIT_MS = 60_000
const FAULT_PAUSE_MS = 5_000
/** A worker that is told to end and does not is left behind: it can write nothing any more. */
const END_WAIT_MS = 5_000

/**
 * Works off the job table. The table is the queue, so any number of kicks, restarts and crashes lead to the same end;
 * in memory there is only what is being worked on right now.
 */
export function createIngestQueue(options: IngestQueueOptions): IngestQueue {
  const { db, filesDir, events, concurrency = 2, leaseMs = 60_000, backoffMs = 2_000, log = () => {}, onAttempt = () => {} } = options
  const workers = new Set<Worker>()
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let attempts = 0
  /** What is left to remove from the process before this one. */
  let deletions = Promise.resolve()

  function kick(): void {
    clearTimeout(timer)
    if (stopped) return
    try {
      while (workers.size < concurrency) {
        const lease = claimJob(db, leaseMs)
        if (!lease) return wakeAfter(nextJobDelay(db))
        start(lease)
      }
    }
    catch (error) {
      log({ level: 'error', message: 'The job table could not be read', error })
      wakeAfter(FAULT_PAUSE_MS)
    }
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
      workers.delete(worker)
      kick()
    })
    const worker = { documentKey: lease.documentKey, abort, ended }
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
      end = await attempt(lease, stats, abort.signal).catch(error => settle(lease, abort.signal, error))
      publish(findDocumentRecordByKey(db, lease.documentKey)?.id)
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

  async function attempt(lease: Lease, stats: IngestStats, signal: AbortSignal): Promise<AttemptEnd> {
    const document = findDocumentRecordByKey(db, lease.documentKey)
    if (!document) throw new LeaseLostError()
    stats.document = document
    if (lease.attempt > lease.maxAttempts) {
      throw new AppError('interrupted', 422, 'Reading this document was interrupted again and again. The file is kept; you can try again.')
    }
    if (lease.kind === 'embed') {
      const report = throttleProgress((_, done, total) => {
        fenced(db, lease, () => setEmbedding(db, document.key, { done, total }))
        publish(document.id)
      })
      await reembedDocument(options, document, lease, (done, total) => report('embed', done, total), stats, signal)
      return { outcome: 'done' }
    }
    const report = throttleProgress((step, done, total) => {
      fenced(db, lease, () => setProgress(db, lease.documentKey, { step, done, total }))
      publish(document.id)
    })
    await ingestDocument(options, document, lease, report, stats, signal)
    return { outcome: 'done' }
  }

  /** Records how an attempt that did not succeed ends. */
  async function settle(lease: Lease, signal: AbortSignal, error: unknown): Promise<AttemptEnd> {
    const documentKey = lease.documentKey
    if (signal.reason === TAKEN_OVER) return { outcome: 'taken_over' }
    if (error instanceof LeaseLostError) return { outcome: 'lost' }
    if (signal.reason === STOPPING) {
      fenced(db, lease, () => {
        if (lease.kind === 'ingest') setQueued(db, documentKey)
        releaseJob(db, lease)
      })
      return { outcome: 'released' }
    }
    const failure = toFailure(error)
    // What is the document's own fault stands with its code in the report of the attempt.
    if (failure.passing) log({ level: 'error', message: `Ingestion failed: ${failure.code}`, documentId: findDocumentRecordByKey(db, documentKey)?.id, error })
    if (failure.passing && lease.attempt < lease.maxAttempts) {
      const delayMs = backoffMs * 4 ** (lease.attempt - 1) * (0.75 + Math.random() / 2)
      fenced(db, lease, () => {
        if (lease.kind === 'ingest') setQueued(db, documentKey)
        postponeJob(db, lease, { delayMs: Math.min(delayMs, 10 * 60_000), error: failure.code })
      })
      return { outcome: 'retried', code: failure.code }
    }
    await fail(lease, failure)
    return { outcome: 'failed', code: failure.code }
  }

  /** Removes what is there in part, then says so in one transaction: a crash in between starts a new attempt. */
  async function fail(lease: Lease, error: { code: string, message: string }): Promise<void> {
    if (lease.kind === 'embed') {
      // It stays as it was, found by its words; the next start tries again.
      return fenced(db, lease, () => {
        setEmbedded(db, lease.documentKey)
        finishJob(db, lease, { status: 'failed', error: error.code })
      })
    }
    await removeContent(db, lease.documentKey, work => fenced(db, lease, () => {
      renewLease(db, lease, leaseMs)
      return work()
    }))
    fenced(db, lease, () => {
      setFailed(db, lease.documentKey, error)
      finishJob(db, lease, { status: 'failed', error: error.code })
    })
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
    await fail(lease, CANCELLED)
    publish(documentId)
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
    if (queued) publish(documentId)
    kick()
    return requireDocument(documentId)
  }

  async function remove(documentId: string): Promise<void> {
    const { key, contentHash } = requireRecord(documentId)
    // From here on the document is gone for everybody, and no worker may write for it. No other code runs between the
    // commit and the removal of the file, so an upload of the same content cannot lose its file to us.
    write(db, () => {
      setDeleting(db, key)
      deleteJob(db, key)
    })
    removeFile(contentHash)
    events.publish({ type: 'deleted', data: { id: documentId } })
    await endWorker(key)
    await finishDeletion(key)
  }

  async function finishDeletion(key: number, { purge = false } = {}): Promise<void> {
    await removeContent(db, key, (work) => {
      if (stopped) throw new Error('The server stops; the next start goes on with this deletion')
      return write(db, work)
    }, { purge })
    write(db, () => deleteDocumentRow(db, key))
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
    return write(db, () => queueStaleDocuments(db))
  }

  function releaseAtBoot(): { released: number, removedFiles: number } {
    const released = write(db, () => {
      const keys = releaseRunningJobs(db)
      for (const key of keys) setQueued(db, key)
      return keys
    })
    const removedFiles = sweepFiles(db, filesDir)
    deletions = Promise.all(listDeleting(db).map(key => finishDeletion(key, { purge: true }))).then(() => {}, (error: unknown) => {
      if (!stopped) log({ level: 'error', message: 'A deletion could not be finished', error })
    })
    return { released: released.length, removedFiles }
  }

  async function endWorker(key: number): Promise<void> {
    const own = [...workers].filter(({ documentKey }) => documentKey === key)
    for (const { abort } of own) abort.abort(TAKEN_OVER)
    await Promise.race([Promise.all(own.map(({ ended }) => ended)), pause(END_WAIT_MS, undefined, { ref: false })])
  }

  function removeFile(contentHash: string): void {
    try {
      unlinkSync(join(filesDir, contentHash))
    }
    catch (error) {
      // The sweep at the next start tries again.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') log({ level: 'warn', message: 'A stored file could not be removed', error })
    }
  }

  function publish(documentId: string | undefined): void {
    const document = documentId === undefined ? null : findDocument(db, documentId)
    if (document) events.publish({ type: 'document', data: document })
  }

  function requireDocument(id: string): Document {
    const document = findDocument(db, id)
    if (!document) throw documentNotFound()
    return document
  }

  function requireRecord(id: string) {
    const record = findDocumentRecord(db, id)
    if (!record) throw documentNotFound()
    return record
  }

  return { kick, drain, cancel, retry, remove, stop, embedStale, releaseAtBoot }
}

export function documentNotFound(): AppError {
  return new AppError('document_not_found', 404, 'There is no such document. It may have been deleted.')
}

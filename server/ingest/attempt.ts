import type { DocumentEvent } from '../../shared/schemas/documents.ts'
import type { Db } from '../db/connection.ts'
import { clearEstimate, findDocument, findDocumentRecordByKey, setEmbedded, setEmbedding, setFailed, setProgress, setQueued } from '../db/documents.ts'
import { ATTEMPTS, fenced, finishJob, LeaseLostError, postponeJob, releaseJob, renewLease, type Lease } from '../db/jobs.ts'
import { AppError } from '../utils/app-error.ts'
import { isDiskFull } from '../utils/disk-full.ts'
import type { EventHub } from '../utils/event-hub.ts'
import { toFailure, WAITS_FOR_EMBEDDER, WAITS_FOR_SPACE } from './failures.ts'
import type { IngestOutcome, IngestStats } from './ingest-report.ts'
import { ingestDocument, type IngestContext } from './pipeline.ts'
import { throttleProgress } from './progress.ts'
import { reembedDocument } from './reembed.ts'
import { removeContent } from './removal.ts'

export interface AttemptContext extends IngestContext {
  events: EventHub<DocumentEvent>
  leaseMs: number
  backoffMs: number
  /** Pause after the embedding service was away. */
  servicePauseMs?: number
  log: (entry: { level: 'info' | 'warn' | 'error', message: string, documentId?: string, error?: unknown }) => void
}

export interface AttemptEnd { outcome: IngestOutcome, code?: string }

/** A full disk is looked at each second; this is for one that seems to have room and takes nothing. */
const SPACE_PAUSE_MS = 10_000
/** A service that was asked six times within a minute or so is left alone for as long again. */
const SERVICE_PAUSE_MS = 60_000

/** Why an attempt was told to end; each is dealt with by whoever told it. */
export const STOPPING = Symbol('the server stops')
export const TAKEN_OVER = Symbol('cancelled or deleted')
export const YIELDING = Symbol('others wait that may be quick')

/**
 * One attempt of a job under its lease: the work, and however it ends, that the database says so.
 *
 * @throws LeaseLostError, or what the database threw: the lease then runs out, and the job is taken up again
 */
export async function runAttempt(context: AttemptContext, lease: Lease, stats: IngestStats, signal: AbortSignal): Promise<AttemptEnd> {
  try {
    await work(context, lease, stats, signal)
    return { outcome: 'done' }
  }
  catch (error) {
    return await settle(context, lease, signal, error)
  }
}

async function work(context: AttemptContext, lease: Lease, stats: IngestStats, signal: AbortSignal): Promise<void> {
  const { db } = context
  const document = findDocumentRecordByKey(db, lease.documentKey)
  if (!document) throw new LeaseLostError()
  stats.document = document
  if (lease.attempt > lease.maxAttempts) {
    throw new AppError('interrupted', 422, 'Reading this document was interrupted again and again. The file is kept; you can try again.')
  }
  if (lease.kind === 'embed') {
    const report = throttleProgress((_, done, total, secondsLeft) => {
      fenced(db, lease, () => setEmbedding(db, document.key, { done, total, secondsLeft }))
      publishDocument(context, document.id)
    })
    await reembedDocument(context, document, lease, report, stats, signal)
    return
  }
  const report = throttleProgress((step, done, total, secondsLeft) => {
    fenced(db, lease, () => setProgress(db, lease.documentKey, { step, done, total, secondsLeft }))
    publishDocument(context, document.id)
  })
  await ingestDocument(context, document, lease, report, stats, signal)
}

/** Records how an attempt that did not succeed ends. */
async function settle(context: AttemptContext, lease: Lease, signal: AbortSignal, error: unknown): Promise<AttemptEnd> {
  const { db, log, backoffMs } = context
  const { documentKey } = lease
  if (signal.reason === TAKEN_OVER) return { outcome: 'taken_over' }
  if (error instanceof LeaseLostError) return { outcome: 'lost' }
  if (signal.reason === STOPPING || signal.reason === YIELDING) {
    fenced(db, lease, () => {
      waitAgain(db, lease)
      releaseJob(db, lease, { slow: signal.reason === YIELDING })
    })
    return { outcome: signal.reason === YIELDING ? 'yielded' : 'released' }
  }
  if (isDiskFull(error)) {
    fenced(db, lease, () => {
      waitAgain(db, lease, WAITS_FOR_SPACE)
      releaseJob(db, lease, { delayMs: SPACE_PAUSE_MS, error: WAITS_FOR_SPACE.code })
    })
    return { outcome: 'released', code: WAITS_FOR_SPACE.code }
  }
  // It says nothing about the document, which therefore loses no attempt by it.
  if (error instanceof AppError && error.code === WAITS_FOR_EMBEDDER.code) {
    log({ level: 'warn', message: error.message, documentId: findDocumentRecordByKey(db, documentKey)?.id, error })
    fenced(db, lease, () => {
      waitAgain(db, lease, WAITS_FOR_EMBEDDER)
      releaseJob(db, lease, { delayMs: context.servicePauseMs ?? SERVICE_PAUSE_MS, error: WAITS_FOR_EMBEDDER.code })
    })
    return { outcome: 'released', code: WAITS_FOR_EMBEDDER.code }
  }
  const failure = toFailure(error)
  // What is the document's own fault stands with its code in the report of the attempt.
  if (failure.passing) log({ level: 'error', message: `Ingestion failed: ${failure.code}`, documentId: findDocumentRecordByKey(db, documentKey)?.id, error })
  if (failure.passing && lease.attempt < lease.maxAttempts) {
    fenced(db, lease, () => {
      waitAgain(db, lease)
      postponeJob(db, lease, { delayMs: backoff(backoffMs, lease), error: failure.code })
    })
    return { outcome: 'retried', code: failure.code }
  }
  await failAttempt(context, lease, failure)
  return { outcome: 'failed', code: failure.code }
}

/** A document that is ready stays so while its new embeddings wait. */
function waitAgain(db: Db, { kind, documentKey }: Lease, waitsFor: { code: string, message: string } | null = null): void {
  if (kind === 'ingest') setQueued(db, documentKey, waitsFor)
  else clearEstimate(db, documentKey)
}

/** Pauses grow with each failure; what was cut short by a restart does not count as one. The jitter parts those that failed together. */
function backoff(backoffMs: number, { attempt, maxAttempts }: Lease): number {
  const failures = Math.max(1, ATTEMPTS - (maxAttempts - attempt))
  return backoffMs * 4 ** (failures - 1) * (0.75 + Math.random() / 2)
}

/** Removes what is there in part, then says so in one transaction: a crash in between starts a new attempt. */
export async function failAttempt({ db, leaseMs }: Pick<AttemptContext, 'db' | 'leaseMs'>, lease: Lease, error: { code: string, message: string }): Promise<void> {
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

/** Tells whoever watches how the document stands now. */
export function publishDocument({ db, events }: Pick<AttemptContext, 'db' | 'events'>, documentId: string | undefined): void {
  const document = documentId === undefined ? null : findDocument(db, documentId)
  if (document) events.publish({ type: 'document', data: document })
}

/** The same by its key; nothing where there is none. */
export function publishByKey(context: Pick<AttemptContext, 'db' | 'events'>, key: number | null): void {
  if (key !== null) publishDocument(context, findDocumentRecordByKey(context.db, key)?.id)
}

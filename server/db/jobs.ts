import { v7 as uuid } from 'uuid'
import { write, type Db } from './connection.ts'

/** `ingest` takes a document from its file to ready, `embed` gives a ready one vectors of another model. */
export type JobKind = 'ingest' | 'embed'

/** The right to write for one attempt of one job: `attempt` is a fencing token, an older one writes nothing. */
export interface Lease { jobId: string, kind: JobKind, documentKey: number, attempt: number, maxAttempts: number }

/** The attempt has lost its job to a newer one, a cancellation or a deletion. */
export class LeaseLostError extends Error {
  constructor() {
    super('This attempt no longer holds its job')
  }
}

/**
 * Attempts cut short by a stop, a crash or an expired lease do not count as failures, so a restart never fails a
 * document. This bound keeps a file that takes the whole process down from doing it for ever.
 */
export const MAX_INTERRUPTIONS = 30
/** Attempts that a document gets, and gets again when its owner wants another try. */
export const ATTEMPTS = 3
/** The longest pause between two attempts. What seems to wait for longer waits because the clock was put back. */
export const MAX_BACKOFF_MS = 60_000
/** Two looks at the clock may be this far apart without anybody having changed it. */
const CLOCK_SLACK_MS = 1_000

interface ClaimRow { id: string, kind: JobKind, document_key: number, attempt: number, max_attempts: number }

/** Queues the ingestion of a document. Call it in the transaction that inserts the document. */
export function insertJob(db: Db, documentKey: number, maxAttempts = ATTEMPTS): void {
  const now = new Date().toISOString()
  db.prepare(`
    INSERT INTO jobs (id, kind, document_key, status, max_attempts, run_after, created_at, updated_at) VALUES (?, 'ingest', ?, 'queued', ?, ?, ?, ?)`)
    .run(uuid(), documentKey, maxAttempts, now, now, now)
}

/**
 * Queues new embeddings of a ready document; false when it has an unfinished job already. Its attempts go on counting, so that a token of its past is never valid again. Call it in a transaction.
 */
export function queueEmbedding(db: Db, documentKey: number, attempts = ATTEMPTS): boolean {
  const now = new Date().toISOString()
  return db.prepare(`
    INSERT INTO jobs (id, kind, document_key, status, max_attempts, run_after, created_at, updated_at) VALUES (@id, 'embed', @documentKey, 'queued', @attempts, @now, @now, @now)
    ON CONFLICT (document_key) DO UPDATE SET kind = 'embed', status = 'queued', max_attempts = attempt + @attempts, run_after = @now,
      lease_until = NULL, last_error = NULL, updated_at = @now
    WHERE status IN ('done', 'failed')`).run({ id: uuid(), documentKey, attempts, now }).changes === 1
}

/** Whether documents still get, or wait for, new embeddings. */
export function hasEmbedJobs(db: Db): boolean {
  return db.prepare(`SELECT 1 FROM jobs WHERE kind = 'embed' AND status IN ('queued', 'running') LIMIT 1`).get() !== undefined
}

/**
 * What may be worked on now. Times are the wall clock's, which may be set: a job that never failed waits for nothing, and
 * neither a pause nor a lease is believed that ends later than any could. Leases of jobs in `held` are not looked at:
 * their worker is alive in this process and goes on.
 */
const DUE = `(
  (status = 'queued' AND (last_error IS NULL OR run_after <= @now OR run_after > @latestRun))
  OR (status = 'running' AND (lease_until <= @now OR lease_until > @latestLease) AND id NOT IN (SELECT value FROM json_each(@held)))
)`

export interface ClaimOptions {
  /** Milliseconds since 1970. */
  now?: number
  /** Ids of the jobs that this process works on. */
  held?: string[]
}

function dueAt(leaseMs: number, { now = Date.now(), held = [] }: ClaimOptions) {
  const time = (ms: number) => new Date(ms).toISOString()
  return {
    now: time(now), latestRun: time(now + MAX_BACKOFF_MS + CLOCK_SLACK_MS), latestLease: time(now + leaseMs + CLOCK_SLACK_MS), held: JSON.stringify(held),
  }
}

/**
 * Takes the oldest job that is due, or one whose lease ran out, in one statement: two workers never get the same. What
 * has never taken long comes first, and documents that cannot be searched yet come before those that only get better.
 */
export function claimJob(db: Db, leaseMs: number, options: ClaimOptions = {}): Lease | null {
  const row = db.prepare<unknown[], ClaimRow>(`
    UPDATE jobs SET status = 'running', attempt = attempt + 1, lease_until = @leaseUntil, updated_at = @now,
      max_attempts = max_attempts + (status = 'running' AND attempt < ${MAX_INTERRUPTIONS})
    WHERE id = (SELECT id FROM jobs WHERE ${DUE} ORDER BY kind = 'embed', slow, run_after, id LIMIT 1)
    RETURNING id, kind, document_key, attempt, max_attempts`)
    .get({ ...dueAt(leaseMs, options), leaseUntil: new Date((options.now ?? Date.now()) + leaseMs).toISOString() })
  return row ? { jobId: row.id, kind: row.kind, documentKey: row.document_key, attempt: row.attempt, maxAttempts: row.max_attempts } : null
}

/** Whether a document that may be quick to read is due. */
export function hasQuickJob(db: Db, leaseMs: number, options: ClaimOptions = {}): boolean {
  return db.prepare(`SELECT 1 FROM jobs WHERE kind = 'ingest' AND slow = 0 AND ${DUE} LIMIT 1`).get(dueAt(leaseMs, options)) !== undefined
}

/** Lengthens the lease; false when it is no longer held. */
export function renewLease(db: Db, lease: Lease, leaseMs: number, now = Date.now()): boolean {
  return db.prepare(`UPDATE jobs SET lease_until = ?, updated_at = ? WHERE id = ? AND attempt = ? AND status = 'running'`)
    .run(new Date(now + leaseMs).toISOString(), new Date(now).toISOString(), lease.jobId, lease.attempt).changes === 1
}

/**
 * Runs `work` in a write transaction if the attempt still holds its job.
 *
 * @throws LeaseLostError before anything is written
 */
export function fenced<T>(db: Db, lease: Lease, work: () => T): T {
  return write(db, () => {
    if (!db.prepare(`SELECT 1 FROM jobs WHERE id = ? AND attempt = ? AND status = 'running'`).get(lease.jobId, lease.attempt)) throw new LeaseLostError()
    return work()
  })
}

/**
 * Takes an unfinished job from whoever has it, for a cancellation: from now on the worker's writes fail.
 * Returns null when the document is not being ingested.
 */
export function takeOverJob(db: Db, documentKey: number, leaseMs: number): Lease | null {
  const now = Date.now()
  const row = db.prepare<unknown[], ClaimRow>(`
    UPDATE jobs SET status = 'running', attempt = attempt + 1, lease_until = ?, updated_at = ?
    WHERE document_key = ? AND kind = 'ingest' AND status IN ('queued', 'running') RETURNING id, kind, document_key, attempt, max_attempts`)
    .get(new Date(now + leaseMs).toISOString(), new Date(now).toISOString(), documentKey)
  return row ? { jobId: row.id, kind: row.kind, documentKey, attempt: row.attempt, maxAttempts: row.max_attempts } : null
}

/** Ends a job. Call it in the fenced transaction that ends the document's ingestion. */
export function finishJob(db: Db, lease: Lease, outcome: { status: 'done' } | { status: 'failed', error: string }): void {
  db.prepare('UPDATE jobs SET status = ?, last_error = ?, lease_until = NULL, updated_at = ? WHERE id = ?')
    .run(outcome.status, outcome.status === 'failed' ? outcome.error : null, new Date().toISOString(), lease.jobId)
}

/** Puts a job back after a failure that may pass. Call it in a fenced transaction. */
export function postponeJob(db: Db, lease: Lease, { delayMs, error }: { delayMs: number, error: string }): void {
  const now = Date.now()
  db.prepare(`UPDATE jobs SET status = 'queued', run_after = ?, last_error = ?, lease_until = NULL, updated_at = ? WHERE id = ?`)
    .run(new Date(now + Math.min(delayMs, MAX_BACKOFF_MS)).toISOString(), error, new Date(now).toISOString(), lease.jobId)
}

/**
 * Puts a job back that its worker gave up through no fault of the document; the attempt does not count. `slow`: it gave its
 * place to those that may be quick. Call it in a fenced transaction.
 */
export function releaseJob(db: Db, lease: Lease, { slow = false, delayMs = 0, error = null }: { slow?: boolean, delayMs?: number, error?: string | null } = {}): void {
  const now = Date.now()
  db.prepare(`
    UPDATE jobs SET status = 'queued', lease_until = NULL, updated_at = ?, slow = max(slow, ?), run_after = iif(?, ?, run_after), last_error = ?, max_attempts = max_attempts + (attempt < ${MAX_INTERRUPTIONS})
    WHERE id = ?`).run(new Date(now).toISOString(), slow ? 1 : 0, delayMs > 0 ? 1 : 0, new Date(now + delayMs).toISOString(), error, lease.jobId)
}

/** Puts back every job that a dead process left running and returns the documents that were being ingested. Only before the first claim of a process. */
export function releaseRunningJobs(db: Db): number[] {
  const now = new Date().toISOString()
  return db.prepare<[string], { key: number, kind: JobKind }>(`
    UPDATE jobs SET status = 'queued', lease_until = NULL, updated_at = ?, max_attempts = max_attempts + (attempt < ${MAX_INTERRUPTIONS})
    WHERE status = 'running' RETURNING document_key AS key, kind`).all(now).filter(({ kind }) => kind === 'ingest').map(({ key }) => key)
}

/** Queues a failed job again with fresh attempts; false when it is not failed. */
export function requeueJob(db: Db, documentKey: number, attempts = ATTEMPTS): boolean {
  const now = new Date().toISOString()
  return db.prepare(`
    UPDATE jobs SET status = 'queued', run_after = ?, last_error = NULL, updated_at = ?, max_attempts = attempt + ?
    WHERE document_key = ? AND status = 'failed'`).run(now, now, attempts, documentKey).changes === 1
}

/** Milliseconds until the next job is due that nobody in this process works on: 0 for now, null when none waits. */
export function nextJobDelay(db: Db, leaseMs: number, options: ClaimOptions = {}): number | null {
  const due = db.prepare<unknown[], string | null>(`
    SELECT min(CASE WHEN ${DUE} THEN @now WHEN status = 'queued' THEN run_after ELSE lease_until END)
    FROM jobs WHERE status IN ('queued', 'running') AND id NOT IN (SELECT value FROM json_each(@held))`).pluck().get(dueAt(leaseMs, options))
  return due ? Math.max(0, Date.parse(due) - (options.now ?? Date.now())) : null
}

/** Ends a document's job for good; whoever works on it can write no more. */
export function deleteJob(db: Db, documentKey: number): void {
  db.prepare('DELETE FROM jobs WHERE document_key = ?').run(documentKey)
}

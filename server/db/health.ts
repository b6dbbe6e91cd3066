import type { Db } from './connection.ts'
import { setSetting } from './settings.ts'

/** A write must not hold up the server for the usual five seconds when the file is locked by another program. */
const BUSY_MS = 30
const USUAL_BUSY_MS = 5_000

/** Writes one row. Throws when the file cannot be written: locked, read-only, disk full, damaged. */
export function probeWrite(db: Db, now: string): void {
  db.pragma(`busy_timeout = ${BUSY_MS}`)
  try {
    setSetting(db, 'health_checked_at', now)
  }
  finally {
    db.pragma(`busy_timeout = ${USUAL_BUSY_MS}`)
  }
}

/**
 * Asks the vector extension to compare two vectors and, where the index is there, reads from it. A nearest-neighbour
 * query would scan everything: 40 ms at 100,000 chunks.
 *
 * @returns the extension's version
 */
export function probeVectors(db: Db, { index }: { index: boolean }): string {
  const row = db.prepare<[], { version: string, distance: number }>(
    `SELECT vec_version() AS version, vec_distance_L2(vec_f32('[0, 3]'), vec_f32('[4, 0]')) AS distance`,
  ).get()
  if (row?.distance !== 5) throw new Error(`The vector extension computes ${row?.distance} where 5 is right`)
  if (index) db.prepare('SELECT * FROM chunks_vec LIMIT 1').get()
  return row.version
}

/** Runs a full-text query. Throws when the index is gone or damaged. */
export function probeFullText(db: Db): void {
  db.prepare(`SELECT rowid FROM chunks_fts WHERE chunks_fts MATCH '"ragtime"' LIMIT 1`).get()
}

export interface QueueState {
  /** Jobs that could be worked on now, those of a worker that has vanished included. */
  due: number
  /** ISO 8601: since when the oldest of them has waited. */
  oldestDue: string | null
  /** Jobs a live worker holds. */
  running: number
}

export function queueState(db: Db, now: string): QueueState {
  return db.prepare<{ now: string }, QueueState>(`
    SELECT
      count(*) FILTER (WHERE due_since IS NOT NULL) AS due,
      min(due_since) AS oldestDue,
      count(*) FILTER (WHERE due_since IS NULL AND status = 'running') AS running
    FROM (
      SELECT status, CASE
        WHEN status = 'queued' AND run_after <= @now THEN run_after
        WHEN status = 'running' AND lease_until <= @now THEN lease_until
      END AS due_since
      FROM jobs WHERE status IN ('queued', 'running')
    )
  `).get({ now })!
}

import { write, type Db } from './connection.ts'

/** Rows of one transaction, so that others wait for some milliseconds at most: deleted text is overwritten with zeros. */
const BATCH_ROWS = 500
/** Pages (of 4 KiB) that one transaction gives back to the disk. */
const BATCH_PAGES = 256
/** For what can as well be done an hour later. */
const SHORT_BUSY_MS = 30
const USUAL_BUSY_MS = 5_000
/** `PRAGMA optimize` looks at this many rows of each index: enough for a good plan, and a matter of milliseconds. */
const ANALYSIS_LIMIT = 400

/**
 * Deletes a batch of the events of runs that ended at or before `before`, but for the last of each, by which a reader
 * who comes late learns that there is no more. Call it until it gives 0.
 */
export function deleteOldRunEvents(db: Db, before: string): number {
  return write(db, () => db.prepare(`
    DELETE FROM run_events WHERE (run_id, seq) IN (
      SELECT run_events.run_id, run_events.seq FROM runs JOIN run_events ON run_events.run_id = runs.id
      WHERE runs.finished_at <= ? AND run_events.seq < (SELECT max(seq) FROM run_events AS last WHERE last.run_id = runs.id)
      LIMIT ${BATCH_ROWS}
    )
  `).run(before).changes)
}

/** Gives one batch of empty pages back to the disk; the number that are left. Call it until it gives 0. */
export function shrink(db: Db): number {
  const free = () => db.pragma('freelist_count', { simple: true }) as number
  const before = free()
  // Only a file that was made for it can shrink without being rewritten as a whole (openDatabase).
  if (before === 0 || db.pragma('auto_vacuum', { simple: true }) !== 2) return 0
  write(db, () => db.pragma(`incremental_vacuum(${BATCH_PAGES})`))
  const after = free()
  return after < before ? after : 0
}

/** Brings the statistics that queries are planned with up to date, where they are stale. */
export function optimize(db: Db): void {
  db.pragma(`analysis_limit = ${ANALYSIS_LIMIT}`)
  db.pragma('optimize')
}

/**
 * Writes the log into the database file and empties it. False when a reader was in the way: SQLite checkpoints by itself
 * as well, only the log's size stays until the next time.
 */
export function checkpoint(db: Db): boolean {
  db.pragma(`busy_timeout = ${SHORT_BUSY_MS}`)
  try {
    const [result] = db.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[]
    return result?.busy === 0
  }
  finally {
    db.pragma(`busy_timeout = ${USUAL_BUSY_MS}`)
  }
}

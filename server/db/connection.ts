import Database from 'better-sqlite3'
import * as sqliteVec from 'sqlite-vec'
import { isDiskFull } from '../utils/disk-full.ts'

export type Db = Database.Database

/**
 * Opens the database file for writing and sets what every connection needs.
 *
 * One process writes; readers in worker threads use {@link openReadOnly}. `secure_delete` overwrites deleted content
 * with zeros, so that nothing of a deleted document stays in the file.
 */
export function openDatabase(path: string): Db {
  const db = new Database(path, { timeout: 5_000 })
  sqliteVec.load(db)
  // Only a file that is still empty takes it: what deletions leave free can then be given back to the disk, bit by bit.
  db.pragma('auto_vacuum = INCREMENTAL')
  db.pragma('journal_mode = WAL')
  db.pragma('synchronous = NORMAL')
  db.pragma('foreign_keys = ON')
  db.pragma('secure_delete = ON')
  db.pragma('temp_store = MEMORY')
  return db
}

/** Opens a reader. It never creates the file and cannot change it. */
export function openReadOnly(path: string): Db {
  const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 5_000 })
  sqliteVec.load(db)
  return db
}

const rescues = new WeakMap<Db, () => boolean>()

/** Asks `makeRoom` when a transaction finds the disk full; where it says true the transaction is run again, once. */
export function rescueWhenFull(db: Db, makeRoom: () => boolean): void {
  rescues.set(db, makeRoom)
}

/**
 * Runs `work` in a transaction that takes the write lock at once. A transaction that reads first and writes later
 * fails with BUSY_SNAPSHOT whatever the busy timeout, so every write goes through here. `work` may be run twice, the
 * first time for nothing ({@link rescueWhenFull}).
 */
export function write<T>(db: Db, work: () => T): T {
  try {
    return db.transaction(work).immediate()
  }
  catch (error) {
    if (db.inTransaction || !isDiskFull(error) || !rescues.get(db)?.()) throw error
    return db.transaction(work).immediate()
  }
}

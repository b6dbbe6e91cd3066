import { join } from 'node:path'
import Database from 'better-sqlite3'
import { StartError } from '../utils/start-error.ts'

/** Holds no data, only the lock; a backup need not keep it. */
export const LOCK_FILE = 'ragtime.lock'
/** A predecessor that is being stopped gets this long to leave. */
const WAIT_MS = 5_000

export interface FolderLock { release: () => void }

/**
 * Makes this process the only one that serves or replaces the data folder, in whatever container the others run.
 *
 * The lock is the one SQLite itself takes on a file (fcntl on POSIX), on an empty file of its own: the kernel keeps it, so
 * it ends with the process however that dies and never goes stale, as a file with a process id would; it holds between
 * containers that share the volume; and it needs no further native package. The database file is not locked, so that
 * programs which only look or save can run beside the server.
 *
 * Synchronous: the thread waits, because nothing may happen before the lock is there.
 *
 * @param waitMs how long another holder may take to leave
 * @throws StartError when another process holds the folder, or it cannot be locked
 */
export function lockDataFolder(dataDir: string, waitMs = WAIT_MS): FolderLock {
  let db: Database.Database | undefined
  try {
    db = new Database(join(dataDir, LOCK_FILE), { timeout: waitMs })
    // Otherwise an empty journal file appears beside it.
    db.pragma('journal_mode = MEMORY')
    // Left open on purpose: the transaction is the lock. Nothing is written, so there is nothing to roll back.
    db.exec('BEGIN EXCLUSIVE')
    const held = db
    return { release: () => void held.close() }
  }
  catch (error) {
    db?.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) {
      throw new StartError(`The data folder ${dataDir} is in use by another Ragtime process. Nothing was changed: stop that one first, or set RAGTIME_DATA_DIR to another folder`)
    }
    throw new StartError(`The data folder ${dataDir} cannot be locked (${error instanceof Error ? error.message : String(error)}): it has to be writable and on a file system with locks`)
  }
}

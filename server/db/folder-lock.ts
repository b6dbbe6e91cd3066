import { join } from 'node:path'
import { StartError } from '../utils/start-error.ts'
import { lockFile, type FileLock } from './file-lock.ts'

/** Holds no data, only the lock; a backup need not keep it. */
export const LOCK_FILE = 'ragtime.lock'
/** A predecessor that is being stopped gets this long to leave. */
const WAIT_MS = 5_000

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
export function lockDataFolder(dataDir: string, waitMs = WAIT_MS): FileLock {
  let lock
  try {
    lock = lockFile(join(dataDir, LOCK_FILE), waitMs)
  }
  catch (error) {
    throw new StartError(`The data folder ${dataDir} cannot be locked (${error instanceof Error ? error.message : String(error)}): it has to be writable and on a file system with locks`)
  }
  if (!lock) throw new StartError(`The data folder ${dataDir} is in use by another Ragtime process. Nothing was changed: stop that one first, or set RAGTIME_DATA_DIR to another folder`)
  return lock
}

import Database from 'better-sqlite3'

export interface FileLock { release: () => void }

/**
 * Locks a file of its own for this process; null while somebody else has it. The lock is SQLite's, which the kernel
 * keeps: it ends with the process however that dies, so it never goes stale, and it holds between containers.
 *
 * @throws when the file cannot be opened or its file system knows no locks
 */
export function lockFile(path: string, waitMs = 0): FileLock | null {
  const db = new Database(path, { timeout: waitMs })
  try {
    // Otherwise an empty journal file appears beside it.
    db.pragma('journal_mode = MEMORY')
    // Left open on purpose: the transaction is the lock, and nothing is ever written.
    db.exec('BEGIN EXCLUSIVE')
    return { release: () => void db.close() }
  }
  catch (error) {
    db.close()
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return null
    throw error
  }
}

import type { Db } from './connection.ts'

export interface DatabaseRows { documents: number, chunks: number, chats: number, messages: number, runs: number, sessions: number }
export interface DatabaseStatus {
  /** Bytes of pages in use and of free pages; the write-ahead log is not in it. */
  usedBytes: number
  freeBytes: number
  rows: DatabaseRows
  /** Jobs by status. */
  jobs: Record<string, number>
}

/** Throws when the database cannot be read or has another schema. */
export function databaseStatus(db: Db): DatabaseStatus {
  const pragma = (name: string) => db.pragma(name, { simple: true }) as number
  const freeBytes = pragma('freelist_count') * pragma('page_size')
  return {
    usedBytes: pragma('page_count') * pragma('page_size') - freeBytes,
    freeBytes,
    rows: db.prepare<[], DatabaseRows>(`
      SELECT
        (SELECT count(*) FROM documents) AS documents, (SELECT count(*) FROM chunks) AS chunks,
        (SELECT count(*) FROM chats) AS chats, (SELECT count(*) FROM messages) AS messages,
        (SELECT count(*) FROM runs) AS runs, (SELECT count(*) FROM sessions) AS sessions
    `).get()!,
    jobs: Object.fromEntries(db.prepare<[], [string, number]>('SELECT status, count(*) FROM jobs GROUP BY status ORDER BY status').raw().all()),
  }
}

/** What SQLite finds wrong with the file; nothing where it is sound. Reads every page: a second a gigabyte or so. */
export function quickCheck(db: Db): string[] {
  try {
    const rows = db.pragma('quick_check(10)') as { quick_check: string }[]
    return rows.map(row => row.quick_check).filter(text => text !== 'ok')
  }
  catch (error) {
    // A page may be so damaged that the check itself fails.
    return [(error as Error).message]
  }
}

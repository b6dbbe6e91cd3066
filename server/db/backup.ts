import Database from 'better-sqlite3'
import { openReadOnly } from './connection.ts'
import { listContentHashes } from './documents.ts'

/** Everything in one step: SQLite's own bound for a step. */
const ALL_PAGES = 0x7FFFFFFF
const MAX_FINDINGS = 5

/**
 * Copies a database that others write into meanwhile, as it is at one moment.
 *
 * It reads through a connection of its own in one step: WAL lets everybody else read and write on. A copy in several
 * steps lets go of its snapshot in between and starts over whenever another connection has written, which under load is
 * always. The step blocks this thread, so the server calls it in a thread of its own. The copy needs no `-wal` beside it.
 */
export async function copyDatabase(from: string, to: string): Promise<void> {
  const source = openReadOnly(from)
  try {
    await source.backup(to, { progress: () => ALL_PAGES })
  }
  finally {
    source.close()
  }
  const copy = new Database(to)
  try {
    copy.pragma('journal_mode = DELETE')
  }
  finally {
    copy.close()
  }
}

export interface DatabaseFacts {
  /** Number of the newest migration that ran. */
  schema: number
  documents: number
  chats: number
  messages: number
  /** Names of the files that its documents refer to. */
  contentHashes: string[]
}

/**
 * Reads every page and index of a database and follows every foreign key.
 *
 * @throws Error that says what is damaged
 */
export function checkDatabase(path: string): DatabaseFacts {
  const db = openReadOnly(path)
  try {
    const findings = db.prepare<[], string>(`PRAGMA integrity_check(${MAX_FINDINGS})`).pluck().all()
    if (findings.length !== 1 || findings[0] !== 'ok') throw new Error(`integrity_check says: ${findings.join('; ')}`)
    const dangling = db.prepare<[], { table: string }>('PRAGMA foreign_key_check').all()
    if (dangling.length > 0) throw new Error(`foreign_key_check finds ${dangling.length} rows that point nowhere, the first in ${dangling[0]!.table}`)
    const count = (table: 'documents' | 'chats' | 'messages') => db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!
    return {
      schema: db.pragma('user_version', { simple: true }) as number,
      documents: count('documents'), chats: count('chats'), messages: count('messages'),
      // One that is being deleted has no file any more.
      contentHashes: listContentHashes(db).filter(hash => /^[0-9a-f]{64}$/.test(hash)),
    }
  }
  finally {
    db.close()
  }
}

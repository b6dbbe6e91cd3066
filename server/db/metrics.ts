import type { Db } from './connection.ts'

export interface ContentCounts {
  /** Rows by status. */
  documents: Record<string, number>
  jobs: Record<string, number>
  runs: Record<string, number>
  chunks: number
  sessions: number
}

export function countContent(db: Db): ContentCounts {
  const chunks = db.prepare<[], { n: number }>('SELECT coalesce(sum(chunk_count), 0) AS n FROM documents').get()!
  const sessions = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sessions').get()!
  return {
    documents: byStatus(db, 'documents'),
    jobs: byStatus(db, 'jobs'),
    runs: byStatus(db, 'runs'),
    chunks: chunks.n,
    sessions: sessions.n,
  }
}

function byStatus(db: Db, table: 'documents' | 'jobs' | 'runs'): Record<string, number> {
  const rows = db.prepare<[], { status: string, n: number }>(`SELECT status, count(*) AS n FROM ${table} GROUP BY status`).all()
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

import { statSync } from 'node:fs'
import type { Db } from './connection.ts'

export interface ContentCounts {
  /** Rows by status. */
  documents: Record<string, number>
  jobs: Record<string, number>
  runs: Record<string, number>
  pages: number
  chunks: number
  /** Bytes of the original files. */
  fileBytes: number
  sessions: number
}

export function countContent(db: Db): ContentCounts {
  const totals = db.prepare<[], { pages: number, chunks: number, fileBytes: number }>(`
    SELECT coalesce(sum(pages), 0) AS pages, coalesce(sum(chunk_count), 0) AS chunks, coalesce(sum(bytes), 0) AS fileBytes FROM documents
  `).get()!
  const sessions = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sessions').get()!
  return {
    documents: byStatus(db, 'documents'),
    jobs: byStatus(db, 'jobs'),
    runs: byStatus(db, 'runs'),
    ...totals,
    sessions: sessions.n,
  }
}

/** Bytes on disk; `free` are the pages inside the file that hold nothing. */
export interface DatabaseSize { file: number, wal: number, free: number }

export function databaseSize(db: Db): DatabaseSize {
  const pragma = (name: string) => db.pragma(name, { simple: true }) as number
  return { file: sizeOf(db.name), wal: sizeOf(`${db.name}-wal`), free: pragma('freelist_count') * pragma('page_size') }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

function byStatus(db: Db, table: 'documents' | 'jobs' | 'runs'): Record<string, number> {
  const rows = db.prepare<[], { status: string, n: number }>(`SELECT status, count(*) AS n FROM ${table} GROUP BY status`).all()
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]))
}

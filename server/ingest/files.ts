import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Db } from '../db/connection.ts'
import { listContentHashes } from '../db/documents.ts'

/** Uploads on their way in, on the same file system as the files they become. */
export function incomingDir(filesDir: string): string {
  return join(filesDir, '.incoming')
}

/**
 * Removes what no document refers to: uploads that a crash cut off, and files whose row was not written or is gone.
 * Synchronous and only at start: later an upload may be between its file and its row. Returns how many it removed.
 */
export function sweepFiles(db: Db, filesDir: string): number {
  const incoming = incomingDir(filesDir)
  mkdirSync(incoming, { recursive: true })
  const kept = new Set(listContentHashes(db))
  const orphans = [
    ...readdirSync(incoming).map(name => join(incoming, name)),
    ...readdirSync(filesDir).filter(name => /^[0-9a-f]{64}$/.test(name) && !kept.has(name)).map(name => join(filesDir, name)),
  ]
  for (const path of orphans) rmSync(path, { recursive: true, force: true })
  return orphans.length
}

import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Db } from '../db/connection.ts'
import { findDocumentByHash, listContentHashes } from '../db/documents.ts'

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

/**
 * While the server runs: removes uploads that nobody has written to since `before` (milliseconds since 1970), and stored
 * files just as old that no document refers to. Whether one does is looked up in the same turn in which its file goes, as
 * uploads do it (accept.ts), so a file on its way to becoming a document is never taken. Returns how many it removed.
 */
export async function sweepStale(db: Db, filesDir: string, before: number): Promise<{ uploads: number, orphans: number }> {
  const incoming = incomingDir(filesDir)
  const removed = { uploads: 0, orphans: 0 }
  for (const name of await namesIn(incoming)) {
    if (removeIfOlder(join(incoming, name), before)) removed.uploads++
  }
  for (const name of await namesIn(filesDir)) {
    if (!/^[0-9a-f]{64}$/.test(name) || findDocumentByHash(db, name)) continue
    if (removeIfOlder(join(filesDir, name), before)) removed.orphans++
  }
  return removed
}

/** Being moved counts as well: an upload that took long may have been finished just now. */
function removeIfOlder(path: string, before: number): boolean {
  const facts = statSync(path, { throwIfNoEntry: false })
  if (!facts || Math.max(facts.mtimeMs, facts.ctimeMs) >= before) return false
  rmSync(path, { recursive: true, force: true })
  return true
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => [])
}

import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import type { BackupTarget } from '../../../../../server/backup/types.ts'
import { openDatabase, write, type Db } from '../../../../../server/db/connection.ts'
import { insertDocument } from '../../../../../server/db/documents.ts'
import { migrate } from '../../../../../server/db/migrate.ts'
import { loadMigrations } from '../../../support/database.ts'

export interface Instance {
  dataDir: string
  databasePath: string
  filesDir: string
  db: Db
  target: BackupTarget
  /** Stores a file and its document as an upload does; gives the content hash. */
  add: (text: string) => string
  /** Removes both, as a deletion ends. */
  remove: (hash: string) => void
}

const made: { dataDir: string, db: Db }[] = []
afterEach(() => {
  for (const { dataDir, db } of made.splice(0)) {
    db.close()
    rmSync(dataDir, { recursive: true, force: true })
  }
})

/** A data folder with a migrated database, removed after the test. */
export function makeInstance(): Instance {
  const dataDir = mkdtempSync(join(tmpdir(), 'ragtime-instance-'))
  const databasePath = join(dataDir, 'ragtime.db')
  const filesDir = join(dataDir, 'files')
  mkdirSync(filesDir)
  const db = openDatabase(databasePath)
  migrate(db, loadMigrations())
  made.push({ dataDir, db })
  return {
    dataDir, databasePath, filesDir, db, target: { dir: join(dataDir, 'backups'), keep: 3, bucket: null },
    add(text) {
      const contentHash = createHash('sha256').update(text).digest('hex')
      writeFileSync(join(filesDir, contentHash), text)
      write(db, () => insertDocument(db, { contentHash, title: text, filename: 'a.txt', mediaType: 'text/plain', bytes: text.length }))
      return contentHash
    },
    remove(hash) {
      write(db, () => db.prepare('DELETE FROM documents WHERE content_hash = ?').run(hash))
      rmSync(join(filesDir, hash), { force: true })
    },
  }
}

/** Names in a folder, sorted; none where it is not there. */
export function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  }
  catch {
    return []
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { openDatabase, type Db } from '../../../server/db/connection.ts'
import { migrate, readMigrations, type Migration } from '../../../server/db/migrate.ts'

const folder = fileURLToPath(new URL('../../../server/db/migrations/', import.meta.url))
const made: { db: Db, folder: string }[] = []

export function loadMigrations(): Migration[] {
  return readMigrations(folder)
}

/** A migrated database in a folder of its own, removed after the test file; `path` is for a second connection. */
export function temporaryDatabase(): { db: Db, path: string } {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-db-'))
  const path = join(folder, 'ragtime.db')
  const db = openDatabase(path)
  made.push({ db, folder })
  migrate(db, loadMigrations())
  return { db, path }
}

afterAll(() => {
  for (const { db, folder } of made.splice(0)) {
    db.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase, type Db } from '../../../server/db/connection.ts'
import { migrate, parseMigration, type Migration } from '../../../server/db/migrate.ts'

const folder = fileURLToPath(new URL('../../../server/db/migrations/', import.meta.url))

export function loadMigrations(): Migration[] {
  return readdirSync(folder).map(name => parseMigration(name, readFileSync(join(folder, name), 'utf8')))
}

/** A migrated database in a folder of its own; `path` is for a second, read-only connection. */
export function temporaryDatabase(): { db: Db, path: string } {
  const path = join(mkdtempSync(join(tmpdir(), 'ragtime-db-')), 'ragtime.db')
  const db = openDatabase(path)
  migrate(db, loadMigrations())
  return { db, path }
}

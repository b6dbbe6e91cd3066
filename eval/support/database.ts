import { fileURLToPath } from 'node:url'
import { openDatabase, type Db } from '../../server/db/connection.ts'
import { migrate, readMigrations } from '../../server/db/migrate.ts'

const migrations = fileURLToPath(new URL('../../server/db/migrations/', import.meta.url))

/** Opens a database with the product's schema; one that is there already is brought up to it. */
export function createDatabase(path: string): Db {
  const db = openDatabase(path)
  migrate(db, readMigrations(migrations))
  return db
}

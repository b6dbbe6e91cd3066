import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { StartError } from '../utils/start-error.ts'
import { write, type Db } from './connection.ts'

export interface Migration { version: number, name: string, sql: string }

/** Reads `0001_name.sql` style names; anything else is a mistake worth stopping for. */
export function parseMigration(filename: string, sql: string): Migration {
  const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(filename)
  if (!match) throw new Error(`Migration ${filename} must be named like 0001_what_it_does.sql`)
  return { version: Number(match[1]), name: match[2]!, sql }
}

/** Reads all migrations of a folder, in order. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .map(name => parseMigration(name, readFileSync(join(folder, name), 'utf8')))
    .sort((a, b) => a.version - b.version)
}

/** The schema that the database has, and which of the known migrations it still lacks. */
export function schemaState(db: Db, migrations: Migration[]): { version: number, newest: number, pending: Migration[] } {
  const version = db.pragma('user_version', { simple: true }) as number
  const ordered = [...migrations].sort((a, b) => a.version - b.version)
  return { version, newest: ordered.at(-1)?.version ?? 0, pending: ordered.filter(migration => migration.version > version) }
}

/**
 * Brings the database to the newest schema, one transaction a migration, and returns the names it ran.
 * @throws StartError when the file was written by a newer version: its data would be misread
 */
export function migrate(db: Db, migrations: Migration[]): string[] {
  const { version, newest, pending } = schemaState(db, migrations)
  if (version > newest) {
    throw new StartError(`The database is at schema ${version}, this version knows ${newest}. Nothing was changed: start the newer version, or restore a backup`)
  }
  for (const migration of pending) {
    write(db, () => {
      db.exec(migration.sql)
      db.pragma(`user_version = ${migration.version}`)
    })
  }
  return pending.map(({ name }) => name)
}

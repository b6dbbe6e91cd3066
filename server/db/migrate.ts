import { StartError } from '../utils/start-error.ts'
import { write, type Db } from './connection.ts'

export interface Migration { version: number, name: string, sql: string }

/** Reads `0001_name.sql` style names; anything else is a mistake worth stopping for. */
export function parseMigration(filename: string, sql: string): Migration {
  const match = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(filename)
  if (!match) throw new Error(`Migration ${filename} must be named like 0001_what_it_does.sql`)
  return { version: Number(match[1]), name: match[2]!, sql }
}

/**
 * Brings the database to the newest schema, one transaction a migration, and returns the names it ran.
 * @throws StartError when the file was written by a newer version: its data would be misread
 */
export function migrate(db: Db, migrations: Migration[]): string[] {
  const pending = [...migrations].sort((a, b) => a.version - b.version)
  const newest = pending.at(-1)?.version ?? 0
  const current = db.pragma('user_version', { simple: true }) as number
  if (current > newest) {
    throw new StartError(`The database is at schema ${current}, this version knows ${newest}. Nothing was changed: start the newer version, or restore a backup`)
  }
  const ran: string[] = []
  for (const migration of pending) {
    if (migration.version <= current) continue
    write(db, () => {
      db.exec(migration.sql)
      db.pragma(`user_version = ${migration.version}`)
    })
    ran.push(migration.name)
  }
  return ran
}

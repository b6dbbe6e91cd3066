import { describe, expect, it } from 'vitest'
import { migrate, parseMigration } from '../../../../server/db/migrate.ts'
import { loadMigrations, temporaryDatabase } from '../../support/database.ts'

describe('migrate', () => {
  it('runs each migration once', () => {
    const { db } = temporaryDatabase()
    expect(migrate(db, loadMigrations())).toEqual([])
    expect(db.pragma('user_version', { simple: true })).toBe(loadMigrations().length)
  })

  it('leaves nothing behind when a migration fails', () => {
    const { db } = temporaryDatabase()
    const version = db.pragma('user_version', { simple: true })
    const broken = parseMigration('9999_broken.sql', 'CREATE TABLE half (a); SELECT nonsense FROM nowhere;')
    expect(() => migrate(db, [broken])).toThrow(/nonsense|nowhere/)
    expect(db.pragma('user_version', { simple: true })).toBe(version)
    expect(db.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'`).get()).toEqual({ n: 0 })
  })

  it('refuses a database that is newer than the code', () => {
    const { db } = temporaryDatabase()
    db.pragma('user_version = 4711')
    expect(() => migrate(db, loadMigrations())).toThrow(/schema 4711/)
  })

  it('refuses a file that is not named like a migration', () => {
    expect(() => parseMigration('initial.sql', '')).toThrow(/0001_/)
  })
})

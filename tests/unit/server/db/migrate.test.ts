import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { migrate, parseMigration } from '../../../../server/db/migrate.ts'
import { loadMigrations, temporaryDatabase } from '../../support/database.ts'

describe('migrate', () => {
  it('runs each migration once', () => {
    const { db } = temporaryDatabase()
    expect(migrate(db, loadMigrations())).toEqual([])
    expect(db.pragma('user_version', { simple: true })).toBe(Math.max(...loadMigrations().map(({ version }) => version)))
  })

  it('leaves nothing behind when a migration fails', () => {
    const { db } = temporaryDatabase()
    const version = db.pragma('user_version', { simple: true })
    const broken = parseMigration('9999_broken.sql', 'CREATE TABLE half (a); SELECT nonsense FROM nowhere;')
    expect(() => migrate(db, [broken])).toThrow(/nonsense|nowhere/)
    expect(db.pragma('user_version', { simple: true })).toBe(version)
    expect(db.prepare(`SELECT count(*) AS n FROM sqlite_schema WHERE name = 'half'`).get()).toEqual({ n: 0 })
  })

  it('keeps the jobs of a database that the first version has filled', () => {
    const db = new Database(':memory:')
    const [first, ...later] = loadMigrations().toSorted((a, b) => a.version - b.version)
    migrate(db, [first!])
    db.exec(`
      INSERT INTO documents (key, id, content_hash, title, filename, media_type, bytes, status, created_at, updated_at)
        VALUES (7, 'd', 'h', 't', 'f', 'text/plain', 1, 'processing', 'then', 'then');
      INSERT INTO jobs (id, kind, document_key, status, attempt, max_attempts, run_after, lease_until, last_error, created_at, updated_at)
        VALUES ('j', 'ingest', 7, 'running', 2, 5, 'a', 'b', 'c', 'd', 'e')`)
    const before = db.prepare<[], object>('SELECT * FROM jobs').all()
    migrate(db, [first!, ...later])
    expect(db.prepare('SELECT * FROM jobs').all()).toEqual(before.map(job => ({ ...job, slow: 0 })))
    db.prepare('DELETE FROM documents').run()
    expect(db.prepare('SELECT count(*) FROM jobs').pluck().get()).toBe(0)
    db.close()
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

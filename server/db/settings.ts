import type { Db } from './connection.ts'

/** The stored value, or null when there is none. The caller knows the type it has stored under this key. */
export function getSetting<T>(db: Db, key: string): T | null {
  const row = db.prepare<[string], { value: string }>('SELECT value FROM settings WHERE key = ?').get(key)
  return row ? JSON.parse(row.value) as T : null
}

/** Stores a JSON value. Call inside `write` when it belongs to a larger change. */
export function setSetting(db: Db, key: string, value: unknown): void {
  db.prepare('INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value')
    .run(key, JSON.stringify(value))
}

import { write, type Db } from './connection.ts'

export interface AttemptLimits {
  /** Tries of one client, and of all together, that the window holds. */
  perClient: number
  overall: number
  /** ISO 8601: the beginning of the window that ends now. */
  since: string
}

/**
 * Notes a try before the password is looked at, so that tries at the same moment are counted too. A refused try is not
 * noted: who waits as told gets in.
 *
 * @returns null, or when it is refused the time of the try that has to leave the window first
 */
export function recordAttempt(db: Db, client: string, at: string, limits: AttemptLimits): string | null {
  return write(db, () => {
    deleteOldAttempts(db, limits.since)
    const blocking = newest(db, limits.perClient, client) ?? newest(db, limits.overall)
    if (blocking) return blocking
    db.prepare('INSERT INTO login_attempts (client, at) VALUES (?, ?)').run(client, at)
    return null
  })
}

/** Forgets a client's tries, after the right password. */
export function forgetAttempts(db: Db, client: string): void {
  db.prepare('DELETE FROM login_attempts WHERE client = ?').run(client)
}

/** Deletes tries at or before this time, which count no more, and tells how many. */
export function deleteOldAttempts(db: Db, before: string): number {
  return db.prepare('DELETE FROM login_attempts WHERE at <= ?').run(before).changes
}

/** The time of the n-th newest try, or null when there are fewer. */
function newest(db: Db, n: number, client?: string): string | null {
  const row = client === undefined
    ? db.prepare<[number], { at: string }>('SELECT at FROM login_attempts ORDER BY at DESC LIMIT 1 OFFSET ?').get(n - 1)
    : db.prepare<[string, number], { at: string }>('SELECT at FROM login_attempts WHERE client = ? ORDER BY at DESC LIMIT 1 OFFSET ?').get(client, n - 1)
  return row?.at ?? null
}

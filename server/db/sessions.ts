import { write, type Db } from './connection.ts'

/** Times are ISO 8601. `tokenHash` is a keyed hash of the cookie's token; the token itself is never stored. */
export interface SessionRow { tokenHash: string, createdAt: string, lastSeenAt: string, expiresAt: string }

/** Starts a session, ends the one it replaces and sweeps those that are over, in one transaction. */
export function startSession(db: Db, session: SessionRow, { replaces, idleBefore }: { replaces: string | null, idleBefore: string }): void {
  write(db, () => {
    deleteEndedSessions(db, session.createdAt, idleBefore)
    if (replaces) deleteSession(db, replaces)
    db.prepare('INSERT INTO sessions (token_hash, created_at, last_seen_at, expires_at) VALUES (?, ?, ?, ?)')
      .run(session.tokenHash, session.createdAt, session.lastSeenAt, session.expiresAt)
  })
}

/** The session, unless it is past its end (`now`) or was last seen at or before `idleBefore`. */
export function findSession(db: Db, tokenHash: string, { now, idleBefore }: { now: string, idleBefore: string }): SessionRow | null {
  return db.prepare<[string, string, string], SessionRow>(`
    SELECT token_hash AS tokenHash, created_at AS createdAt, last_seen_at AS lastSeenAt, expires_at AS expiresAt
    FROM sessions WHERE token_hash = ? AND expires_at > ? AND last_seen_at > ?
  `).get(tokenHash, now, idleBefore) ?? null
}

/** Notes that the session is in use, and sweeps those that are over. */
export function touchSession(db: Db, tokenHash: string, { now, idleBefore }: { now: string, idleBefore: string }): void {
  write(db, () => {
    db.prepare('UPDATE sessions SET last_seen_at = ? WHERE token_hash = ?').run(now, tokenHash)
    deleteEndedSessions(db, now, idleBefore)
  })
}

/** Ends a session; nothing happens when there is none. */
export function deleteSession(db: Db, tokenHash: string): void {
  db.prepare('DELETE FROM sessions WHERE token_hash = ?').run(tokenHash)
}

/** Deletes sessions that are past their end or were last seen at or before `idleBefore`, and tells how many. */
export function deleteEndedSessions(db: Db, now: string, idleBefore: string): number {
  return db.prepare('DELETE FROM sessions WHERE expires_at <= ? OR last_seen_at <= ?').run(now, idleBefore).changes
}

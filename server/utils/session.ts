import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { deleteCookie, getCookie, setCookie, type H3Event } from 'h3'
import { isSecureRequest } from './client-address.ts'

/** A session ends after this time, and earlier when it has not been used for a week. */
export const SESSION_MS = 30 * 24 * 3_600_000
export const SESSION_IDLE_MS = 7 * 24 * 3_600_000
/** The last use is written at most this often, so that reading does not turn into writing. */
export const TOUCH_EVERY_MS = 5 * 60_000

const TOKEN_BYTES = 32

export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url')
}

/**
 * The key that session tokens are hashed with. It depends on the secret and on the password, so a change of either ends
 * every session, and a copy of the database opens none.
 */
export function sessionKey(sessionSecret: string, password: string): Buffer {
  const salt = createHash('sha256').update(password).digest()
  return Buffer.from(hkdfSync('sha256', sessionSecret, salt, 'ragtime session', 32))
}

export function hashToken(key: Buffer, token: string): string {
  return createHmac('sha256', key).update(token).digest('base64url')
}

/** The token the browser sent, or null. */
export function readSessionCookie(event: H3Event): string | null {
  const token = getCookie(event, cookieName(event))
  return token && token.length <= 100 ? token : null
}

export function writeSessionCookie(event: H3Event, token: string): void {
  setCookie(event, cookieName(event), token, { ...cookieOptions(event), maxAge: SESSION_MS / 1000 })
}

export function clearSessionCookie(event: H3Event): void {
  deleteCookie(event, cookieName(event), cookieOptions(event))
}

/** The prefix makes the browser refuse a cookie that another host or a plain connection wants to set (RFC 6265bis). */
function cookieName(event: H3Event): string {
  return isSecureRequest(event) ? '__Host-ragtime_session' : 'ragtime_session'
}

function cookieOptions(event: H3Event) {
  return { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecureRequest(event) } as const
}

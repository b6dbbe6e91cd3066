import type { Db } from '../db/connection.ts'
import { recordAttempt } from '../db/login-attempts.ts'
import { AppError } from './app-error.ts'

/** Enough for mistyping; a guesser gets 720 tries a day from one address. */
export const ATTEMPTS_PER_CLIENT = 5
/** Against many addresses, and so that hashing never takes more than some percent of the processor. */
export const ATTEMPTS_OVERALL = 60
export const ATTEMPT_WINDOW_MS = 10 * 60_000

/**
 * Counts a try to sign in, in the database, so that a restart forgets nothing. Call it before the password is hashed.
 *
 * @throws AppError 429 `too_many_attempts` that says when to try again
 */
export function countAttempt(db: Db, client: string, now: number): void {
  const blocking = recordAttempt(db, client, new Date(now).toISOString(), {
    perClient: ATTEMPTS_PER_CLIENT,
    overall: ATTEMPTS_OVERALL,
    since: new Date(now - ATTEMPT_WINDOW_MS).toISOString(),
  })
  if (!blocking) return
  const seconds = Math.max(1, Math.ceil((Date.parse(blocking) + ATTEMPT_WINDOW_MS - now) / 1000))
  throw new AppError('too_many_attempts', 429, `Too many tries to sign in. Try again in ${inWords(seconds)}.`, { retryAfter: seconds })
}

function inWords(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`
  const minutes = Math.ceil(seconds / 60)
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}

import type { Db } from '../db/connection.ts'
import { forgetAttempts } from '../db/login-attempts.ts'
import { deleteSession, findSession, startSession, touchSession } from '../db/sessions.ts'
import { AppError } from './app-error.ts'
import { PasswordVerifier } from './password.ts'
import { useServices, type Services } from './services.ts'
import { hashToken, newToken, SESSION_IDLE_MS, SESSION_MS, sessionKey, TOUCH_EVERY_MS } from './session.ts'
import { countAttempt } from './throttle.ts'

/** When a session ends if it is not used again; ISO 8601. */
export interface OpenSession { expiresAt: string }

/** Lets the owner in: one password, sessions in a table, tries counted. Knows nothing of HTTP. */
export class Gate {
  readonly #db: Db
  readonly #key: Buffer
  readonly #password: PasswordVerifier
  readonly #now: () => number

  constructor(options: { db: Db, password: string, sessionSecret: string, now?: () => number }) {
    this.#db = options.db
    this.#key = sessionKey(options.sessionSecret, options.password)
    this.#password = new PasswordVerifier(options.password)
    this.#now = options.now ?? Date.now
  }

  /**
   * Starts a session and ends the one the browser had: a token from before signing in is worth nothing after it.
   *
   * @throws AppError 401 `wrong_password`, 429 `too_many_attempts`
   */
  async signIn(password: string, client: string, formerToken: string | null): Promise<OpenSession & { token: string }> {
    countAttempt(this.#db, client, this.#now())
    if (!await this.#password.verify(password)) {
      throw new AppError('wrong_password', 401, 'This is not the right password. Try again.')
    }
    forgetAttempts(this.#db, client)
    const now = this.#now()
    const token = newToken()
    const session = { tokenHash: hashToken(this.#key, token), createdAt: iso(now), lastSeenAt: iso(now), expiresAt: iso(now + SESSION_MS) }
    startSession(this.#db, session, {
      replaces: formerToken && hashToken(this.#key, formerToken),
      idleBefore: iso(now - SESSION_IDLE_MS),
    })
    return { token, expiresAt: endOf(session) }
  }

  /** The session of a token, or null when there is none, it was ended or it has run out. */
  check(token: string | null): OpenSession | null {
    if (!token) return null
    const now = this.#now()
    const times = { now: iso(now), idleBefore: iso(now - SESSION_IDLE_MS) }
    const session = findSession(this.#db, hashToken(this.#key, token), times)
    if (!session) return null
    if (now - Date.parse(session.lastSeenAt) >= TOUCH_EVERY_MS) {
      touchSession(this.#db, session.tokenHash, times)
      session.lastSeenAt = times.now
    }
    return { expiresAt: endOf(session) }
  }

  signOut(token: string | null): void {
    if (token) deleteSession(this.#db, hashToken(this.#key, token))
  }
}

const gates = new WeakMap<Services, Gate>()

/** The gate of the running server. */
export function useGate(): Gate {
  const services = useServices()
  const { db, config } = services
  let gate = gates.get(services)
  if (!gate) gates.set(services, gate = new Gate({ db, password: config.password, sessionSecret: config.sessionSecret }))
  return gate
}

function endOf({ lastSeenAt, expiresAt }: { lastSeenAt: string, expiresAt: string }): string {
  const idleEnd = iso(Date.parse(lastSeenAt) + SESSION_IDLE_MS)
  return idleEnd < expiresAt ? idleEnd : expiresAt
}

function iso(time: number): string {
  return new Date(time).toISOString()
}

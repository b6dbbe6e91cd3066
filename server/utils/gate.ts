import type { Db } from '../db/connection.ts'
import { forgetAttempts } from '../db/login-attempts.ts'
import { deleteSession, findSession, startSession, touchSession, type SessionRow } from '../db/sessions.ts'
import { AppError } from './app-error.ts'
import { isDiskFull } from './disk-full.ts'
import { PasswordVerifier } from './password.ts'
import { useServices, type Services } from './services.ts'
import { hashToken, newToken, SESSION_IDLE_MS, SESSION_MS, sessionKey, TOUCH_EVERY_MS } from './session.ts'
import { countAttempt } from './throttle.ts'

/** How often a session that somebody watches is looked up: it may have been ended by another program. */
const WATCH_MS = 60_000

/** When a session ends if it is not used again; ISO 8601. */
export interface OpenSession { expiresAt: string }

/** Lets the owner in: one password, sessions in a table, tries counted. Knows nothing of HTTP. */
export class Gate {
  readonly #db: Db
  readonly #key: Buffer
  readonly #password: PasswordVerifier
  readonly #now: () => number
  /** Who wants to know when a session ends, by the hash of its token. */
  readonly #watchers = new Map<string, Set<() => void>>()

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
    const replaces = formerToken && hashToken(this.#key, formerToken)
    startSession(this.#db, session, { replaces, idleBefore: iso(now - SESSION_IDLE_MS) })
    if (replaces) this.#tellWatchers(replaces)
    return { token, expiresAt: endOf(session) }
  }

  /** The session of a token, or null when there is none, it was ended or it has run out. */
  check(token: string | null): OpenSession | null {
    if (!token) return null
    const session = this.#find(hashToken(this.#key, token))
    if (!session) return null
    const now = this.#now()
    if (now - Date.parse(session.lastSeenAt) >= TOUCH_EVERY_MS) {
      this.#touch(session, now)
    }
    return { expiresAt: endOf(session) }
  }

  signOut(token: string | null): void {
    if (!token) return
    const hash = hashToken(this.#key, token)
    deleteSession(this.#db, hash)
    this.#tellWatchers(hash)
  }

  /**
   * Calls `onEnd` once when the session of a token has ended: at once when it is signed out or replaced, at its end when it
   * runs out. Watching is no use of the session.
   *
   * @returns the function that ends the watch; call it, or the session is watched for ever
   */
  watch(token: string, onEnd: () => void): () => void {
    const hash = hashToken(this.#key, token)
    let timer: NodeJS.Timeout | undefined
    const stop = () => {
      clearTimeout(timer)
      const watchers = this.#watchers.get(hash)
      watchers?.delete(end)
      if (watchers?.size === 0) this.#watchers.delete(hash)
    }
    const end = () => {
      stop()
      onEnd()
    }
    const look = () => {
      const session = this.#find(hash)
      if (!session) return end()
      const left = Date.parse(endOf(session)) - this.#now()
      timer = setTimeout(look, Math.min(WATCH_MS, left + 1)).unref()
    }
    this.#watchers.set(hash, (this.#watchers.get(hash) ?? new Set()).add(end))
    look()
    return stop
  }

  /** On a full disk the session simply ages: who is in may read on. */
  #touch(session: SessionRow, now: number): void {
    try {
      touchSession(this.#db, session.tokenHash, { now: iso(now), idleBefore: iso(now - SESSION_IDLE_MS) })
      session.lastSeenAt = iso(now)
    }
    catch (error) {
      if (!isDiskFull(error)) throw error
    }
  }

  #find(hash: string): SessionRow | null {
    const now = this.#now()
    return findSession(this.#db, hash, { now: iso(now), idleBefore: iso(now - SESSION_IDLE_MS) })
  }

  #tellWatchers(hash: string): void {
    for (const end of [...this.#watchers.get(hash) ?? []]) end()
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

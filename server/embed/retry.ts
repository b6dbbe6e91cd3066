import { setTimeout as pause } from 'node:timers/promises'
import { retryAfterMs } from '../utils/http-client.ts'

export interface RetryLimits {
  /** Calls in all. */
  attempts: number
  /** First wait where the service names none; it doubles, with a quarter of it left to chance. */
  backoffMs: number
  /** Longest wait. */
  maxWaitMs: number
  /** Give up at once when the service asks for a longer wait than that, instead of asking again too early. */
  impatient?: boolean
}

/** Why a call to a service failed, in words without anything of what was sent or of a key. */
export class CallError extends Error {
  /** The same call may well succeed a little later. */
  readonly transient: boolean
  readonly status: number | null
  /** What the service asks to wait; null where it says nothing. */
  readonly waitMs: number | null

  constructor(message: string, options: { transient: boolean, status?: number, waitMs?: number | null, cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.transient = options.transient
    this.status = options.status ?? null
    this.waitMs = options.waitMs ?? null
  }
}

const TRANSIENT = new Set([408, 409, 425, 429])

/** Of an answer with an error. Its body is left out: it may repeat a text or a key. */
export function statusError(what: string, { status, headers }: Response): CallError {
  return new CallError(`${what} answered ${status}`, { transient: status >= 500 || TRANSIENT.has(status), status, waitMs: retryAfterMs(headers) })
}

/** Calls until it succeeds, fails for good or has failed too often. @throws what the last call threw, or the signal's reason */
export async function retrying<T>(call: () => Promise<T>, limits: RetryLimits, signal?: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call()
    }
    catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof CallError) || !error.transient || attempt >= limits.attempts) throw error
      const asked = error.waitMs
      if (limits.impatient && asked !== null && asked > limits.maxWaitMs) throw error
      const own = limits.backoffMs * 2 ** (attempt - 1) * (0.75 + Math.random() / 2)
      await pause(Math.min(limits.maxWaitMs, asked ?? own), undefined, { signal }).catch(() => signal?.throwIfAborted())
    }
  }
}

import type { ErrorBody } from '#shared/schemas/chats'
import { isAway, pauseBefore } from '#shared/utils/away'

/** An answer of the server that is not a success, or no answer at all (`status` 0). The message may be shown. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly issues: { path: string, message: string }[]
  /** From Retry-After; null where the server did not say. */
  readonly retryAfterMs: number | null
  /** The server is stopping, starting or out of reach: the same request can succeed in a moment. */
  readonly isAway: boolean

  constructor(body: ErrorBody, status: number, { retryAfterMs = null, isAway = false }: { retryAfterMs?: number | null, isAway?: boolean } = {}) {
    super(body.message)
    this.name = 'ApiError'
    this.code = body.code
    this.status = status
    this.issues = body.issues ?? []
    this.retryAfterMs = retryAfterMs
    this.isAway = isAway
  }
}

export interface ApiOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: Record<string, unknown>
  query?: Record<string, string | number | undefined>
  /**
   * How long the request is sent again while the server is away. Only for what may arrive twice; by default for GET,
   * PUT and PATCH. Never while rendering on the server.
   */
  patienceMs?: number
  /** How long one try may take; half a minute unless given. */
  limitMs?: number
  /** Called each time the server turned out to be away and the request will be sent again. */
  onAway?: () => void
  /** Ends the waiting; the call then throws with code `cancelled`. */
  signal?: AbortSignal
}

/** Longer than the gap of an update, shorter than a reader's patience with a page that does not come. */
const PATIENCE_MS = 12_000
/** No answer to a single try within this is no answer. */
const LIMIT_MS = 30_000

const UNREACHABLE = { code: 'unreachable', message: 'The server cannot be reached. Nothing was lost; check the connection and try again.' }
const AWAY = { code: 'unavailable', message: 'The server is not there at the moment, most likely because it is being updated. Nothing was lost; try again in a moment.' }
const CANCELLED = { code: 'cancelled', message: 'This was not sent.' }

/** Turns whatever `$fetch` threw into an ApiError. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const { data, status, statusCode, response } = error as { data?: unknown, status?: number, statusCode?: number, response?: Response }
  // Nitro wraps a handler's body once more when a request is answered inside the server.
  const body = [data, (data as { data?: unknown } | undefined)?.data].find(isErrorBody)
  const code = status ?? statusCode ?? 0
  const retryAfter = Number(response?.headers.get('retry-after') ?? Number.NaN)
  const facts = { retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : null, isAway: isAway(code, body) }
  if (body) return new ApiError(body, code, facts)
  if (code === 0) return new ApiError(UNREACHABLE, 0, facts)
  return new ApiError(facts.isAway ? AWAY : { code: 'unexpected', message: `The server answered with an error (${code}). Try again.` }, code, facts)
}

function isErrorBody(value: unknown): value is ErrorBody {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value && typeof value.code === 'string'
}

/** Requests of this tab that change something and have not been answered. */
let changing = 0
export const isChanging = () => changing > 0

/**
 * Calls this site's API: cookies are forwarded while rendering on the server, and every failure is an ApiError.
 * A session that has ended leads to the sign-in page and back; a server that is away for a moment is waited for.
 */
export function useApi() {
  const request = useRequestFetch() as (path: string, options?: object) => Promise<unknown>
  const nuxtApp = useNuxtApp()
  const signIns = useSignIns()

  async function send<T>(path: string, { patienceMs, limitMs, onAway, signal, ...options }: ApiOptions): Promise<T> {
    const isRepeatable = !options.method || ['GET', 'PUT', 'PATCH'].includes(options.method)
    const end = Date.now() + (import.meta.server ? 0 : patienceMs ?? (isRepeatable ? PATIENCE_MS : 0))
    for (let attempt = 0; ; attempt++) {
      try {
        return await request(path, { ...options, signal, retry: 0, timeout: limitMs ?? LIMIT_MS }) as T
      }
      catch (error) {
        const failure = toApiError(error)
        const pause = pauseBefore(attempt)
        if (signal?.aborted) throw new ApiError(CANCELLED, 0)
        if (!failure.isAway || Date.now() + pause > end) throw failure
        onAway?.()
        await new Promise((resolve) => {
          setTimeout(resolve, pause)
          signal?.addEventListener('abort', resolve, { once: true })
        })
      }
    }
  }

  return async <T>(path: string, options: ApiOptions = {}): Promise<T> => {
    const changes = import.meta.client && options.method !== undefined && options.method !== 'GET'
    if (changes) changing++
    const asked = signIns.value
    try {
      return await send<T>(path, options)
    }
    catch (error) {
      const failure = toApiError(error)
      if (failure.status === 401 && import.meta.client && !path.startsWith('/api/auth/')) {
        await nuxtApp.runWithContext(() => useSession().expire(asked))
      }
      throw failure
    }
    finally {
      if (changes) changing--
    }
  }
}

/** Data of a page as Nuxt's own error page needs it: a missing document or chat is a 404, not a broken page. */
export function asPageError(error: unknown): Error {
  const { status, message } = toApiError(error)
  return createError({ statusCode: status || 503, statusMessage: status === 404 ? 'Not found' : 'Not available', message, fatal: true })
}

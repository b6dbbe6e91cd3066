import type { ErrorBody } from '#shared/schemas/chats'

/** An answer of the server that is not a success, or no answer at all (`status` 0). The message may be shown. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number
  readonly issues: { path: string, message: string }[]
  /** From Retry-After; null where the server did not say. */
  readonly retryAfterMs: number | null

  constructor(body: ErrorBody, status: number, retryAfterMs: number | null = null) {
    super(body.message)
    this.name = 'ApiError'
    this.code = body.code
    this.status = status
    this.issues = body.issues ?? []
    this.retryAfterMs = retryAfterMs
  }
}

export interface ApiOptions {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  body?: Record<string, unknown>
  query?: Record<string, string | number | undefined>
}

const UNREACHABLE = { code: 'unreachable', message: 'The server cannot be reached. Nothing was lost; check the connection and try again.' }

/** Turns whatever `$fetch` threw into an ApiError. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error
  const { data, status, statusCode, response } = error as { data?: unknown, status?: number, statusCode?: number, response?: Response }
  // Nitro wraps a handler's body once more when a request is answered inside the server.
  const body = [data, (data as { data?: unknown } | undefined)?.data].find(isErrorBody)
  const code = status ?? statusCode ?? 0
  const retryAfter = Number(response?.headers.get('retry-after') ?? Number.NaN)
  const wait = Number.isFinite(retryAfter) ? retryAfter * 1000 : null
  if (body) return new ApiError(body, code, wait)
  return code === 0
    ? new ApiError(UNREACHABLE, 0)
    : new ApiError({ code: 'unexpected', message: `The server answered with an error (${code}). Try again.` }, code, wait)
}

function isErrorBody(value: unknown): value is ErrorBody {
  return typeof value === 'object' && value !== null && 'code' in value && 'message' in value && typeof value.code === 'string'
}

/**
 * Calls this site's API: cookies are forwarded while rendering on the server, and every failure is an ApiError.
 * A session that has ended leads to the sign-in page and back.
 */
export function useApi() {
  const request = useRequestFetch() as (path: string, options?: ApiOptions) => Promise<unknown>
  const nuxtApp = useNuxtApp()
  return async <T>(path: string, options: ApiOptions = {}): Promise<T> => {
    try {
      return await request(path, options) as T
    }
    catch (error) {
      const failure = toApiError(error)
      if (failure.status === 401 && import.meta.client && !path.startsWith('/api/auth/')) {
        await nuxtApp.runWithContext(() => useSession().expire())
      }
      throw failure
    }
  }
}

/** Data of a page as Nuxt's own error page needs it: a missing document or chat is a 404, not a broken page. */
export function asPageError(error: unknown): Error {
  const { status, message } = toApiError(error)
  return createError({ statusCode: status || 503, statusMessage: status === 404 ? 'Not found' : 'Not available', message, fatal: true })
}

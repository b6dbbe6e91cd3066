import { STATUS_CODES } from 'node:http'
import type { H3Error, H3Event } from 'h3'
import type { AppError } from './utils/app-error'
import { errorBody, toAppError } from './utils/errors'
import { describeError, log } from './utils/log'
import { isInternalRequest, requestId } from './utils/request'

/**
 * Answers every failed request: pages with Nuxt's error page, everything else with `{ code, message, issues? }`.
 * What it leaves unanswered goes to Nuxt's own handler, which shows the stack in development.
 */
export default defineNitroErrorHandler(async (thrown, event) => {
  const error = toAppError(thrown)
  event.context.errorCode = error.code
  if (error.status >= 500) logFailure(error, event)
  if (event.handled) {
    // The answer had begun: cutting it off is the only way left to say that it is not whole.
    if (!event.node.res.writableEnded) event.node.res.destroy()
    return
  }
  if (error.retryAfter !== undefined) setResponseHeader(event, 'retry-after', error.retryAfter)
  removeResponseHeader(event, 'etag')
  setResponseHeader(event, 'cache-control', 'no-store')
  if (wantsPage(event)) return import.meta.dev && error.status >= 500 ? undefined : sendErrorPage(event, error, thrown)
  setResponseStatus(event, error.status, STATUS_CODES[error.status])
  setResponseHeader(event, 'content-type', 'application/json; charset=utf-8')
  return send(event, JSON.stringify(errorBody(error)))
})

function logFailure(error: AppError, event: H3Event): void {
  const known = error.code !== 'internal_error'
  log('error', known ? 'request failed' : 'request failed unexpectedly', {
    id: requestId(event), code: error.code, path: event.path.split('?')[0], error: describeError(error.cause ?? error),
  })
}

/** Browsers ask for `text/html` when they load a page, and for nothing else. */
function wantsPage(event: H3Event): boolean {
  const path = event.path.split('?')[0]!
  return isSafeMethod(event.method) && !path.startsWith('/api/') && path !== '/health' && path !== '/metrics'
    && !isInternalRequest(event) && (getHeader(event, 'accept') ?? '').includes('text/html')
}

async function sendErrorPage(event: H3Event, error: AppError, thrown: H3Error): Promise<void> {
  // A page may have said itself what is missing; an unforeseen error's own words stay in the log.
  const message = thrown.unhandled || error.status >= 500 ? error.message : thrown.message || error.message
  const query = new URLSearchParams({
    error: 'true',
    url: event.path,
    statusCode: String(error.status),
    statusMessage: STATUS_CODES[error.status] ?? '',
    message,
    data: JSON.stringify({ code: error.code }),
  })
  const page = await useNitroApp().localFetch(`/__nuxt_error?${query}`, {
    headers: { ...getRequestHeaders(event), 'x-nuxt-error': 'true' } as Record<string, string>,
    redirect: 'manual',
    context: event.context,
  })
  const html = await page.text()
  for (const [name, value] of page.headers) {
    if (name !== 'set-cookie') setResponseHeader(event, name, value)
  }
  setResponseStatus(event, error.status, STATUS_CODES[error.status])
  return send(event, html)
}

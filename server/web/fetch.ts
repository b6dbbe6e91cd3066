import { request as requestPlain, type IncomingMessage } from 'node:http'
import { request as requestSecure } from 'node:https'
import { AppError } from '../utils/app-error.ts'
import { checkAddress, type WebGuard } from './guard.ts'
import { guardedLookup, type Resolve } from './lookup.ts'

const MAX_REDIRECTS = 5
const MAX_HEADER_BYTES = 32 * 1024
const REDIRECTS = new Set([301, 302, 303, 307, 308])

export interface FetchOptions {
  guard: WebGuard
  resolve: Resolve
  /** Of silence: while connecting, before the answer, between two parts of it. */
  idleMs: number
  /** How the request introduces itself. */
  userAgent: string
  signal: AbortSignal
}

/**
 * Asks for an address and follows redirects, each of which is checked as the first was. The request carries no cookie, no
 * referrer and nothing that was not needed. Resolves to a successful answer whose body was not read yet, and its address.
 *
 * @throws AppError as {@link checkAddress}, and 422 `web_…` for each way in which a site can fail
 */
export async function openAddress(address: string, options: FetchOptions): Promise<{ response: IncomingMessage, url: URL }> {
  let url = checkAddress(address, options.guard)
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const response = await ask(url, options)
    const status = response.statusCode ?? 0
    if (status === 200) return { response, url }
    const next = response.headers.location
    response.destroy()
    if (!REDIRECTS.has(status) || !next) throw failedStatus(status)
    url = checkAddress(next, options.guard, url)
  }
  throw new AppError('web_too_many_redirects', 422, 'This address leads on to others without end. Open it in a browser and copy the address that it ends at.')
}

function ask(url: URL, { guard, resolve, idleMs, userAgent, signal }: FetchOptions): Promise<IncomingMessage> {
  const request = (url.protocol === 'https:' ? requestSecure : requestPlain)(url, {
    // A connection of its own: none that was opened for somebody else is used, and none is left.
    agent: false,
    lookup: guardedLookup(guard, resolve),
    maxHeaderSize: MAX_HEADER_BYTES,
    signal,
    timeout: idleMs,
    headers: { 'user-agent': userAgent, 'accept': 'text/html,application/xhtml+xml,application/pdf,*/*;q=0.8', 'accept-encoding': 'gzip, br', 'accept-language': 'en,*;q=0.5' },
  })
  return new Promise((fulfil, reject) => {
    let response: IncomingMessage | undefined
    request.once('response', (begun) => {
      response = begun
      fulfil(begun)
    })
    request.once('timeout', () => (response ?? request).destroy(tooSlow()))
    request.on('error', error => reject(asFailure(error)))
    // An answer of another protocol, or a tunnel, is none.
    request.once('upgrade', (_, socket) => {
      socket.destroy()
      reject(failedStatus(101))
    })
    request.end()
  })
}

/** What a failed connection means to whoever waits for the page. */
export function asFailure(error: unknown): AppError {
  if (error instanceof AppError) return error
  const { code = '', name } = error as NodeJS.ErrnoException
  if (name === 'AbortError' || name === 'TimeoutError' || code === 'ETIMEDOUT') return tooSlow(error)
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new AppError('web_not_found', 422, 'No site of this name was found. Check the address.', { cause: error })
  if (/CERT|SSL|TLS|SIGNATURE|SELF_SIGNED/.test(code)) return new AppError('web_insecure', 422, 'The certificate of this site is not valid, so nobody can tell whose it is. Nothing was added.', { cause: error })
  return new AppError('web_unreachable', 422, 'This site could not be reached, or the connection broke. Nothing was added; try again later.', { cause: error })
}

function tooSlow(cause?: unknown): AppError {
  return new AppError('web_too_slow', 422, 'This site took too long to answer. Nothing was added; try again, or download the file and upload it.', { cause })
}

function failedStatus(status: number): AppError {
  const what = (code: string, message: string) => new AppError(code, 422, message, { cause: `HTTP status ${status}` })
  if (status === 401 || status === 403 || status === 407 || status === 451) return what('web_refused', `The site does not give this page to everyone (status ${status}). Open it in a browser, save it, and upload the file.`)
  if (status === 404 || status === 410) return what('web_not_found', `There is no page at this address (status ${status}). Check the address.`)
  if (status === 429) return what('web_busy', 'The site asks to be left alone for a while (status 429). Try again later.')
  if (status >= 500) return what('web_failed', `The site has a problem of its own (status ${status}). Try again later.`)
  return what('web_failed', `The site answered with something that is not a page (status ${status}).`)
}

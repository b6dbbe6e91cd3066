import { safeNextPath } from '#shared/utils/next-path'

/** What a stranger may ask for. Static files are answered before any middleware; `/metrics` has a rule of its own. */
const OPEN = new Set(['/login', '/api/auth/login', '/api/auth/session', '/health', '/metrics'])
/** Vite's files in development; in production they are static files. */
const DEVELOPMENT = /^\/(?:_nuxt|__nuxt)/

/** Finds the session, and turns away who has none: pages lead to the login, everything else is answered 401. */
export default defineEventHandler((event) => {
  // As the router sees it, decoded but not otherwise tidied: what is open here must be the same thing there.
  const path = event.path.split('?')[0]!
  if (isInternalRequest(event) && path === '/__nuxt_error') return
  if (import.meta.dev && DEVELOPMENT.test(path)) return

  setResponseHeader(event, 'cache-control', 'no-store')
  const token = readSessionCookie(event)
  const session = useGate().check(token)
  event.context.session = session
  if (session) {
    event.context.watchSession = onEnd => useGate().watch(token!, onEnd)
    if (path === '/login') return sendRedirect(event, safeNextPath(getQuery(event).next), 302)
    return
  }
  if (OPEN.has(path)) return
  if (isPage(event.method, path)) {
    const { pathname, search } = getRequestURL(event)
    const next = safeNextPath(pathname + search)
    return sendRedirect(event, next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`, 302)
  }
  throw new AppError('unauthenticated', 401, 'Sign in first: there is no session, or it has ended.')
})

/** Pages have no file extension; a missing picture should not be answered with the login page. */
function isPage(method: string, path: string): boolean {
  return (method === 'GET' || method === 'HEAD') && !/^\/+(?:api(?:\/|$)|_nuxt|__nuxt)|\.[^/]*$/.test(path)
}

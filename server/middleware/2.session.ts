import { safeNextPath } from '#shared/utils/next-path'

/** What a stranger may ask for. Static files are answered before any middleware; `/metrics` has a rule of its own. */
const OPEN = new Set(['/login', '/api/auth/login', '/api/auth/session', '/health', '/metrics'])
/** Vite's files in development; in production they are static files. */
const DEVELOPMENT = /^\/(?:_nuxt|__nuxt)/

/** Finds the session, and turns away who has none: pages lead to the login, everything else is answered 401. */
export default defineEventHandler((event) => {
  const { pathname, search } = getRequestURL(event)
  if (isInternalRequest(event) && pathname === '/__nuxt_error') return
  if (import.meta.dev && DEVELOPMENT.test(pathname)) return

  setResponseHeader(event, 'cache-control', 'no-store')
  const session = useGate().check(readSessionCookie(event))
  event.context.session = session
  if (session) {
    if (pathname === '/login') return sendRedirect(event, safeNextPath(getQuery(event).next), 302)
    return
  }
  if (OPEN.has(pathname)) return
  if (isPage(event.method, pathname)) {
    const next = safeNextPath(pathname + search)
    return sendRedirect(event, next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`, 302)
  }
  throw new AppError('unauthenticated', 401, 'Sign in first: there is no session, or it has ended.')
})

/** Pages have no file extension; a missing picture should not be answered with the login page. */
function isPage(method: string, pathname: string): boolean {
  return (method === 'GET' || method === 'HEAD') && !/^\/(?:api|_nuxt|__nuxt)(?:\/|$)|\.[^/]*$/.test(pathname)
}

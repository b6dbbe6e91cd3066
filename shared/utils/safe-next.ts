/**
 * The page to go to after signing in: a path of this site, or `/`.
 *
 * `//host`, `/\host` and control characters are read by browsers as another site (WHATWG URL, path-absolute versus
 * scheme-relative), so everything but a plain path is refused.
 */
export function safeNext(next: unknown): string {
  if (typeof next !== 'string' || !/^\/(?![/\\])[^\s\\]*$/.test(next)) return '/'
  return next.startsWith('/login') || next.startsWith('/api/') ? '/' : next
}

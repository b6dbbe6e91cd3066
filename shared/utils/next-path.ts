/**
 * Where to go after signing in: the path of a page of this site, else `/`. Anything a browser could take for another
 * site's address (`//host`, `/\host`, a tab or line break between) is refused.
 */
export function safeNextPath(next: unknown): string {
  if (typeof next !== 'string' || next.length > 2_000) return '/'
  const sound = /^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next) && !/^\/(?:login|api)(?:[/?#]|$)/.test(next)
  return sound ? next : '/'
}

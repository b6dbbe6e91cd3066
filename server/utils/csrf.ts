export interface OriginFacts {
  method: string
  host: string | undefined
  origin: string | undefined
  secFetchSite: string | undefined
}

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function isSafeMethod(method: string): boolean {
  return SAFE_METHODS.has(method)
}

/**
 * Whether a request that changes something was made by this site's own pages or by no browser page at all.
 *
 * Sec-Fetch-Site is the browser's own word and decides where it is there. Browsers leave it out on plain HTTP to
 * anything but localhost; then the Origin, which they send with every unsafe method, has to name this host. With
 * neither header it was no page of another site: only programs such as curl leave both out, and those carry no
 * cookie but one that their user has given them.
 */
export function isOwnRequest({ method, host, origin, secFetchSite }: OriginFacts): boolean {
  if (isSafeMethod(method)) return true
  if (secFetchSite !== undefined) return secFetchSite === 'same-origin' || secFetchSite === 'none'
  if (origin !== undefined) return host !== undefined && URL.parse(origin)?.host === host.toLowerCase()
  return true
}

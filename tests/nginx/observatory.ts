import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5'

/**
 * The scoring of Mozilla's HTTP Observatory, as its scanner 1.4.8 has it (github.com/mdn/mdn-http-observatory,
 * src/grader/charts.js and src/analyzer/tests/; described at developer.mozilla.org/observatory/docs/tests_and_scoring).
 * A site begins with 100; what is missing takes points away, and extras count only when 90 are left without them.
 * The most that a site can have is 145.
 */
export const MODIFIERS = {
  csp: { 'default-src none': 10, 'no unsafe': 5, 'unsafe in style-src': 0, 'insecure images': -10, 'unsafe-eval': -10, 'unsafe-inline': -20, 'insecure scheme': -20, 'missing': -25 },
  cookies: { 'secure, HttpOnly, SameSite': 5, 'secure, HttpOnly': 0, 'none': 0, 'not secure, but HSTS': -5, 'session not secure, but HSTS': -10, 'not secure': -20, 'SameSite invalid': -20, 'session not HttpOnly': -30, 'session not secure': -40 },
  cors: { 'none': 0, 'public': 0, 'restricted': 0, 'everybody with credentials': -50 },
  redirection: { 'preloaded': 0, 'to HTTPS': 0, 'other host first': -5, 'HTTP first': -10, 'not to HTTPS': -20, 'missing': -20 },
  referrerPolicy: { private: 5, missing: 0, unsafe: -5, invalid: -5 },
  hsts: { 'preloaded': 5, 'six months': 0, 'shorter': -10, 'missing': -20, 'invalid': -20 },
  sri: { 'all scripts': 5, 'not needed': 0, 'same origin': 0, 'other sites over HTTPS': -5, 'other sites over HTTP': -50 },
  contentTypeOptions: { nosniff: 0, missing: -5, invalid: -5 },
  frameOptions: { 'frame-ancestors': 5, 'deny': 0, 'missing': -20, 'invalid': -20 },
  corp: { 'same-origin': 10, 'same-site': 10, 'cross-origin': 0, 'missing': 0, 'invalid': -5 },
} as const

type Chart = typeof MODIFIERS
export type Findings = { [Test in keyof Chart]: keyof Chart[Test] & string }

export interface Scanned {
  host: string
  /** Lower-case names; a header that came twice is joined with a comma. */
  headers: Record<string, string | undefined>
  setCookies: string[]
  html: string
  /** The addresses that a request for http:// went through; the platform in front redirects, not the product. */
  route: string[]
  /** Answer to a request with an `Origin`. */
  cors: { origin: string, allowOrigin?: string, allowCredentials?: string }
}

/** Top-level domains that browsers take for HTTPS only, as a whole (hstspreload.org): fly.dev is in one. */
const PRELOADED_DOMAINS = ['dev', 'app', 'page']
const SIX_MONTHS = 15_552_000
const BROAD = ['ftp:', 'http:', 'https:', '*', 'http://*', 'http://*.*', 'https://*', 'https://*.*']

export function score(site: Scanned): { score: number, parts: { [Test in keyof Chart]: [finding: string, points: number] } } {
  const findings = scan(site)
  const names = Object.keys(findings) as (keyof Chart)[]
  const points = (name: keyof Chart) => (MODIFIERS[name] as Record<string, number>)[findings[name]]!
  const penalties = 100 + names.reduce((sum, name) => sum + Math.min(0, points(name)), 0)
  const all = 100 + names.reduce((sum, name) => sum + points(name), 0)
  return {
    score: Math.max(0, penalties >= 90 ? all : penalties),
    parts: Object.fromEntries(names.map(name => [name, [findings[name], points(name)]])) as never,
  }
}

export function scan(site: Scanned): Findings {
  const hsts = scanHsts(site)
  return {
    csp: scanCsp(site.headers['content-security-policy']),
    cookies: scanCookies(site.setCookies, hsts === 'preloaded' || hsts === 'six months'),
    cors: scanCors(site.cors),
    redirection: scanRedirection(site.route),
    referrerPolicy: scanReferrerPolicy(site.headers['referrer-policy']),
    hsts,
    sri: scanSri(site),
    contentTypeOptions: exactly(site.headers['x-content-type-options'], ['nosniff']),
    frameOptions: directives(site.headers['content-security-policy']).has('frame-ancestors') ? 'frame-ancestors' : scanFrameOptions(site.headers['x-frame-options']),
    corp: exactly(site.headers['cross-origin-resource-policy'], ['same-origin', 'same-site', 'cross-origin']),
  }
}

function exactly<Value extends string>(given: string | undefined, values: Value[]): Value | 'missing' | 'invalid' {
  if (given === undefined) return 'missing'
  return values.find(value => value === given.trim().toLowerCase()) ?? 'invalid'
}

function directives(policy: string | undefined): Map<string, string[]> {
  const found = new Map<string, string[]>()
  for (const part of (policy ?? '').split(/[;,]/)) {
    const [name, ...sources] = part.trim().toLowerCase().split(/\s+/)
    if (name && !found.has(name)) found.set(name, sources)
  }
  return found
}

function scanCsp(policy: string | undefined): Findings['csp'] {
  const all = directives(policy)
  if (all.size === 0) return 'missing'
  const of = (name: string) => {
    const sources = all.get(name) ?? all.get('default-src') ?? ['*']
    // Browsers that know hashes and nonces pass over the other where one of them is there.
    return sources.some(source => /^'(?:sha(?:256|384|512)|nonce)-/.test(source)) ? sources.filter(source => source !== `'unsafe-inline'`) : sources
  }
  const unsafe = [...BROAD, `'unsafe-inline'`, 'data:']
  const insecure = (sources: string[]) => sources.some(source => /^(?:http|ftp):/.test(source))
  if (of('script-src').some(source => unsafe.includes(source)) || of('object-src').some(source => BROAD.includes(source))) return 'unsafe-inline'
  if ([...all].some(([name, sources]) => !['img-src', 'media-src'].includes(name) && insecure(sources))) return 'insecure scheme'
  if ([...of('script-src'), ...of('style-src')].includes(`'unsafe-eval'`)) return 'unsafe-eval'
  if (insecure(of('img-src')) || insecure(of('media-src'))) return 'insecure images'
  if (of('style-src').some(source => unsafe.includes(source))) return 'unsafe in style-src'
  return all.get('default-src')?.join() === `'none'` ? 'default-src none' : 'no unsafe'
}

function scanCookies(cookies: string[], hsts: boolean): Findings['cookies'] {
  if (cookies.length === 0) return 'none'
  const found = cookies.map((cookie): Findings['cookies'] => {
    const [pair = '', ...rest] = cookie.split(';').map(part => part.trim())
    const attributes = new Map(rest.map(part => part.toLowerCase().split('=') as [string, string | undefined]))
    const session = /login|sess/i.test(pair.split('=')[0]!)
    const secure = attributes.has('secure')
    const sameSite = attributes.get('samesite')
    if (session && !secure && !hsts) return 'session not secure'
    if (session && !attributes.has('httponly')) return 'session not HttpOnly'
    if (attributes.has('samesite') && !['lax', 'strict', ...secure ? ['none'] : []].includes(sameSite ?? '')) return 'SameSite invalid'
    if (!secure && !hsts) return 'not secure'
    if (!secure) return session ? 'session not secure, but HSTS' : 'not secure, but HSTS'
    return sameSite === undefined ? 'secure, HttpOnly' : 'secure, HttpOnly, SameSite'
  })
  return found.reduce((worst, each) => MODIFIERS.cookies[each] < MODIFIERS.cookies[worst] ? each : worst)
}

function scanCors({ origin, allowOrigin, allowCredentials }: Scanned['cors']): Findings['cors'] {
  if (!allowOrigin) return 'none'
  if (allowOrigin === '*') return 'public'
  return allowOrigin === origin && allowCredentials === 'true' ? 'everybody with credentials' : 'restricted'
}

function isPreloaded(host: string): boolean {
  return PRELOADED_DOMAINS.some(domain => host.endsWith(`.${domain}`))
}

function scanRedirection(route: string[]): Findings['redirection'] {
  const [first, second, ...rest] = route.map(address => new URL(address))
  if (route.every(address => isPreloaded(new URL(address).hostname))) return 'preloaded'
  if (!first || !second) return 'missing'
  if ((rest.at(-1) ?? second).protocol !== 'https:') return 'not to HTTPS'
  if (second.protocol === 'http:') return 'HTTP first'
  return first.hostname === second.hostname ? 'to HTTPS' : 'other host first'
}

function scanReferrerPolicy(given: string | undefined): Findings['referrerPolicy'] {
  if (given === undefined) return 'missing'
  const good = ['no-referrer', 'same-origin', 'strict-origin', 'strict-origin-when-cross-origin']
  const bad = ['origin', 'origin-when-cross-origin', 'unsafe-url', 'no-referrer-when-downgrade']
  const last = given.toLowerCase().split(',').map(value => value.trim()).findLast(value => good.includes(value) || bad.includes(value))
  if (last === undefined) return 'invalid'
  return good.includes(last) ? 'private' : 'unsafe'
}

function scanHsts({ host, headers }: Scanned): Findings['hsts'] {
  if (isPreloaded(host)) return 'preloaded'
  const given = headers['strict-transport-security']
  if (given === undefined) return 'missing'
  const age = /(?:^|;)\s*max-age=(\d+)/i.exec(given)
  if (!age || given.includes(',')) return 'invalid'
  return Number(age[1]) < SIX_MONTHS ? 'shorter' : 'six months'
}

function scanFrameOptions(given: string | undefined): Findings['frameOptions'] {
  const found = exactly(given, ['deny', 'sameorigin'])
  return found === 'sameorigin' ? 'deny' : found
}

function* elements(node: Tree.Node): Generator<Tree.Element> {
  if ('tagName' in node) yield node
  if ('childNodes' in node) for (const child of node.childNodes) yield* elements(child)
}

function scanSri({ host, headers, html }: Scanned): Findings['sri'] {
  if (!(headers['content-type'] ?? 'text/html').startsWith('text/html')) return 'not needed'
  const scripts = [...elements(parse(html))].filter(({ tagName }) => tagName === 'script').map(({ attrs }) => Object.fromEntries(attrs.map(({ name, value }) => [name, value])))
  if (scripts.length === 0) return 'not needed'
  const foreign = scripts.filter(({ src }) => src !== undefined && /^(?:https?:)?\/\//.test(src) && new URL(src, `https://${host}`).hostname !== host)
  if (foreign.some(({ src, integrity }) => !integrity && !src!.startsWith('https:'))) return 'other sites over HTTP'
  if (foreign.some(({ integrity }) => !integrity)) return 'other sites over HTTPS'
  return scripts.some(({ src, integrity }) => src !== undefined && integrity) ? 'all scripts' : 'same origin'
}

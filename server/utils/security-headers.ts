import { createHash } from 'node:crypto'
import { LIBRARY_STYLES } from './library-styles.ts'

/** The parts of a rendered page as Nuxt's `render:html` hook gives them. */
export interface RenderedPage { head: string[], bodyPrepend: string[], body: string[], bodyAppend: string[] }

/** So many different style attributes a page may have; more would make the header longer than proxies take. */
const MAX_STYLE_ATTRIBUTES = 60
/** Of scripts only data is not run and needs no leave: an import map does. */
const DATA_SCRIPT = /^application\/(?:ld\+)?json$/i

const PERMISSIONS = [
  'accelerometer', 'autoplay', 'camera', 'display-capture', 'encrypted-media', 'fullscreen', 'geolocation', 'gyroscope',
  'magnetometer', 'microphone', 'midi', 'payment', 'publickey-credentials-get', 'screen-wake-lock', 'usb', 'xr-spatial-tracking',
]

const STRICT_POLICY = `default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/**
 * What every answer carries; a page gets its own policy from {@link pagePolicy}. nginx repeats the list for what it answers
 * itself (deploy/nginx/nginx.conf.template), and a test compares them.
 */
export function commonHeaders({ secure }: { secure: boolean }): Record<string, string> {
  return {
    'content-security-policy': STRICT_POLICY,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    // `no-referrer` would make browsers send `Origin: null` with our own forms.
    'referrer-policy': 'same-origin',
    'permissions-policy': PERMISSIONS.map(name => `${name}=()`).join(', '),
    'cross-origin-opener-policy': 'same-origin',
    // Everything that a page loads comes from here and carries the next one.
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    ...secure && { 'strict-transport-security': 'max-age=31536000; includeSubDomains' },
  }
}

/**
 * The Content-Security-Policy of a page: its own files, and of inline code exactly what the framework has written into
 * this page, by hash. Hashes stay right when the page is stored, nonces do not.
 *
 * Scripts and style elements count only outside the rendered components. Whatever text of a document or a model might
 * slip into those one day is not given leave by this.
 */
export function pagePolicy(page: RenderedPage): string {
  const frame = [...page.head, ...page.bodyPrepend, ...page.bodyAppend].join('')
  const scripts = hashes(elements(frame, 'script').filter(({ attributes }) => isInlineCode(attributes)).map(({ text }) => text))
  const styles = hashes(elements(frame, 'style').map(({ text }) => text))
  const attributes = hashes(styleAttributes([...page.bodyPrepend, ...page.body].join('')).slice(0, MAX_STYLE_ATTRIBUTES))
  return [
    `default-src 'none'`,
    ['script-src', `'self'`, ...scripts].join(' '),
    ['style-src', `'self'`, ...styles, ...Object.values(LIBRARY_STYLES)].join(' '),
    attributes.length > 0 ? [`style-src-attr 'unsafe-hashes'`, ...attributes].join(' ') : `style-src-attr 'none'`,
    `img-src 'self' data:`,
    `font-src 'self'`,
    `connect-src 'self'`,
    `manifest-src 'self'`,
    `form-action 'self'`,
    `base-uri 'none'`,
    `frame-ancestors 'none'`,
  ].join('; ')
}

/** The viewer's worker is given the bytes of a PDF and asks for nothing. Of ours it loads a decoder of scans when one needs it. */
export const WORKER_POLICY = `default-src 'none'; script-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
const WORKER = /^\/_nuxt\/pdf\.worker[^/]*\.mjs$/

/** The policy of an answer that is not a page. A worker brings its own: it does not inherit that of its page. */
export function filePolicy(path: string): string {
  return WORKER.test(path) ? WORKER_POLICY : STRICT_POLICY
}

/** For `nuxt dev` only: Vite adds style elements and speaks over a web socket. */
export const DEVELOPMENT_POLICY = `default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; `
  + `img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; frame-ancestors 'none'`

interface Element { attributes: string, text: string }

function elements(html: string, name: 'script' | 'style'): Element[] {
  const pattern = new RegExp(`<${name}\\b((?:[^>"']|"[^"]*"|'[^']*')*)>([\\s\\S]*?)</${name}>`, 'gi')
  return [...html.matchAll(pattern)].map(match => ({ attributes: match[1]!, text: match[2]! }))
}

function isInlineCode(attributes: string): boolean {
  if (/\ssrc\s*=/i.test(attributes)) return false
  const type = /\stype\s*=\s*["']?([^"'\s>]*)/i.exec(attributes)?.[1] ?? ''
  return !DATA_SCRIPT.test(type)
}

/** The values of `style="…"` in tags; a browser hashes them with their entities decoded. */
function styleAttributes(html: string): string[] {
  const values = new Set<string>()
  for (const [tag] of html.matchAll(/<[a-z][^\s/>]*(?:[^>"']|"[^"]*"|'[^']*')*>/gi)) {
    const value = /\sstyle="([^"]*)"/i.exec(tag)?.[1]
    if (value !== undefined) values.add(decodeEntities(value))
  }
  return [...values]
}

/** Those that Vue's renderer writes into attributes. */
function decodeEntities(text: string): string {
  return text.replaceAll('&quot;', '"').replaceAll('&#39;', '\'').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

function hashes(texts: string[]): string[] {
  return [...new Set(texts.map(text => `'sha256-${createHash('sha256').update(text).digest('base64')}'`))]
}

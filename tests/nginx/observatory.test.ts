import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../server/support/server.ts'
import { score, type Scanned } from './observatory.ts'
import { ask, type AskOptions } from './support/http.ts'
import { startProduct, type Product } from './support/product.ts'

const PROXY = '127.0.0.9'
const OWN_HOST = 'documents.example'
const FLY_HOST = 'ragtime.fly.dev'
const ORIGIN = 'https://evil.example'

let product: Product
let cookie: string
let setCookies: string[]
beforeAll(async () => {
  product = await startProduct({ proxy: { env: { RAGTIME_TRUSTED_PROXY: `${PROXY}/32` } } })
  const login = await visit(OWN_HOST, '/api/auth/login', { method: 'POST', body: JSON.stringify({ password: PASSWORD }), headers: { 'content-type': 'application/json' } })
  setCookies = login.headers['set-cookie']!
  cookie = setCookies[0]!.split(';')[0]!
})
afterAll(() => product?.stop())

/** As the platform's proxy passes a visitor's request on. */
const visit = (host: string, path: string, { headers, ...options }: AskOptions = {}) =>
  ask(product.nginx.url, path, { from: PROXY, headers: { 'host': host, 'x-forwarded-proto': 'https', 'accept': 'text/html', ...headers }, ...options })

async function scanned(host: string, path: string, headers: Record<string, string> = {}, cookies: string[] = []): Promise<Scanned> {
  const [answer, cors] = [await visit(host, path, { headers }), await visit(host, path, { headers: { ...headers, origin: ORIGIN } })]
  return {
    host,
    headers: answer.headers as Record<string, string>,
    setCookies: [...answer.headers['set-cookie'] ?? [], ...cookies],
    html: answer.text,
    route: [`http://${host}/`, `https://${host}/`],
    cors: { origin: ORIGIN, allowOrigin: cors.headers['access-control-allow-origin'], allowCredentials: cors.headers['access-control-allow-credentials'] },
  }
}

describe('the HTTP Observatory would give', () => {
  it('the page that it sees 135, and 140 under fly.dev', async () => {
    // A scanner without a session is led here from the front page.
    expect((await visit(OWN_HOST, '/')).headers.location).toBe('/login')
    const own = score(await scanned(OWN_HOST, '/login'))
    expect(own.parts).toEqual({
      csp: ['default-src none', 10], cookies: ['none', 0], cors: ['none', 0], redirection: ['to HTTPS', 0], referrerPolicy: ['private', 5],
      hsts: ['six months', 0], sri: ['all scripts', 5], contentTypeOptions: ['nosniff', 0], frameOptions: ['frame-ancestors', 5], corp: ['same-origin', 10],
    })
    expect(own.score).toBe(135)
    expect(score(await scanned(FLY_HOST, '/login')).score).toBe(140)
  })

  it('145, the most there is, for a page with a session, counting its cookie', async () => {
    const page = await scanned(FLY_HOST, '/', { cookie }, setCookies)
    expect(page.html).toContain('<!DOCTYPE html>')
    expect(score(page).score).toBe(145)
  })

  it.each([
    ['/api/auth/session', 130], ['/api/nothing', 130], ['/favicon.svg', 130], ['/health', 130], ['/_nuxt/missing.js', 130], ['/documents', 130],
  ])('not less than 130 for %s', async (path, least) => {
    expect(score(await scanned(OWN_HOST, path)).score).toBeGreaterThanOrEqual(least)
  })

  it('not less than 130 for the page that is shown while the app is away', async () => {
    await product.server.kill('SIGKILL')
    const away = await scanned(OWN_HOST, '/documents')
    expect(away.html).toContain('One moment')
    expect(score(away).score).toBe(130)
    await product.server.start()
  })
})

describe('the hashes in a page', () => {
  it('are those of the files that it loads', async () => {
    const { text } = await visit(OWN_HOST, '/login')
    const tags = [...text.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="(\/_nuxt\/[^"]+)"[^>]* integrity="([^"]+)"/g)]
    expect(tags.length).toBeGreaterThan(5)
    expect(text.match(/<script[^>]* src="[^"]*"/g)).toHaveLength(tags.filter(([tag]) => tag.startsWith('<script')).length)
    for (const [, path, integrity] of tags) {
      const { body } = await visit(OWN_HOST, path!)
      expect(`sha384-${createHash('sha384').update(body).digest('base64')}`).toBe(integrity)
    }
  })
})

describe('the scoring', () => {
  const best = (): Scanned => ({
    host: FLY_HOST,
    headers: { 'content-type': 'text/html', 'content-security-policy': `default-src 'none'; frame-ancestors 'none'`, 'referrer-policy': 'same-origin', 'strict-transport-security': 'max-age=31536000', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'cross-origin-resource-policy': 'same-origin' },
    setCookies: ['session=1; Secure; HttpOnly; SameSite=Lax'],
    html: '<script src="/a.js" integrity="sha384-x"></script>',
    route: [`http://${FLY_HOST}/`, `https://${FLY_HOST}/`],
    cors: { origin: ORIGIN },
  })
  const with_ = (headers: Record<string, string | undefined>, more: Partial<Scanned> = {}) => score({ ...best(), ...more, headers: { ...best().headers, ...headers } }).score

  it('knows the best and the worst', () => {
    expect(score(best()).score).toBe(145)
    const nothing = score({ host: 'x.example', headers: {}, setCookies: ['session=1'], html: '<script src="http://y.example/a.js"></script>', route: ['http://x.example/'], cors: { origin: ORIGIN, allowOrigin: ORIGIN, allowCredentials: 'true' } })
    expect(nothing.score).toBe(0)
  })

  it.each<[string, Record<string, string | undefined>, number, Partial<Scanned>?]>([
    ['no policy, and no framing rule in it', { 'content-security-policy': undefined }, 75],
    ['inline scripts', { 'content-security-policy': `default-src 'none'; script-src 'unsafe-inline'; frame-ancestors 'none'` }, 80],
    ['inline scripts beside a hash', { 'content-security-policy': `default-src 'none'; script-src 'unsafe-inline' 'sha256-x'; frame-ancestors 'none'` }, 145],
    ['inline styles', { 'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'` }, 135],
    ['a source over HTTP', { 'content-security-policy': `default-src 'none'; connect-src http://x.example; frame-ancestors 'none'` }, 80],
    ['pictures over HTTP', { 'content-security-policy': `default-src 'none'; img-src http:; frame-ancestors 'none'` }, 125],
    ['eval', { 'content-security-policy': `default-src 'none'; script-src 'self' 'unsafe-eval'; frame-ancestors 'none'` }, 125],
    ['another default', { 'content-security-policy': `default-src 'self'; frame-ancestors 'none'` }, 140],
    ['a leaking referrer', { 'referrer-policy': 'unsafe-url' }, 135],
    ['sniffing', { 'x-content-type-options': undefined }, 140],
    ['sharing', { 'cross-origin-resource-policy': 'cross-origin' }, 135],
    ['a session open to scripts', {}, 70, { setCookies: ['session=1; Secure; SameSite=Lax'] }],
    ['a script of another site', {}, 135, { html: '<script src="https://cdn.example/a.js"></script>' }],
    ['short HSTS on a host of its own', { 'strict-transport-security': 'max-age=60' }, 130, { host: OWN_HOST }],
  ])('takes points away for %s', (_what, headers, expected, more) => {
    expect(with_(headers, more)).toBe(expected)
  })
})

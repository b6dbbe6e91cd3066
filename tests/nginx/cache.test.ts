import type { IncomingMessage, ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { ask, type AskOptions } from './support/http.ts'
import { startNginx, type Nginx } from './support/nginx.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

let nginx: Nginx
let upstream: Upstream
let visits = 0
let answer: (request: IncomingMessage, response: ServerResponse) => void
const page = (_request: IncomingMessage, response: ServerResponse) => void response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store', 'x-request-id': `app-${visits}`, 'content-security-policy': `default-src 'none'; script-src 'self'` }).end(`visit ${++visits}`)
beforeAll(async () => {
  // A page that is fresh for a second instead of a minute, so that a test can wait for its end.
  nginx = await startNginx({ edit: config => config.replace('proxy_cache_valid 200 1m', 'proxy_cache_valid 200 1s') })
  upstream = await startUpstream(nginx.socket, (request, response) => answer(request, response))
})
beforeEach(() => {
  answer = page
})
afterAll(async () => {
  await nginx?.stop()
  await upstream?.close()
})

let last = 0
/** A page that nobody has asked for yet. */
const fresh = () => `/login?next=%2F${++last}`
const get = (path: string, options: AskOptions = {}) => ask(nginx.url, path, options)
const cacheOf = (path: string) => nginx.access().filter(line => line.path === path).map(({ cache }) => cache)

describe('the page for strangers', () => {
  it('is rendered once, whatever they send', async () => {
    const path = fresh()
    const before = upstream.seen.length
    const first = await get(path)
    const others = [
      await get(path, { headers: { 'cookie': 'theme=dark; other=1', 'accept-language': 'de', 'user-agent': 'x', 'authorization': 'Bearer x' } }),
      await get(path, { from: '127.0.0.7' }),
      await get(path, { method: 'HEAD' }),
    ]
    for (const { status } of others) expect(status).toBe(200)
    expect(others[0]!.text).toBe(first.text)
    expect(upstream.seen.length - before).toBe(1)
    expect(first.headers['cache-control']).toBe('no-store')
    expect(first.headers['content-security-policy']).toBe(`default-src 'none'; script-src 'self'`)
    expect(new Set([first, ...others].map(({ headers }) => headers['x-request-id'])).size).toBe(4)
  })

  it('cannot be changed by the one who asks first', async () => {
    const path = fresh()
    await get(path, { headers: { 'cookie': 'theme=dark', 'x-nuxt-no-ssr': '1', 'accept-language': 'de', 'range': 'bytes=0-1', 'if-none-match': '*', 'x-forwarded-proto': 'https', 'accept': 'application/json' } })
    expect(Object.keys(upstream.seen.at(-1)!.headers).sort()).toEqual(['accept', 'host', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-request-id'])
    expect(upstream.seen.at(-1)!.headers).toMatchObject({ 'accept': 'text/html', 'x-forwarded-proto': 'http' })
    expect((await get(path)).status).toBe(200)
  })

  it('is another one for another host and another address', async () => {
    const path = fresh()
    const before = upstream.seen.length
    await get(path)
    await get(path, { headers: { host: 'evil.example' } })
    await get(fresh())
    expect(upstream.seen.length - before).toBe(3)
  })

  it('is rendered once for many at the same time', async () => {
    const path = fresh()
    const before = upstream.seen.length
    answer = (request, response) => void setTimeout(page, 300, request, response)
    const texts = (await Promise.all(Array.from({ length: 20 }, () => get(path)))).map(({ text }) => text)
    expect(new Set(texts).size).toBe(1)
    expect(upstream.seen.length - before).toBe(1)
  })

  it.each(['ragtime_session', '__Host-ragtime_session'])('is neither kept nor taken from the store for who has the cookie %s', async (name) => {
    const path = fresh()
    const before = upstream.seen.length
    const cookie = { cookie: `a=b; ${name}=token` }
    const personal = await get(path, { headers: cookie })
    expect(upstream.seen.at(-1)!.headers.cookie).toBe(cookie.cookie)
    const stranger = await get(path)
    const again = await get(path, { headers: cookie })
    expect(new Set([personal.text, stranger.text, again.text]).size).toBe(3)
    expect((await get(path)).text).toBe(stranger.text)
    expect(upstream.seen.length - before).toBe(3)
  })

  it.each([
    ['a cookie', 200, { 'set-cookie': 'a=b' }],
    ['a redirect', 302, { location: '/' }],
    ['an error of the app', 500, {}],
    ['what is not there', 404, {}],
    ['a refusal', 429, { 'retry-after': '600' }],
  ])('is not kept when the answer is %s', async (_what, status, headers) => {
    const path = fresh()
    const before = upstream.seen.length
    answer = (_request, response) => void response.writeHead(status, headers as Record<string, string>).end(`visit ${++visits}`)
    const [one, two] = [await get(path), await get(path)]
    expect([one.status, two.status]).toEqual([status, status])
    expect(one.text).not.toBe(two.text)
    expect(upstream.seen.length - before).toBe(2)
    if (status === 429) expect(one.lines.filter(([name]) => name === 'retry-after')).toEqual([['retry-after', '600']])
  })

  it('can only be read', async () => {
    const before = upstream.seen.length
    const refused = await get('/login', { method: 'POST', body: 'x' })
    expect([refused.status, refused.headers.allow]).toEqual([405, 'GET, HEAD'])
    expect(upstream.seen.length).toBe(before)
  })

  it('is renewed behind a visitor who gets the old one, and outlives the app', async () => {
    const path = fresh()
    const first = await get(path)
    await expect.poll(async () => (await get(path)).text, { timeout: 10_000, interval: 200 }).not.toBe(first.text)
    expect(cacheOf('/login')).toEqual(expect.arrayContaining(['MISS', 'HIT']))

    const kept = await get(path)
    await upstream.close()
    try {
      await expect.poll(() => {
        void get(path)
        return nginx.access().filter(line => line.path === '/login').at(-1)!.cache
      }, { timeout: 10_000, interval: 200 }).toMatch(/STALE|UPDATING/)
      const stale = await get(path)
      expect([stale.status, stale.text]).toEqual([200, kept.text])
      expect((await get(fresh())).status).toBe(502)
    }
    finally {
      upstream = await startUpstream(nginx.socket, (request, response) => answer(request, response))
    }
    await expect.poll(async () => (await get(path)).text, { timeout: 10_000, interval: 200 }).not.toBe(kept.text)
  })
})

describe('everything else', () => {
  it.each(['/', '/api/chats', '/login/', '/documents', '/health', '/api/runs/1/events'])('is asked for anew: %s', async (path) => {
    const before = upstream.seen.length
    await get(path)
    await get(path)
    expect(upstream.seen.length - before).toBe(2)
    expect(cacheOf(path)).not.toContain('HIT')
  })
})

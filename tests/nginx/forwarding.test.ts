import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, json, sendRaw } from './support/http.ts'
import { startNginx, type Nginx, type NginxOptions } from './support/nginx.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

/** Another address of this machine stands in for the proxy's, so that tests can be the proxy and not be it. */
const PROXY = '127.0.0.9'
const CLAIMS = {
  'x-forwarded-for': '198.51.100.1',
  'fly-client-ip': '198.51.100.2',
  'x-real-ip': '198.51.100.3',
  'forwarded': 'for=198.51.100.4;proto=https',
  'x-forwarded-proto': 'https',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-port': '443',
  'x-request-id': 'chosen-by-the-visitor',
  'x-nuxt-no-ssr': '1',
}
interface Echo { method: string, url: string, headers: Record<string, string> }

let nginx: Nginx
let upstream: Upstream
async function start(options: NginxOptions): Promise<void> {
  nginx = await startNginx(options)
  upstream = await startUpstream(nginx.socket)
}
async function stop(): Promise<void> {
  await nginx?.stop()
  await upstream?.close()
}
const echo = async (path: string, options = {}): Promise<Echo> => json(await ask(nginx.url, path, options)) as Echo

describe('without a trusted proxy', () => {
  beforeAll(() => start({}))
  afterAll(stop)
  afterEach(() => void (upstream.seen.length = 0))

  it('believes nothing that a request says about where it came from', async () => {
    const { headers } = await echo('/api/echo', { headers: CLAIMS, from: '127.0.0.3' })
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.3', 'x-forwarded-proto': 'http', 'x-forwarded-host': new URL(nginx.url).host, 'host': new URL(nginx.url).host })
    expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
    for (const name of ['fly-client-ip', 'x-real-ip', 'forwarded', 'x-forwarded-port', 'x-nuxt-no-ssr']) expect(headers).not.toHaveProperty(name)
    expect(JSON.stringify(headers)).not.toMatch(/198\.51|evil|chosen/)
  })

  it('tells visitor, app and log the same id', async () => {
    const answer = await ask(nginx.url, '/api/echo?q=1', { headers: { 'x-request-id': 'chosen-by-the-visitor' } })
    const id = (json(answer) as Echo).headers['x-request-id']
    expect(answer.headers['x-request-id']).toBe(id)
    await expect.poll(() => nginx.access().map(line => line.id)).toContain(id)
  })

  it('passes on what belongs to the request as it is', async () => {
    const sent = { 'cookie': 'ragtime_session=abc; a=b', 'accept': 'text/html', 'last-event-id': '7', 'range': 'bytes=0-1', 'origin': 'http://x', 'sec-fetch-site': 'same-origin', 'if-none-match': '"e"' }
    const { url, headers } = await echo('/api/x%2Fy/%C3%A9?a=%20b', { headers: sent })
    expect(url).toBe('/api/x%2Fy/%C3%A9?a=%20b')
    expect(headers).toMatchObject(sent)
    expect(headers).not.toHaveProperty('connection', 'close')
  })

  it('takes any host, and a request without one', async () => {
    expect((await echo('/api/echo', { headers: { host: 'docs.example:8443' } })).headers).toMatchObject({ 'host': 'docs.example:8443', 'x-forwarded-host': 'docs.example:8443' })
    expect(await sendRaw(nginx.port, 'GET /api/echo HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await sendRaw(nginx.port, 'GET /api/echo HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('keeps connections to the app open', async () => {
    const before = upstream.connections()
    for (let i = 0; i < 20; i++) await ask(nginx.url, '/api/echo')
    expect(upstream.connections() - before).toBeLessThanOrEqual(2)
  })

  it('gives the numbers to nobody without a token, and to the private listener', async () => {
    for (const path of ['/metrics', '/metrics?x', '/%6detrics', '//metrics']) {
      expect((await ask(nginx.url, path)).status).toBe(404)
    }
    expect(upstream.seen).toEqual([])
    const { headers } = await echo('/metrics', { headers: { authorization: 'Bearer some token' } })
    expect(headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'authorization': 'Bearer some token' })

    const scraped = json(await ask(nginx.metricsUrl, '/metrics', { headers: { ...CLAIMS, cookie: 'ragtime_session=abc' } })) as Echo
    expect(Object.keys(scraped.headers).sort()).toEqual(['host', 'x-request-id'])
    for (const path of ['/', '/health', '/login', '/api/status', '/metrics/x', '/metrics/../api/status']) {
      expect((await ask(nginx.metricsUrl, path)).status, path).toBe(404)
    }
    expect((await ask(nginx.metricsUrl, '/metrics', { method: 'POST', body: 'x' })).status).toBe(405)
  })
})

describe('with a proxy in front', () => {
  beforeAll(() => start({ env: { RAGTIME_TRUSTED_PROXY: `${PROXY}/32, 10.0.0.0/8` } }))
  afterAll(stop)

  it('takes from it the last address that is not a proxy, and the scheme', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.66, 203.0.113.7, 10.1.2.3', 'x-forwarded-proto': 'https', 'fly-client-ip': '198.51.100.2' }
    expect((await echo('/api/echo', { headers, from: PROXY })).headers).toMatchObject({ 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' })
  })

  it('takes from anybody else nothing', async () => {
    expect((await echo('/api/echo', { headers: CLAIMS, from: '127.0.0.4' })).headers).toMatchObject({ 'x-forwarded-for': '127.0.0.4', 'x-forwarded-proto': 'http' })
  })

  it('takes no scheme but http and https', async () => {
    expect((await echo('/api/echo', { headers: { 'x-forwarded-proto': 'javascript' }, from: PROXY })).headers).toMatchObject({ 'x-forwarded-proto': 'http' })
  })
})

describe('behind Fly', () => {
  beforeAll(() => start({ env: { RAGTIME_TRUSTED_PROXY: 'fly' }, edit: config => config.replaceAll('172.16.0.0/12', `${PROXY}/32`) }))
  afterAll(stop)

  it('takes Fly-Client-IP from its proxy and X-Forwarded-For from nobody', async () => {
    expect((await echo('/api/echo', { headers: { ...CLAIMS, 'fly-client-ip': '2001:db8::7' }, from: PROXY })).headers).toMatchObject({ 'x-forwarded-for': '2001:db8::7', 'x-forwarded-proto': 'https' })
    const direct = await echo('/api/echo', { headers: { 'x-forwarded-for': '198.51.100.1' }, from: PROXY })
    expect(direct.headers).toMatchObject({ 'x-forwarded-for': PROXY })
  })

  it('takes it from nobody else', async () => {
    expect((await echo('/api/echo', { headers: CLAIMS, from: '127.0.0.4' })).headers).toMatchObject({ 'x-forwarded-for': '127.0.0.4', 'x-forwarded-proto': 'http' })
  })
})

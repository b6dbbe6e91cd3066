import { request } from 'node:http'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from './support/server.ts'

interface LogLine { level: string, message: string, id?: string, path?: string, method?: string, status?: number, ms?: number, code?: string }

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
})
afterAll(() => server?.stop())

const BODY = { code: expect.any(String), message: expect.any(String) }

/** A raw request, for what fetch refuses to send. */
function raw(options: { method: string, path: string, headers?: Record<string, string>, body?: Iterable<string> }): Promise<{ status: number, body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(server.url, { ...options, timeout: 10_000 }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', part => body += part).on('end', () => resolve({ status: response.statusCode!, body }))
    })
    call.on('error', reject)
    for (const part of options.body ?? []) call.write(part)
    call.end()
  })
}

function logLines(): LogLine[] {
  return server.logs().split('\n').filter(line => line.startsWith('{')).map(line => JSON.parse(line) as LogLine)
}

describe('requests that change something', () => {
  const send = (headers: Record<string, string>) =>
    server.anonymous('/api/auth/session', { method: 'DELETE', headers: { cookie: 'ragtime_session=none', ...headers } })

  it.each([
    ['another site', { 'sec-fetch-site': 'cross-site', 'origin': 'https://evil.example' }],
    ['a neighbour of the same site', { 'sec-fetch-site': 'same-site', 'origin': 'http://127.0.0.1:1' }],
    ['an old browser on another site', { origin: 'https://evil.example' }],
    ['a sandboxed frame', { origin: 'null' }],
  ])('are refused from %s', async (_name, headers) => {
    const response = await send(headers)
    expect(response.status).toBe(403)
    expect(await response.json()).toEqual({ code: 'cross_site', message: expect.any(String) })
  })

  it('are taken from this site and from programs', async () => {
    expect((await send({ 'sec-fetch-site': 'same-origin' })).status).toBe(204)
    expect((await send({ origin: server.url })).status).toBe(204)
    expect((await send({})).status).toBe(204)
  })

  it('leave the session alone when they are refused', async () => {
    const response = await server.anonymous('/api/auth/session', {
      method: 'DELETE', headers: { 'cookie': server.cookie, 'sec-fetch-site': 'cross-site' },
    })
    expect(response.status).toBe(403)
    expect((await server.json('/api/auth/session')).body).toMatchObject({ authenticated: true })
  })

  it('may read from anywhere: the answer is not readable there', async () => {
    const response = await server.anonymous('/api/auth/session', { headers: { 'origin': 'https://evil.example', 'sec-fetch-site': 'cross-site' } })
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('have nothing to do outside the API', async () => {
    const response = await server.fetch('/', { method: 'POST', body: 'a=b' })
    expect(response.status).toBe(405)
    expect(response.headers.get('allow')).toBe('GET, HEAD')
    expect(await response.json()).toEqual(BODY)
  })
})

describe('errors', () => {
  it('are JSON of one shape for an address that is not there', async () => {
    for (const [path, accept] of [['/api/nothing', '*/*'], ['/api/nothing/at/all', 'text/html'], ['/api', '*/*']] as const) {
      const { status, body, headers } = await server.json(path, { headers: { accept } })
      expect([path, status]).toEqual([path, 404])
      expect(body).toEqual({ code: 'not_found', message: expect.any(String) })
      expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
      expect(headers.get('cache-control')).toBe('no-store')
    }
  })

  it('name the methods that an address takes', async () => {
    const login = await server.json('/api/auth/login', { method: 'GET' })
    expect([login.status, login.body, login.headers.get('allow')]).toEqual([405, { code: 'method_not_allowed', message: expect.stringContaining('GET') }, 'POST'])
    const session = await server.json('/api/auth/session', { method: 'PUT', json: {} })
    expect([session.status, session.headers.get('allow')?.split(', ').sort()]).toEqual([405, ['DELETE', 'GET']])
    // The router remembers what it has found: the answer has to stay the same.
    expect((await server.json('/api/auth/session', { method: 'PUT', json: {} })).status).toBe(405)
    expect((await server.json('/api/auth/session')).status).toBe(200)
  })

  it.each([
    ['cut off', '{"password": "abc'],
    ['not JSON at all', 'password=abc'],
    ['a lone surrogate of nonsense', '\u0000\u0001'],
  ])('say that the body is %s', async (_name, body) => {
    const response = await server.fetch('/api/auth/login', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ code: 'invalid_json', message: expect.any(String) })
  })

  it('refuse a body that is too large, announced or not', async () => {
    const big = JSON.stringify({ password: 'x'.repeat(2 * 1024 * 1024) })
    const announced = await server.fetch('/api/auth/login', { method: 'POST', body: big })
    expect([announced.status, await announced.json()]).toEqual([413, { code: 'body_too_large', message: expect.stringContaining('1 MB') }])
    const parts = Array.from({ length: 32 }, () => 'x'.repeat(64 * 1024))
    const chunked = await raw({ method: 'POST', path: '/api/auth/login', headers: { 'transfer-encoding': 'chunked' }, body: parts })
    expect([chunked.status, JSON.parse(chunked.body)]).toEqual([413, { code: 'body_too_large', message: expect.any(String) }])
  })

  it('tell nothing of what nobody foresaw, and the log everything under the id of the request', async () => {
    const db = new Database(join(server.dataDir, 'ragtime.db'))
    db.exec('ALTER TABLE chats RENAME TO chats_gone')
    const { status, body, headers } = await server.json('/api/chats')
    db.exec('ALTER TABLE chats_gone RENAME TO chats')
    db.close()
    expect([status, body]).toEqual([500, { code: 'internal_error', message: expect.not.stringMatching(/chats|table|sql/i) }])
    const id = headers.get('x-request-id')
    const line = logLines().find(line => line.id === id && line.message !== 'request')
    expect(line).toMatchObject({ level: 'error', code: 'internal_error', path: '/api/chats', error: { message: expect.stringContaining('no such table'), stack: expect.any(String) } })
    expect((await server.json('/api/chats')).status).toBe(200)
  })

  it('show a page where a page was asked for', async () => {
    const response = await server.fetch('/nothing/here', { headers: { accept: 'text/html,application/xhtml+xml' } })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toMatch(/^text\/html/)
    expect(response.headers.get('content-security-policy')).toMatch(/script-src 'self' 'sha256-/)
    expect(await response.text()).toContain('404')
  })

  it.each(['/%E0%A4%A', '/api/%00', '/%2e%2e/%2e%2e/etc/passwd', '/_nuxt/../../../../etc/passwd', '/api/auth/session/%2F'])('survive %s', async (path) => {
    const { status } = await raw({ method: 'GET', path, headers: { cookie: server.cookie } })
    expect(status).toBeGreaterThanOrEqual(400)
    expect(status).toBeLessThan(500)
  })
})

describe('an address written in an odd way', () => {
  it.each([
    '/api/documents/../../login', '/api/documents/%2e%2e/%2e%2e/health', '/login/../api/documents', '/api/auth/session/../../status',
    '//api/documents', '/api//documents', '/API/documents', '/%61pi/documents', 'http://localhost/api/documents',
  ])('%s opens nothing', async (path) => {
    const { status, body } = await raw({ method: 'GET', path, headers: { accept: 'text/html' } })
    expect([301, 302, 400, 401, 404]).toContain(status)
    expect(body).not.toMatch(/"(?:items|authenticated|keyless)":/)
  })
})

describe('the log', () => {
  it('has one line of JSON a request, without the query', async () => {
    const response = await server.fetch('/api/nothing-to-see?q=secret+question')
    const id = response.headers.get('x-request-id')
    expect(id).toMatch(/^[\w-]{36}$/)
    await server.waitFor(() => logLines().some(line => line.id === id), { timeoutMs: 5_000 })
    const lines = logLines().filter(line => line.id === id)
    expect(lines).toEqual([{
      time: expect.stringMatching(/^\d{4}-.*Z$/), level: 'info', message: 'request', id, method: 'GET', path: '/api/nothing-to-see',
      route: '/api/**', status: 404, ms: expect.any(Number), firstByteMs: expect.any(Number), bytesIn: expect.any(Number), bytesOut: expect.any(Number),
      client: 'local', session: expect.stringMatching(/^[0-9a-f]{8}$/), outcome: 'refused', code: 'not_found',
    }])
    expect(server.logs()).not.toContain('secret')
  })

  it('keeps the id that our proxy has given, and no other text', async () => {
    const given = await server.fetch('/api/nothing', { headers: { 'x-request-id': 'proxy-1234567890' } })
    expect(given.headers.get('x-request-id')).toBe('proxy-1234567890')
    const odd = await server.fetch('/api/nothing', { headers: { 'x-request-id': '"},{"level":"error' } })
    expect(odd.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/)
  })

  it('says nothing of a health check that passed', async () => {
    const before = logLines().length
    await server.fetch('/health')
    const { headers } = await server.json('/api/nothing')
    await server.waitFor(() => logLines().some(line => line.id === headers.get('x-request-id')))
    expect(logLines().slice(before).filter(line => line.path === '/health')).toEqual([])
  })
})

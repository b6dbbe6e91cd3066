import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionInfo } from '../../shared/schemas/session.ts'
import { openReadOnly } from '../../server/db/connection.ts'
import { PASSWORD, startAndExpectExit, startServer, type TestServer } from './support/server.ts'

const ENV = { RAGTIME_EMBEDDER: 'none' }

describe('the gate', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ env: ENV })
  })
  afterAll(() => server?.stop())

  const login = (json: unknown, headers: Record<string, string> = {}) =>
    server.anonymous('/api/auth/login', { method: 'POST', json, headers })

  it('gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const response = await login({ password: PASSWORD })
    expect(response.status).toBe(200)
    const body = await response.json() as SessionInfo
    expect(body).toEqual({ authenticated: true, expiresAt: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(Date.parse(body.expiresAt!)).toBeGreaterThan(Date.now() + 6 * 24 * 3_600_000)
    const [cookie] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^ragtime_session=[\w-]{43};/)
    expect(cookie).toMatch(/; HttpOnly/)
    expect(cookie).toMatch(/; SameSite=Lax/)
    expect(cookie).toMatch(/; Path=\//)
    expect(cookie).not.toMatch(/; Secure/)
  })

  it('makes the cookie secure where the browser\'s connection is', async () => {
    const response = await login({ password: PASSWORD }, { 'x-forwarded-proto': 'https' })
    const [cookie] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^__Host-ragtime_session=[\w-]{43};.*; Secure/)
    expect(cookie).not.toMatch(/Domain/i)
    const session = await server.anonymous('/api/auth/session', { headers: { 'cookie': cookie!.split(';')[0]!, 'x-forwarded-proto': 'https' } })
    expect(await session.json()).toMatchObject({ authenticated: true })
  })

  it('renders pages for who is signed in over HTTPS', async () => {
    const [cookie] = (await login({ password: PASSWORD }, { 'x-forwarded-proto': 'https' })).headers.getSetCookie()
    const headers = { 'cookie': cookie!.split(';')[0]!, 'x-forwarded-proto': 'https', 'accept': 'text/html' }
    // What the server asks itself while it renders has to find the session as well.
    expect((await server.anonymous('/documents', { headers })).status).toBe(200)
    const missing = await server.anonymous('/nothing/here', { headers })
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining('<!DOCTYPE html>')])
  })

  it('cannot be used before its script runs, when a browser would put the password into the address', async () => {
    const page = await (await server.anonymous('/login', { headers: { accept: 'text/html' } })).text()
    expect(page).toMatch(/<form[^>]* method="post"/)
    expect(/<button[^>]* type="submit"[^>]*>/.exec(page)![0]).toMatch(/ disabled/)
  })

  it('says so when the password is wrong', async () => {
    const response = await login({ password: 'not the password' }, { 'x-forwarded-for': '198.51.100.1' })
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ code: 'wrong_password', message: expect.any(String) })
    expect(response.headers.getSetCookie()).toEqual([])
  })

  it.each([
    ['no field', {}, [{ path: 'password', message: 'Enter the password.' }]],
    ['an empty field', { password: '' }, [{ path: 'password', message: 'Enter the password.' }]],
    ['a number', { password: 12345678 }, [{ path: 'password', message: 'Enter the password.' }]],
    ['a field too many', { password: PASSWORD, admin: true }, [{ path: '', message: expect.any(String) }]],
    ['no object', 'password', [{ path: '', message: expect.any(String) }]],
  ])('answers %s with 400 and the issue', async (_name, body, issues) => {
    const response = await login(body)
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({ code: 'invalid_request', message: expect.any(String), issues })
  })

  it.each(['', '{"password":', 'password=abc', 'null'])('answers the body %j with 400', async (body) => {
    const response = await server.anonymous('/api/auth/login', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ code: expect.stringMatching(/^invalid_(json|request)$/), message: expect.any(String) })
  })

  it('says whether there is a session, also to who has none', async () => {
    const stranger = await server.anonymous('/api/auth/session')
    expect([stranger.status, await stranger.json()]).toEqual([200, { authenticated: false, expiresAt: null }])
    expect((await server.json<SessionInfo>('/api/auth/session')).body).toEqual({ authenticated: true, expiresAt: expect.any(String) })
  })

  it('throttles a client, says when to come back, and remembers it over a restart', async () => {
    const headers = { 'x-forwarded-for': '198.51.100.66' }
    for (let i = 0; i < 5; i++) expect((await login({ password: `guess ${i}` }, headers)).status).toBe(401)
    const refused = await login({ password: PASSWORD }, headers)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toEqual({ code: 'too_many_attempts', message: expect.stringMatching(/Try again in 10 minutes\.$/) })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(590)
    await server.kill('SIGKILL')
    await server.restart()
    expect((await login({ password: PASSWORD }, headers)).status).toBe(429)
    expect((await login({ password: PASSWORD }, { 'x-forwarded-for': '198.51.100.67' })).status).toBe(200)
  })

  it('keeps the session over a restart and ends it with signing out', async () => {
    const { cookie } = server
    const own = (path: string, method = 'GET') => server.anonymous(path, { method, headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    await server.restart()
    expect(await (await own('/api/auth/session')).json()).toMatchObject({ authenticated: true })
    const out = await own('/api/auth/session', 'DELETE')
    expect(out.status).toBe(204)
    expect(out.headers.getSetCookie()[0]).toMatch(/^ragtime_session=; Max-Age=0/)
    expect(await (await own('/api/auth/session')).json()).toMatchObject({ authenticated: false })
    expect((await own('/api/documents')).status).toBe(401)
    expect((await own('/api/auth/session', 'DELETE')).status).toBe(204)
    await server.signIn()
  })

  it('ends the open event streams of the session that signs out, and of no other', async () => {
    const { cookie } = server
    const mine = await server.fetch('/api/documents/events')
    await server.signIn()
    const other = server.events('/api/documents/events', { timeoutMs: 20_000 })
    const next = other.next()
    await server.anonymous('/api/auth/session', { method: 'DELETE', headers: { cookie, 'sec-fetch-site': 'same-origin' } })
    expect(await mine.text()).toBe(': open\n\n')
    await server.upload([{ name: 'still-here.txt', content: 'The other session still hears of this.' }])
    expect((await next).value).toMatchObject({ type: 'document' })
    await other.return(undefined)
  })

  it('stores neither the password nor the token', async () => {
    const db = openReadOnly(join(server.dataDir, 'ragtime.db'))
    const rows = JSON.stringify([db.prepare('SELECT * FROM sessions').all(), db.prepare('SELECT * FROM login_attempts').all()])
    db.close()
    expect(rows).toContain('198.51.100.66')
    expect(rows).not.toContain(server.cookie.split('=')[1]!)
    expect(rows).not.toContain(PASSWORD)
    expect(server.logs()).not.toContain(PASSWORD)
    expect(server.logs()).not.toContain(server.cookie.split('=')[1]!)
  })

  it('ends every session when the password is changed', async () => {
    const { cookie } = server
    await server.restart({ env: { RAGTIME_PASSWORD: 'another password' } })
    const response = await server.anonymous('/api/auth/session', { headers: { cookie } })
    expect(await response.json()).toMatchObject({ authenticated: false })
    await server.restart({ env: { RAGTIME_PASSWORD: PASSWORD } })
  })
})

describe('who has no session', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ env: ENV, signIn: false })
  })
  afterAll(() => server?.stop())

  it.each([
    ['GET', '/api/documents'], ['POST', '/api/documents'], ['GET', '/api/documents/events'], ['GET', '/api/chats'],
    ['DELETE', '/api/chats/0190c0de-0000-7000-8000-000000000000'], ['GET', '/api/search?q=rag'], ['GET', '/api/status'],
    ['GET', '/api/nothing-here'], ['POST', '/api/auth'], ['GET', '/api/auth/login/'], ['GET', '//api/documents'],
    ['GET', '/missing.png'], ['GET', '/_nuxt/missing.json'], ['GET', '/__nuxt_error?statusCode=200'], ['GET', '/%61pi/documents'],
    ['GET', '/login%2f..%2fapi%2fdocuments.txt'],
  ])('is refused %s %s', async (method, path) => {
    const response = await server.anonymous(path.startsWith('//') ? `${server.url}${path}` : path, { method })
    expect([401, 404]).toContain(response.status)
    if (path.startsWith('/api/')) expect(response.status).toBe(401)
    expect(response.headers.get('content-type')).toMatch(/^application\/json/)
    expect(Object.keys(await response.json() as object)).toEqual(['code', 'message'])
  })

  it.each([
    ['/', '/login'],
    ['/documents', '/login?next=%2Fdocuments'],
    ['/documents/1?start=3&end=9', '/login?next=%2Fdocuments%2F1%3Fstart%3D3%26end%3D9'],
    ['/nothing/here', '/login?next=%2Fnothing%2Fhere'],
  ])('is led from %s to %s', async (path, location) => {
    const response = await server.anonymous(path, { headers: { accept: 'text/html' } })
    expect([response.status, response.headers.get('location')]).toEqual([302, location])
  })

  it('sees the login page, the health and static files', async () => {
    const page = await server.anonymous('/login', { headers: { accept: 'text/html' } })
    expect(page.status).toBeLessThan(500)
    expect(page.headers.get('location')).toBeNull()
    const html = await page.text()
    const script = /src="(\/_nuxt\/[^"]+\.js)"/.exec(html)?.[1]
    expect(script).toBeDefined()
    expect((await server.anonymous(script!)).status).toBe(200)
    expect((await server.anonymous('/health')).status).toBe(200)
  })

  it('is not taken for the owner with a made-up cookie', async () => {
    for (const cookie of ['ragtime_session=', 'ragtime_session=x', `ragtime_session=${'a'.repeat(43)}`, `ragtime_session=${'a'.repeat(5_000)}`]) {
      expect((await server.anonymous('/api/documents', { headers: { cookie } })).status).toBe(401)
    }
  })

  it('does not choose his address when he comes over the network', async () => {
    // From this machine the header is believed, as the proxy's; tests/unit covers the rest.
    const response = await server.anonymous('/api/auth/login', { method: 'POST', json: { password: 'guess' }, headers: { 'x-forwarded-for': 'made up, 203.0.113.9' } })
    expect(response.status).toBe(401)
    const db = openReadOnly(join(server.dataDir, 'ragtime.db'))
    expect(db.prepare('SELECT client FROM login_attempts').pluck().all()).toEqual(['203.0.113.9'])
    db.close()
  })
})

describe('the login page of who is signed in', () => {
  it.each([
    ['', '/'], ['?next=/documents', '/documents'], ['?next=//evil.example', '/'], ['?next=https://evil.example', '/'],
    ['?next=/%5Cevil.example', '/'], ['?next=/login', '/'],
  ])('/login%s leads to %s', async (query, location) => {
    const server = await shared()
    const response = await server.fetch(`/login${query}`, { headers: { accept: 'text/html' } })
    expect([response.status, response.headers.get('location')]).toEqual([302, location])
  })

  let one: Promise<TestServer> | undefined
  const shared = () => one ??= startServer({ env: ENV })
  afterAll(async () => (await one)?.stop())
})

describe('the start', () => {
  it.each([
    ['RAGTIME_PASSWORD', undefined], ['RAGTIME_SESSION_SECRET', undefined], ['RAGTIME_PASSWORD', 'short'], ['RAGTIME_SAMPLES', 'perhaps'],
  ])('is refused with %s=%s, in one line that names it', async (name, value) => {
    const { code, logs } = await startAndExpectExit({ env: { ...ENV, [name]: value } })
    expect(code).toBe(78)
    expect(logs.trim().split('\n')).toEqual([expect.stringMatching(new RegExp(`^ragtime: ${name} `))])
  })
})

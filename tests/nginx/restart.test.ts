import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PASSWORD } from '../server/support/server.ts'
import { uploadTexts } from '../server/support/asking.ts'
import { ask, type AskOptions } from './support/http.ts'
import { startProduct, type Product } from './support/product.ts'

const CANARY = 'canary-of-the-tests'
const TOKEN = 'a token for the metrics of the tests'
const HTML = { accept: 'text/html' }
let product: Product
beforeAll(async () => {
  product = await startProduct({ app: { env: { RAGTIME_METRICS_TOKEN: TOKEN } }, proxy: { env: { RAGTIME_TRUSTED_PROXY: '127.0.0.9/32' } } })
})
afterAll(() => product?.stop())
const get = (path: string, options: AskOptions = {}) => ask(product.nginx.url, path, options)

describe('the app killed and back', () => {
  it('shows what is kept meanwhile, says so for the rest, and then goes on', async () => {
    const [document] = await uploadTexts(product.server, { 'joplin.txt': 'Scott Joplin wrote the Maple Leaf Rag.' })
    const login = await get('/login', { headers: HTML })
    expect(login.status).toBe(200)
    const script = /src="(\/_nuxt\/[^"]+\.js)"/.exec(login.text)![1]!

    await product.server.kill('SIGKILL')
    const signedIn = { headers: { ...HTML, cookie: product.server.cookie } }
    expect((await get('/documents', signedIn)).status).toBe(502)
    expect((await get('/health')).status).toBe(502)
    expect((await get('/login', signedIn)).status).toBe(502)
    expect([(await get('/login', { headers: HTML })).text, (await get(script)).status, (await get('/favicon.ico')).status]).toEqual([login.text, 200, 200])

    // The killed one has left its socket, which the new one has to remove.
    await product.server.start()
    expect((await get('/documents', signedIn)).status).toBe(200)
    expect((await get(`/api/documents/${document}`, signedIn)).status).toBe(200)
  })
})

describe('through the proxy', () => {
  it('a visitor over HTTPS gets a cookie that is bound to it', async () => {
    const login = (options: AskOptions) => get('/api/auth/login', { method: 'POST', body: JSON.stringify({ password: PASSWORD }), ...options })
    const type = { 'content-type': 'application/json' }
    const secure = await login({ headers: { ...type, 'x-forwarded-proto': 'https' }, from: '127.0.0.9' })
    expect(secure.headers['set-cookie']).toEqual([expect.stringMatching(/^__Host-ragtime_session=.*; Secure/)])
    const feigned = await login({ headers: { ...type, 'x-forwarded-proto': 'https' } })
    expect(feigned.headers['set-cookie']).toEqual([expect.stringMatching(/^ragtime_session=/)])
  })

  it('the app counts tries to sign in by the visitor, who cannot choose his address', async () => {
    const guess = (i: number) => get('/api/auth/login', {
      method: 'POST', body: '{"password":"a guess of the tests"}', headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${i}` }, from: '127.0.2.1',
    })
    const statuses: number[] = []
    for (let i = 0; i < 7; i++) statuses.push((await guess(i)).status)
    expect(statuses.slice(0, 5)).toEqual([401, 401, 401, 401, 401])
    expect(statuses.slice(5)).toEqual([429, 429])
  })

  it('the numbers are read with the token, or over the private listener', async () => {
    expect((await get('/metrics')).status).toBe(404)
    expect((await get('/metrics', { headers: { authorization: 'Bearer a wrong token of the tests' } })).status).toBe(401)
    const answers = [await get('/metrics', { headers: { authorization: `Bearer ${TOKEN}` } }), await ask(product.nginx.metricsUrl, '/metrics')]
    for (const { status, text } of answers) {
      expect(status).toBe(200)
      expect(text).toMatch(/^# HELP /m)
    }
  })
})

describe('the log', () => {
  it('has a line of JSON for each request, and nothing that a visitor has written into it', async () => {
    const cookie = `${product.server.cookie}; other=${CANARY}`
    const found = await get(`/api/search?q=${CANARY}`, { headers: { cookie, 'referer': `http://x/${CANARY}`, 'user-agent': CANARY } })
    expect(found.status).toBe(200)
    await get(`/documents?next=${CANARY}`, { headers: HTML })
    await get(`/api/search?q=${CANARY}`, { headers: { cookie: `a=${CANARY.repeat(600)}` } })
    await product.server.kill('SIGKILL')
    // The errors about a request would carry its query.
    expect((await get(`/api/search?q=${CANARY}`, { headers: { cookie } })).status).toBe(502)
    await expect.poll(() => product.nginx.access().at(-1)).toMatchObject({ path: '/api/search', status: 502 })
    expect(product.nginx.output() + product.nginx.errors()).not.toContain(CANARY)
    expect(product.nginx.errors()).toBe('')

    const line = product.nginx.access().find(({ id }) => id === found.headers['x-request-id'])
    expect(line).toMatchObject({ level: 'info', message: 'access', method: 'GET', path: '/api/search', status: 200, client: '127.0.0.1', appStatus: '200', seconds: expect.any(Number), sent: expect.any(Number), received: expect.any(Number), cache: '' })
    expect(Object.keys(line!).sort()).toEqual(['appConnectSeconds', 'appSeconds', 'appStatus', 'cache', 'client', 'id', 'level', 'message', 'method', 'path', 'received', 'seconds', 'sent', 'status', 'time'])
    expect(product.server.logs()).toContain(`"id":"${found.headers['x-request-id']}"`)
  })

  it('leaves out what goes well all the time, and tells when it does not', () => {
    const quiet = product.nginx.access().filter(({ path }) => path === '/health' || path.startsWith('/_nuxt/'))
    expect(quiet.length).toBeGreaterThan(0)
    expect(quiet.filter(({ status }) => status < 400)).toEqual([])
  })
})

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commonHeaders, WORKER_POLICY } from '../../server/utils/security-headers.ts'
import { uploadTexts } from '../server/support/asking.ts'
import { copyOfOutput } from '../server/support/output.ts'
import { ask, sendRaw, type Answer, type AskOptions } from './support/http.ts'
import { startProduct, type Product } from './support/product.ts'

/** What every answer carries; the policy of a page and of a document are the app's and are looked at apart. */
const { 'content-security-policy': POLICY, ...COMMON } = commonHeaders({ secure: true })
const HTML = { accept: 'text/html' }
const HTML_TYPE = /^text\/html/

let product: Product
let document: string
let script: string
beforeAll(async () => {
  product = await startProduct()
  document = (await uploadTexts(product.server, { 'joplin.txt': 'Scott Joplin wrote the Maple Leaf Rag.' }))[0]!
  script = /src="(\/_nuxt\/[^"]+\.js)"/.exec((await get('/login')).text)![1]!
})
afterAll(() => product?.stop())

const get = (path: string, options: AskOptions = {}) => ask(product.nginx.url, path, options)
const signedIn = (headers: Record<string, string> = {}) => ({ headers: { cookie: product.server.cookie, ...headers } })

function expectHeaders({ lines, headers }: Answer): void {
  for (const [name, value] of Object.entries(COMMON)) {
    expect(lines.filter(([given]) => given === name), name).toEqual([[name, value]])
  }
  for (const name of ['content-security-policy', 'x-request-id', 'server', 'date', 'content-type', 'cache-control', 'content-length', 'etag', 'retry-after', 'vary', 'location']) {
    expect(lines.filter(([given]) => given === name).length, name).toBeLessThanOrEqual(1)
  }
  expect(headers['content-security-policy']).toContain(`default-src 'none'`)
  expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
  expect(headers.server).toBe('nginx')
  expect(headers).not.toHaveProperty('x-powered-by')
  expect(headers).not.toHaveProperty('access-control-allow-origin')
}

describe('every answer carries each header once', () => {
  it.each<[string, string, number, (() => AskOptions)?]>([
    ['the page for strangers', '/login', 200, () => ({ headers: HTML })],
    ['the page for strangers from the store', '/login', 200, () => ({ headers: HTML })],
    ['a way to it', '/documents', 302, () => ({ headers: HTML })],
    ['a rendered page', '/', 200, () => signedIn(HTML)],
    ['an error page', '/chats/nothing/here', 404, () => signedIn(HTML)],
    ['the API', '/api/status', 200, () => signedIn()],
    ['an API without a session', '/api/status', 401],
    ['an unknown API', '/api/nothing', 404, () => signedIn()],
    ['a wrong request', '/api/chats', 400, () => ({ ...signedIn({ 'content-type': 'application/json' }), method: 'POST', body: '{' })],
    ['a request of another site', '/api/chats', 403, () => ({ ...signedIn({ origin: 'https://evil.example' }), method: 'POST', body: '{}' })],
    ['signing out', '/api/auth/session', 204, () => ({ method: 'DELETE' })],
    ['health', '/health', 200],
    ['the numbers', '/metrics', 404],
    ['a picture', '/favicon.ico', 200],
    ['what the browser has', '/favicon.ico', 304, () => ({ headers: { 'if-none-match': '*' } })],
    ['a missing file', '/_nuxt/missing.js', 404],
    ['a method that is not taken', '/favicon.ico', 405, () => ({ method: 'POST' })],
    ['a body that is too large', '/api/chats', 413, () => ({ method: 'POST', body: Buffer.alloc(1024 * 1024 + 1) })],
  ])('%s', async (_what, path, status, options) => {
    const answer = await get(path, options?.())
    expect(answer.status).toBe(status)
    expectHeaders(answer)
    if (!HTML_TYPE.test(answer.headers['content-type'] ?? '') || status === 302) expect(answer.headers['content-security-policy']).toBe(POLICY)
  })

  it('a built file, in each encoding', async () => {
    for (const encoding of ['identity', 'gzip', 'br']) expectHeaders(await get(script, { headers: { 'accept-encoding': encoding } }))
  })

  it('the worker of the viewer, which may load a decoder of ours and nothing else, and what it loads', async () => {
    const files = readdirSync(`${copyOfOutput().dir}/public/_nuxt`, { recursive: true, encoding: 'utf8' })
    const worker = await get(`/_nuxt/${files.find(name => name.startsWith('pdf.worker') && name.endsWith('.mjs'))}`)
    expectHeaders(worker)
    expect([worker.status, worker.headers['content-type'], worker.headers['content-security-policy']]).toEqual([200, 'text/javascript; charset=utf-8', WORKER_POLICY])
    for (const ending of ['jbig2_nowasm_fallback.js', 'UniGB-UTF16-H.bcmap', 'FoxitSerif.pfb']) {
      const file = await get(`/_nuxt/${files.find(name => name.endsWith(ending))}`)
      expectHeaders(file)
      expect([file.status, file.headers['cache-control'], file.headers['content-security-policy']]).toEqual([200, 'public, max-age=31536000, immutable', POLICY])
    }
  })

  it('an original document, which may do nothing at all', async () => {
    const answer = await get(`/api/documents/${document}/file`, signedIn())
    expectHeaders(answer)
    expect(answer.headers['content-security-policy']).toBe(`sandbox; default-src 'none'`)
  })

  it('a stream of events', async () => {
    const response = await product.server.fetch('/api/documents/events')
    for (const [name, value] of Object.entries(COMMON)) expect(response.headers.get(name), name).toBe(value)
    expect(response.headers.get('x-accel-buffering')).toBeNull()
    await response.body?.cancel()
  })

  it('what is no HTTP', async () => {
    const answer = await sendRaw(product.nginx.port, 'GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')
    for (const [name, value] of Object.entries(COMMON)) expect(answer.toLowerCase().split(`${name}: ${value.toLowerCase()}\r\n`)).toHaveLength(2)
    expect(answer).not.toContain('nginx/')
  })

  it('what there is while the app is not there, to a person and to a program', async () => {
    await product.server.kill('SIGKILL')
    const [page, api, head, posted] = await Promise.all([
      get('/documents?q=1', { headers: HTML }), get('/api/status', { headers: HTML }), get('/', { method: 'HEAD', headers: HTML }),
      get('/api/chats', { method: 'POST', body: '{}' }),
    ])
    for (const answer of [page, api, head, posted]) {
      expectHeaders(answer)
      expect([answer.status, answer.headers['retry-after'], answer.headers['cache-control']]).toEqual([502, '3', 'no-store'])
    }
    for (const answer of [api, posted]) expect(JSON.parse(answer.text)).toEqual({ code: 'unavailable', message: expect.stringContaining('try again') })
    expect(page.headers['content-type']).toMatch(/^text\/html/)
    expect(page.text).toMatch(/<meta http-equiv="refresh" content="\d">/)
    expect(page.text).not.toMatch(/<script|\son\w+=|\sstyle=|https?:/)
    const style = /<style>([^]*?)<\/style>/.exec(page.text)![1]!
    expect(page.headers['content-security-policy']).toContain(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}';`)
    expect(head.text).toBe('')
  })
})

it('the list of nginx is the one of the app', () => {
  const config = readFileSync(new URL('../../deploy/nginx/nginx.conf.template', import.meta.url), 'utf8')
  const hidden = readFileSync(new URL('../../deploy/nginx/proxy.conf', import.meta.url), 'utf8')
  const ours = new Set(['cache-control', 'retry-after', 'allow', 'x-request-id'])
  const added = [...config.matchAll(/^ *add_header ([\w-]+) /gm)].map(match => match[1]!.toLowerCase())
  expect(added.filter(name => !ours.has(name)).sort()).toEqual([...Object.keys(COMMON), 'content-security-policy'].sort())
  expect(config.split(`set $own_policy "${POLICY}"`)).toHaveLength(3)
  expect(config).toContain(`default "${POLICY}";`)
  expect(config).toContain(`"${WORKER_POLICY}";`)
  const away = [...hidden.matchAll(/^proxy_hide_header ([\w-]+);$/gm)].map(match => match[1]!.toLowerCase())
  expect(added.filter(name => name !== 'cache-control' && !away.includes(name))).toEqual([])
})

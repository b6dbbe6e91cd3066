import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uploadTexts } from '../server/support/asking.ts'
import { copyOfOutput } from '../server/support/output.ts'
import { ask, json, sendRaw, type AskOptions } from './support/http.ts'
import { startProduct, type Product } from './support/product.ts'

const TEXT = 'Scott Joplin wrote the Maple Leaf Rag in Sedalia. '.repeat(100)
let product: Product
let document: string
let publicDir: string
let script: string
beforeAll(async () => {
  product = await startProduct()
  document = (await uploadTexts(product.server, { 'joplin.txt': TEXT }))[0]!
  publicDir = join(copyOfOutput().dir, 'public')
  script = `/_nuxt/${readdirSync(join(publicDir, '_nuxt')).find(name => name.endsWith('.js.br'))!.replace(/\.br$/, '')}`
})
afterAll(() => product?.stop())

const get = (path: string, options: AskOptions = {}) => ask(product.nginx.url, path, options)
const own = (headers: Record<string, string> = {}) => ({ headers: { cookie: product.server.cookie, ...headers } })

describe('built files', () => {
  it('come from the disk, in the encoding that the browser takes, for good', async () => {
    const original = readFileSync(join(publicDir, script))
    for (const [accepted, encoding, decode] of [
      ['gzip, deflate, br', 'br', brotliDecompressSync], ['gzip', 'gzip', gunzipSync], ['identity', undefined, (body: Buffer) => body],
    ] as const) {
      const answer = await get(script, { headers: { 'accept-encoding': accepted } })
      expect(answer.headers).toMatchObject({
        'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=31536000, immutable', 'vary': 'Accept-Encoding', 'etag': expect.stringMatching(/^"/),
      })
      expect(answer.headers['content-encoding']).toBe(encoding)
      expect(Number(answer.headers['content-length'])).toBe(answer.body.length)
      expect(Buffer.compare(decode(answer.body), original)).toBe(0)
      if (encoding) expect(answer.body.length).toBe(statSync(join(publicDir, `${script}.${encoding === 'br' ? 'br' : 'gz'}`)).size)
    }
  })

  it('have the types of every file that is built', async () => {
    // Character maps (.bcmap) are tables in a form of their own, for which there is no type.
    const names = readdirSync(publicDir, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile() && /\./.test(entry.name) && !/\.(?:br|gz|bcmap)$/.test(entry.name))
    const seen = new Set<string>()
    for (const { parentPath, name } of names) {
      const extension = name.split('.').at(-1)!
      if (seen.has(extension)) continue
      seen.add(extension)
      const answer = await get(join('/', parentPath.slice(publicDir.length), name))
      expect([name, answer.status, answer.headers['content-type']]).toEqual([name, 200, expect.not.stringContaining('octet-stream')])
    }
    expect([...seen]).toEqual(expect.arrayContaining(['js', 'css', 'woff2', 'svg', 'png', 'ico', 'json', 'webmanifest']))
  })

  it('say anew each time which build is the newest', async () => {
    const latest = await get('/_nuxt/builds/latest.json')
    expect([latest.status, latest.headers['cache-control']]).toEqual([200, 'no-cache'])
    const { id } = json(latest) as { id: string }
    expect((await get(`/_nuxt/builds/meta/${id}.json`)).headers['cache-control']).toBe('public, max-age=31536000, immutable')
  })

  it('are kept shortly when their name does not change with them', async () => {
    const icon = await get('/favicon.ico')
    expect(icon.headers['cache-control']).toBe('public, max-age=3600')
    const again = await get('/favicon.ico', { headers: { 'if-none-match': icon.headers.etag! } })
    expect([again.status, again.body.length]).toEqual([304, 0])
  })

  it('that are missing are not kept', async () => {
    const missing = await get('/_nuxt/gone.js', { headers: { accept: 'text/html' } })
    expect([missing.status, missing.headers['cache-control'], json(missing)]).toEqual([404, 'no-store', { code: 'not_found', message: expect.any(String) }])
    expect((await get('/_nuxt/')).status).not.toBe(200)
  })

  it('come in ranges, and only when they are still the same', async () => {
    const whole = await get('/og.png')
    const part = await get('/og.png', { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.headers['content-range']]).toEqual([206, `bytes 10-19/${whole.body.length}`])
    expect(Buffer.compare(part.body, whole.body.subarray(10, 20))).toBe(0)
    expect((await get('/og.png', { headers: { 'range': 'bytes=10-19', 'if-range': '"old"' } })).status).toBe(200)
    const beyond = await get('/og.png', { headers: { range: 'bytes=999999999-' } })
    expect([beyond.status, json(beyond)]).toEqual([416, { code: 'range_not_satisfiable', message: expect.any(String) }])
  })
})

describe('original documents', () => {
  it('come in ranges, with their own length and tag, not compressed', async () => {
    const path = `/api/documents/${document}/file`
    const whole = await get(path, own({ 'accept-encoding': 'gzip, br' }))
    expect([whole.status, whole.text, whole.headers['content-encoding'], whole.headers['content-length']]).toEqual([200, TEXT, undefined, String(TEXT.length)])
    expect(whole.headers['cache-control']).toBe('private, no-cache')
    const part = await get(path, own({ range: 'bytes=-5' }))
    expect([part.status, part.text, part.headers['content-range']]).toEqual([206, TEXT.slice(-5), `bytes ${TEXT.length - 5}-${TEXT.length - 1}/${TEXT.length}`])
    expect((await get(path, own({ range: 'bytes=999999-' }))).status).toBe(416)
    const again = await get(path, own({ 'if-none-match': whole.headers.etag! }))
    expect([again.status, again.body.length]).toEqual([304, 0])
    const head = await ask(product.nginx.url, path, { ...own(), method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, String(TEXT.length), 0])
  })
})

describe('answers of the app', () => {
  it('are compressed where it pays, and kept nowhere', async () => {
    const page = await get('/', own({ 'accept': 'text/html', 'accept-encoding': 'gzip' }))
    expect(page.headers).toMatchObject({ 'content-encoding': 'gzip', 'cache-control': 'no-store', 'vary': 'Accept-Encoding' })
    expect(gunzipSync(page.body).toString()).toContain('<!DOCTYPE html>')
    const api = await get(`/api/documents/${document}/text?start=0&end=4000`, own({ 'accept-encoding': 'gzip' }))
    expect(gunzipSync(api.body).toString()).toBe(TEXT.slice(0, 4000))
    for (const path of ['/api/status', '/api/chats', '/api/documents', '/health']) expect((await get(path, own())).headers['cache-control']).toBe('no-store')
  })
})

describe('methods', () => {
  it('HEAD gives what GET would, without the body', async () => {
    for (const path of [script, '/login', '/health', '/favicon.svg']) {
      const [head, full] = [await get(path, { method: 'HEAD' }), await get(path)]
      expect([path, head.status, head.body.length, head.headers['content-type']]).toEqual([path, full.status, 0, full.headers['content-type']])
    }
  })

  it.each([['POST', '/favicon.ico'], ['PUT', '/_nuxt/x.js'], ['DELETE', '/login'], ['OPTIONS', '/favicon.ico'], ['OPTIONS', '/login'], ['POST', '/documents'], ['TRACE', '/'], ['TRACE', '/api/status']])('%s %s is refused', async (method, path) => {
    const answer = await get(path, { method })
    expect([404, 405]).toContain(answer.status)
    expect(json(answer)).toMatchObject({ code: expect.any(String), message: expect.any(String) })
    if (answer.status === 405) expect(answer.headers.allow).toBe('GET, HEAD')
    expect(answer.headers).not.toHaveProperty('access-control-allow-methods')
  })

  it('CONNECT and what is no method are none', async () => {
    for (const line of ['CONNECT example.com:443 HTTP/1.1', 'get / HTTP/1.1', 'FOO / HTTP/9.9']) {
      expect(await sendRaw(product.nginx.port, `${line}\r\nHost: test\r\nConnection: close\r\n\r\n`)).toMatch(/^HTTP\/1\.1 (?:400|405|505) /)
    }
  })
})

describe('tricks with paths', () => {
  it.each([
    '/_nuxt/../server/index.mjs', '/_nuxt/..%2fserver/index.mjs', '/_nuxt/%2e%2e/%2e%2e/server/index.mjs', '/_nuxt/%2e%2e%2fserver%2findex.mjs',
    '//server/index.mjs', '/../../../etc/passwd', '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2f..%2fetc%2fpasswd', '/_nuxt..%2fserver/index.mjs', '/_nuxt../server/index.mjs',
    '/nitro.json', '/../nitro.json', '/.ragtime/error', '/.ragtime/unavailable.html', '/_nuxt/%00', '/favicon.ico%00.js', '/_nuxt\\..\\server\\index.mjs', '/%5c..%5cserver',
  ])('%s leads nowhere', async (path) => {
    const answer = await get(path)
    expect(answer.status).not.toBe(200)
    expect(answer.status).toBeLessThan(500)
    expect(answer.text).not.toMatch(/import |root:|preset/)
  })

  it.each(['//api/status', '/api//status', '/x/../api/status', '/%61pi/status', '/api%2fstatus', '/api/./status', '/API/status', '/api/status/', '/api/status;x', '/api/status%00'])('%s opens nothing to a stranger', async (path) => {
    const answer = await get(path)
    expect([301, 302, 400, 401, 404]).toContain(answer.status)
    expect(answer.text).not.toContain('searchMode')
  })
})

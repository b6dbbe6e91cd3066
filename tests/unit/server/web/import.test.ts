import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { acceptFiles } from '../../../../server/ingest/accept.ts'
import { PUBLIC_WEB, isPublicAddress, type WebGuard } from '../../../../server/web/guard.ts'
import { fetchFromWeb, type ImportOptions } from '../../../../server/web/import.ts'
import { harness } from '../ingest/support/harness.ts'

const MB = 1024 * 1024
let folder: string
let port: number
let answer: RequestListener
let requests: IncomingMessage[] = []
const server = createServer((request, response) => {
  requests.push(request)
  answer(request, response)
})

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragtime-web-'))
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(() => {
  requests = []
})

/** The public web and, in its midst, this test's server. */
const guard = (): WebGuard => ({ ports: new Set([80, 443, port]), allows: address => address === '127.0.0.1' || isPublicAddress(address) })
const resolve = async () => [{ address: '127.0.0.1', family: 4 }]
const fetchFrom = (address: string, options: Partial<ImportOptions> = {}) =>
  fetchFromWeb(address.replace('site.com', `site.com:${port}`), { folder, maxBytes: MB, userAgent: 'Ragtime/test', guard: guard(), resolve, ...options })
const left = () => readdirSync(folder)
const send = (body: string | Buffer, headers: Record<string, string> = {}, status = 200): RequestListener => (_, response) => {
  response.writeHead(status, { 'content-type': 'text/html', ...headers })
  response.end(body)
}

describe('fetching', () => {
  it('brings a page as an upload would be', async () => {
    answer = send('<!doctype html><title>Rags</title><img src="/x.png"><p>Joplin.</p>', { 'set-cookie': 'a=b' })
    const before = Date.now()
    const file = await fetchFrom('http://site.com/articles/rags?x=1#end')
    expect(readFileSync(file.path, 'utf8')).toContain('Joplin.')
    expect(file).toMatchObject({ filename: 'rags.html', bytes: 66, title: null, source: { url: `http://site.com:${port}/articles/rags?x=1` } })
    expect(Date.parse(file.source!.fetchedAt)).toBeGreaterThanOrEqual(before)
    expect(requests).toHaveLength(1)
    expect(requests[0]!.headers).toMatchObject({ 'host': `site.com:${port}`, 'user-agent': 'Ragtime/test' })
    expect(Object.keys(requests[0]!.headers)).not.toEqual(expect.arrayContaining(['cookie']))
    expect(Object.keys(requests[0]!.headers)).not.toEqual(expect.arrayContaining(['referer']))
    await rm(file.path)
  })

  it.each<[string, Record<string, string>, string, string]>([
    ['a given name', { 'content-disposition': 'attachment; filename="report.pdf"' }, '/download', 'report.pdf'],
    ['a name in UTF-8', { 'content-disposition': 'attachment; filename*=UTF-8\'\'caf%C3%A9.pdf' }, '/download', 'café.pdf'],
    ['the path', {}, '/a/na%C3%AFve.htm', 'naïve.htm'],
    ['the path and the type', { 'content-type': 'application/pdf' }, '/1234', '1234.pdf'],
    ['the site', {}, '/', 'site.com.html'],
    ['a broken path', {}, '/%E0%A4%A', '%E0%A4%A.html'],
  ])('takes its name from %s', async (_, headers, path, filename) => {
    answer = send('x', headers)
    const file = await fetchFrom(`http://site.com${path}`)
    expect(file.filename).toBe(filename)
    await rm(file.path)
  })

  it.each([['gzip', gzipSync], ['br', brotliCompressSync]] as const)('unpacks %s', async (encoding, pack) => {
    answer = send(pack('<p>Joplin.</p>'), { 'content-encoding': encoding })
    const file = await fetchFrom('http://site.com/')
    expect(readFileSync(file.path, 'utf8')).toBe('<p>Joplin.</p>')
    await rm(file.path)
  })

  it('keeps the encoding that only the answer names', async () => {
    answer = send(Buffer.from('<p>\xCF\xF0\xE8\xE2\xE5\xF2</p>', 'latin1'), { 'content-type': 'text/html; charset=windows-1251' })
    const file = await fetchFrom('http://site.com/')
    expect(readFileSync(file.path, 'utf8')).toBe('\uFEFF<p>Привет</p>')
    expect(file.bytes).toBe(22)
    await rm(file.path)
  })

  it('follows redirects and keeps the address that was asked for', async () => {
    answer = (request, response) => request.url === '/end' ? send('<p>End.</p>')(request, response) : response.writeHead(302, { location: '/end' }).end()
    const file = await fetchFrom('http://site.com/start')
    expect(file).toMatchObject({ filename: 'end.html', source: { url: `http://site.com:${port}/start` } })
    await rm(file.path)
  })

  it('makes a document that knows where it came from', async () => {
    const h = harness()
    const quiet = { ...h, ingest: { kick() {}, retry: h.ingest.retry } }
    answer = send('Joplin wrote rags.', { 'content-type': 'text/plain' })
    const { documents: [document] } = await acceptFiles(quiet, [await fetchFrom('http://site.com/rags.txt')])
    expect(document).toMatchObject({ title: 'rags', filename: 'rags.txt', mediaType: 'text/plain', source: { url: `http://site.com:${port}/rags.txt` } })
    const again = await acceptFiles(quiet, [await fetchFrom('http://site.com/other.txt')])
    expect(again.duplicates.map(({ id }) => id)).toEqual([document!.id])
  })
})

describe('what cannot be added says why and leaves nothing', () => {
  it.each<[number, string]>([[401, 'web_refused'], [403, 'web_refused'], [404, 'web_not_found'], [410, 'web_not_found'], [429, 'web_busy'], [500, 'web_failed'], [503, 'web_failed'], [204, 'web_failed'], [206, 'web_failed'], [304, 'web_failed']])('status %i', async (status, code) => {
    answer = send('', {}, status)
    await expect(fetchFrom('http://site.com/')).rejects.toMatchObject({ code, status: 422 })
    expect(left()).toEqual([])
  })

  it.each<[string, RequestListener]>([
    ['says that it is large', (_, response) => response.writeHead(200, { 'content-length': String(2 * MB) }).write('x')],
    ['is larger than it says', (_, response) => void response.writeHead(200).end(Buffer.alloc(2 * MB))],
    ['is a bomb', (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(200 * MB)))],
    ['is a bomb of the other kind', (_, response) => void response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(Buffer.alloc(50 * MB)))],
  ])('a file that %s', async (_, listener) => {
    answer = listener
    await expect(fetchFrom('http://site.com/')).rejects.toMatchObject({ code: 'file_too_large', status: 413 })
    expect(left()).toEqual([])
  })

  it.each<[string, RequestListener, string]>([
    ['never answers', () => {}, 'web_too_slow'],
    ['falls silent', (_, response) => void response.writeHead(200).write('x'), 'web_too_slow'],
    ['breaks off', (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('x', () => response.destroy()), 'web_unreachable'],
    ['answers with nonsense', request => void request.socket.end('nonsense\r\n\r\n'), 'web_unreachable'],
    ['sends headers without end', request => void request.socket.write(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(100_000)}`), 'web_unreachable'],
    ['packs in an unknown way', send('x', { 'content-encoding': 'zstd' }), 'web_failed'],
    ['packs twice', send('x', { 'content-encoding': 'gzip, gzip' }), 'web_failed'],
    ['breaks its packing', send('x', { 'content-encoding': 'gzip' }), 'web_unreachable'],
    ['redirects without end', (_, response) => void response.writeHead(301, { location: '/' }).end(), 'web_too_many_redirects'],
    ['redirects nowhere', (_, response) => void response.writeHead(301).end(), 'web_failed'],
    ['redirects to this machine', (_, response) => void response.writeHead(307, { location: `http://127.0.0.2:${port}/` }).end(), 'web_address_refused'],
    ['redirects to metadata', (_, response) => void response.writeHead(302, { location: 'http://[::ffff:169.254.169.254]/latest/' }).end(), 'web_address_refused'],
    ['redirects to another protocol', (_, response) => void response.writeHead(302, { location: 'file:///etc/passwd' }).end(), 'web_address_invalid'],
    ['redirects to another port', (_, response) => void response.writeHead(302, { location: 'http://site.com:6379/' }).end(), 'web_address_refused'],
  ])('a site that %s', async (_, listener, code) => {
    answer = listener
    await expect(fetchFrom('http://site.com/', { idleMs: 300 })).rejects.toMatchObject({ code })
    expect(left()).toEqual([])
  })

  it('a site that drips for longer than there is time', async () => {
    const timers: NodeJS.Timeout[] = []
    answer = (_, response) => void timers.push(setInterval(() => response.write('x'), 20))
    await expect(fetchFrom('http://site.com/', { timeoutMs: 500 })).rejects.toMatchObject({ code: 'web_too_slow' })
    for (const timer of timers) clearInterval(timer)
    expect(left()).toEqual([])
  })

  it('and no connection is left open', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': String(2 * MB) }).write('x')
    await expect(fetchFrom('http://site.com/')).rejects.toMatchObject({ code: 'file_too_large' })
    const open = () => new Promise<number>(resolve => server.getConnections((_, count) => resolve(count)))
    await expect.poll(open, { timeout: 10_000 }).toBe(0)
  })

  it('a port that nobody listens to', async () => {
    const free = createServer()
    await new Promise<void>(resolve => free.listen(0, '127.0.0.1', resolve))
    const closed = (free.address() as AddressInfo).port
    await new Promise(resolve => free.close(resolve))
    await expect(fetchFromWeb(`http://site.com:${closed}/`, { folder, maxBytes: MB, userAgent: 'x', resolve, guard: { ...guard(), ports: new Set([closed]) } })).rejects.toMatchObject({ code: 'web_unreachable' })
  })

  it('a name that is not there', async () => {
    await expect(fetchFrom('http://site.com/', { resolve: () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' })) })).rejects.toMatchObject({ code: 'web_not_found' })
    await expect(fetchFrom('http://site.com/', { resolve: async () => [] })).rejects.toMatchObject({ code: 'web_not_found' })
  })
})

describe('a name is checked by what is connected to', () => {
  const withWeb = { ...PUBLIC_WEB }

  it.each([[['127.0.0.1']], [['93.184.215.14', '10.0.0.1']], [['::1']], [['fdaa:0:1::3']], [['169.254.169.254']], [['64:ff9b::7f00:1']]])('%j is refused', async (addresses) => {
    const lookup = async () => addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 }))
    await expect(fetchFromWeb('http://site.com/', { folder, maxBytes: MB, userAgent: 'x', guard: withWeb, resolve: lookup })).rejects.toMatchObject({ code: 'web_address_refused' })
    expect(requests).toEqual([])
  })

  it('a name that changes its address between two requests is refused at the second', async () => {
    let asked = 0
    const rebinding = async () => [{ address: asked++ === 0 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    answer = (_, response) => void response.writeHead(302, { location: '/again' }).end()
    await expect(fetchFrom('http://site.com/', { resolve: rebinding })).rejects.toMatchObject({ code: 'web_address_refused' })
    expect(asked).toBe(2)
    expect(requests).toHaveLength(1)
  })
})

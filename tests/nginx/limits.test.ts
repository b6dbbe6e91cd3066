import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MAX_REQUEST_BYTES } from '../../server/utils/upload.ts'
import { MAX_JSON_BYTES } from '../../server/utils/validation.ts'
import { ask, json, sendRaw, type Answer } from './support/http.ts'
import { startNginx, type Nginx } from './support/nginx.ts'
import { startUpstream, type Upstream } from './support/upstream.ts'

const QUESTION = '/api/chats/01890a5d-ac96-774b-bcce-b302099a8057/messages'
const AGAIN = '/api/messages/01890a5d-ac96-774b-bcce-b302099a8057/runs'
const IMPORT = '/api/documents/import'
const LOGIN = '/api/auth/login'

let nginx: Nginx
let upstream: Upstream
/** Requests that are held open until they are let go. */
const held: (() => void)[] = []
beforeAll(async () => {
  nginx = await startNginx({
    env: { RAGTIME_TRUSTED_PROXY: '127.0.0.9/32' },
    // The waiting times of the shipped configuration, but short.
    edit: config => config.replace('client_header_timeout 10s', 'client_header_timeout 1s').replace('client_body_timeout 15s', 'client_body_timeout 1s'),
  })
  upstream = await startUpstream(nginx.socket, (request, response) => {
    if (request.url === '/api/hold') held.push(() => response.end())
    else request.once('end', () => response.end('{}'))
  })
})
afterAll(async () => {
  await nginx?.stop()
  await upstream?.close()
})

const post = (path: string, from: string, headers: Record<string, string> = {}): Promise<Answer> => ask(nginx.url, path, { method: 'POST', body: '{}', headers, from })
async function postMany(count: number, path: string, from: string): Promise<Answer[]> {
  const answers: Answer[] = []
  // Ten at a time: faster than the rate, well under the limit of connections.
  for (let i = 0; i < count; i += 10) answers.push(...await Promise.all(Array.from({ length: 10 }, () => post(path, from))))
  return answers
}

describe('rates', () => {
  it.each([
    ['tries to sign in', LOGIN, 20, '127.0.1.1'],
    ['questions', QUESTION, 30, '127.0.1.2'],
    ['answers made anew', AGAIN, 30, '127.0.1.3'],
    ['pages from the web', IMPORT, 30, '127.0.1.8'],
  ])('of %s are limited after a burst, with a reason and a waiting time', async (_what, path, burst, from) => {
    const answers = await postMany(60, path, from)
    const statuses = answers.map(({ status }) => status)
    const passed = statuses.filter(status => status === 200).length
    expect(passed).toBeGreaterThan(burst)
    const refused = answers.filter(({ status }) => status !== 200)
    expect(refused.length).toBeGreaterThan(0)
    for (const answer of refused) {
      expect([answer.status, answer.headers['retry-after'], answer.headers['cache-control'], answer.headers['content-type']]).toEqual([429, '5', 'no-store', 'application/json; charset=utf-8'])
      expect(json(answer)).toEqual({ code: 'too_many_requests', message: expect.stringContaining('Nothing is lost') })
    }
    // Somebody else is not affected, nor is anything else of the same visitor.
    expect((await post(path, '127.0.1.77')).status).toBe(200)
    expect((await ask(nginx.url, '/api/chats', { from })).status).toBe(200)
    expect((await ask(nginx.url, '/api/runs/x/events', { from })).status).toBe(200)
  })

  it('count the same whatever way the path is written', async () => {
    await postMany(60, LOGIN, '127.0.1.4')
    for (const path of ['/api/auth/login/', '//api//auth/login', '/api/x/../auth/login', '/api/auth/%6cogin', '/api%2fauth/login', '/api/auth/login?x=1']) {
      // Whether one more of the rate has come back meanwhile is chance; five of them have not.
      const statuses = (await Promise.all(Array.from({ length: 8 }, () => post(path, '127.0.1.4')))).map(({ status }) => status)
      expect(statuses, path).toContain(429)
    }
  })

  it('count the visitor behind the proxy, and an IPv6 customer once', async () => {
    const as = (address: string) => post(LOGIN, '127.0.0.9', { 'x-forwarded-for': address })
    const many = await Promise.all(Array.from({ length: 60 }, (_, i) => as(`2001:db8:1:2:${i.toString(16)}::1`)))
    expect(many.map(({ status }) => status)).toContain(429)
    expect((await as('2001:db8:1:3::1')).status).toBe(200)
    expect((await as('203.0.113.5')).status).toBe(200)
  })
})

describe('connections of one address', () => {
  it('are limited', async () => {
    const open = Array.from({ length: 100 }, () => ask(nginx.url, '/api/hold', { from: '127.0.1.9' }))
    await expect.poll(() => held.length, { timeout: 20_000 }).toBe(100)
    expect((await ask(nginx.url, '/api/echo', { from: '127.0.1.9' })).status).toBe(429)
    expect((await ask(nginx.url, '/api/echo', { from: '127.0.1.10' })).status).toBe(200)
    for (const release of held.splice(0)) release()
    for (const { status } of await Promise.all(open)) expect(status).toBe(200)
  })
})

describe('bodies', () => {
  it.each([
    ['JSON', '/api/chats', MAX_JSON_BYTES, 'body_too_large'],
    ['what is no API', '/', 1024, 'body_too_large'],
    ['an upload', '/api/documents', MAX_REQUEST_BYTES, 'file_too_large'],
  ])('of %s have a limit', async (_what, path, limit, code) => {
    // Announced alone: the answer has to come before the body.
    const answer = await sendRaw(nginx.port, `POST ${path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: ${limit + 1}\r\n\r\n`)
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toEqual({ code, message: expect.any(String) })
  })

  it('of JSON may be as large as the app takes', async () => {
    expect((await ask(nginx.url, '/api/chats', { method: 'POST', body: Buffer.alloc(MAX_JSON_BYTES) })).status).toBe(200)
  })

  it('that do not say their size are counted as they come', async () => {
    const body = Readable.from(function* () {
      for (let i = 0; i < 40; i++) yield Buffer.alloc(64 * 1024)
    }())
    const answer = await ask(nginx.url, '/api/chats', { method: 'POST', body }).catch((error: Error) => error)
    // The refusal may overtake the body, and then it breaks the sender off.
    if (!(answer instanceof Error)) expect([answer.status, json(answer)]).toEqual([413, { code: 'body_too_large', message: expect.any(String) }])
    expect(upstream.seen.filter(({ headers }) => headers['transfer-encoding'] === 'chunked' || Number(headers['content-length']) > MAX_JSON_BYTES)).toEqual([])
  })

  it('of uploads reach the app while they come, those of JSON when they are complete', async () => {
    const begin = (path: string) => {
      const socket = connect(nginx.port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write(`POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf`)
      return socket
    }
    const reached = (path: string) => upstream.seen.some(({ url }) => url === path)
    const [upload, chat] = [begin('/api/documents?slow'), begin('/api/chats?slow')]
    await expect.poll(() => reached('/api/documents?slow')).toBe(true)
    expect(reached('/api/chats?slow')).toBe(false)
    chat.write('theend')
    await expect.poll(() => reached('/api/chats?slow')).toBe(true)
    for (const socket of [upload, chat]) socket.destroy()
  })
})

describe('headers', () => {
  it.each([
    ['a header', `GET / HTTP/1.1\r\nHost: test\r\nCookie: a=${'x'.repeat(9_000)}\r\nConnection: close\r\n\r\n`, 431, 'headers_too_large'],
    ['an address', `GET /${'x'.repeat(9_000)} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n`, 414, 'uri_too_long'],
    ['nonsense', `GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n`, 400, 'bad_request'],
  ])('or requests that are too large or broken are refused in one shape: %s', async (_what, request, status, code) => {
    const answer = await sendRaw(nginx.port, request)
    const [head = '', body = ''] = answer.split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(JSON.parse(body)).toEqual({ code, message: expect.any(String) })
    expect(head).toMatch(/content-security-policy: default-src 'none'/i)
  })

  it('that come too slowly end the connection, and so do bodies', async () => {
    const ended = (text: string) => new Promise<boolean>((resolve) => {
      const socket = connect(nginx.port, '127.0.0.1', () => socket.write(text))
      socket.on('error', () => {}).on('close', () => resolve(true)).resume()
    })
    const slow = [ended('GET / HTTP/1.1\r\nHost: te'), ended('POST /api/chats HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf')]
    expect(await Promise.race([Promise.all(slow), delay(30_000, 'still open', { ref: false })])).toEqual([true, true])
  })
})

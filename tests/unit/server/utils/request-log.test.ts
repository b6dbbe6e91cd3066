import { once } from 'node:events'
import { createServer, request, Agent, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp, createError, createRouter, defineEventHandler, readRawBody, toNodeListener } from 'h3'
import { afterEach, describe, expect, it } from 'vitest'
import { isEventStream, networkOf, watchRequest, type RequestReport } from '../../../../server/utils/request-log.ts'

let server: Server
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Serves a few routes and gives the reports that come. */
async function serve(): Promise<{ port: number, reports: RequestReport[], reported: (count: number) => Promise<void> }> {
  const reports: RequestReport[] = []
  let wake = () => {}
  const app = createApp({
    onRequest(event) {
      event.node.res.setHeader('x-request-id', 'as the plugin does')
      watchRequest(event, (report) => {
        reports.push(report)
        wake()
      })
    },
  })
  const router = createRouter()
    .get('/api/documents/:id', defineEventHandler(() => 'x'.repeat(10_000)))
    .post('/api/documents', defineEventHandler(async event => ({ got: (await readRawBody(event))?.length })))
    .get('/api/broken', defineEventHandler(() => Promise.reject(createError({ statusCode: 503 }))))
    .get('/api/endless', defineEventHandler((event) => {
      event._handled = true
      event.node.res.writeHead(200, { 'content-type': 'text/event-stream' })
      event.node.res.write('data: 1\n\n')
    }))
    .get('/**', defineEventHandler(() => '<html>'))
  app.use(router)
  server = createServer(toNodeListener(app))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port, reports,
    async reported(count) {
      while (reports.length < count) await new Promise<void>(resolve => wake = resolve)
    },
  }
}

async function send(port: number, method: string, path: string, body = '', headers: Record<string, string> = {}): Promise<void> {
  const sent = request({ port, method, path, agent, headers: { ...headers, 'content-length': body.length } })
  sent.end(body)
  const [response] = await once(sent, 'response') as [import('node:http').IncomingMessage]
  response.resume()
  await once(response, 'end')
}

describe('watchRequest', () => {
  it('reports route, sizes and times of each request on a connection, and nothing of its query', async () => {
    const { port, reports, reported } = await serve()
    await send(port, 'GET', '/api/documents/0190?q=secret+question')
    await send(port, 'POST', '/api/documents', 'y'.repeat(5_000))
    await send(port, 'GET', '/chats/0190')
    await send(port, 'GET', '/api/broken')
    await reported(4)
    expect(reports.map(({ method, route, path, status, outcome }) => [method, route, path, status, outcome])).toEqual([
      ['GET', '/api/documents/:id', '/api/documents/0190', 200, 'ok'],
      ['POST', '/api/documents', '/api/documents', 200, 'ok'],
      ['GET', 'page', '/chats/0190', 200, 'ok'],
      ['GET', '/api/broken', '/api/broken', 503, 'failed'],
    ])
    const [get, post] = reports as [RequestReport, RequestReport]
    expect(get.bytesOut).toBeGreaterThan(10_000)
    expect(get.bytesOut).toBeLessThan(11_000)
    expect(get.bytesIn).toBeLessThan(500)
    expect(post.bytesIn).toBeGreaterThan(5_000)
    expect(post.bytesIn).toBeLessThan(5_500)
    expect(post.bytesOut).toBeLessThan(500)
    for (const { ms, firstByteMs } of reports) expect(ms).toBeGreaterThanOrEqual(firstByteMs!)
    expect(JSON.stringify(reports)).not.toContain('secret')
  })

  it('tells a stream, and an answer that was cut off', async () => {
    const { port, reports, reported } = await serve()
    const sent = request({ port, path: '/api/endless' })
    sent.on('error', () => {})
    sent.end()
    const [response] = await once(sent, 'response') as [import('node:http').IncomingMessage]
    response.on('error', () => {})
    await once(response, 'data')
    sent.destroy()
    await reported(1)
    expect(reports[0]).toMatchObject({ route: '/api/endless', stream: true, outcome: 'cut', status: 200 })
  })
})

describe('networkOf', () => {
  it.each([
    ['203.0.113.77', '203.0.113.0/24'],
    ['127.0.0.1', 'local'],
    ['2001:db8:1:2::/64', '2001:db8:1::/48'],
    ['0:0:0:0::/64', 'local'],
    ['local', 'local'],
    ['made up\nby somebody', 'local'],
  ])('%s is logged as %s', (client, network) => {
    expect(networkOf(client)).toBe(network)
  })
})

describe('isEventStream', () => {
  it('tells a stream by its type', () => {
    expect(isEventStream('text/event-stream; charset=utf-8')).toBe(true)
    expect(isEventStream('text/html')).toBe(false)
    expect(isEventStream(undefined)).toBe(false)
  })
})

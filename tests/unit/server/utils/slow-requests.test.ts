import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { limitSlowBody } from '../../../../server/utils/slow-requests.ts'

/** Node's limit in the tests, and the one that takes its place. */
const NODE_MS = 300
const BODY_MS = 600
let server: Server
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
})

/** A server with Node's limit, which answers with the size of the body it was sent in one or more parts. */
async function send({ limited = true, upload = false, refused = false }, parts: string[], everyMs = 0): Promise<() => string> {
  server = createServer({ requestTimeout: NODE_MS, headersTimeout: NODE_MS, connectionsCheckingInterval: 20 }, (request, response) => {
    if (limited) limitSlowBody(request, response, { upload, bodyMs: BODY_MS })
    if (refused) return response.writeHead(401).end('refused')
    let bytes = 0
    request.on('error', () => {}).on('data', (part: Buffer) => bytes += part.length).on('end', () => response.end(`${bytes} bytes`))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  sockets.push(socket)
  let text = ''
  socket.setEncoding('utf8').on('error', () => {}).on('data', (part: string) => text += part)
  socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${parts.join('').length}\r\n\r\n`)
  void (async () => {
    for (const part of parts) {
      socket.write(part)
      await delay(everyMs)
    }
  })()
  return () => text
}

const STEADY = Array.from({ length: 12 }, () => 'ten bytes.')

describe('limitSlowBody', () => {
  it('lets a slow, steady upload arrive, which Node alone would end', async () => {
    const cut = await send({ limited: false, upload: true }, STEADY, 100)
    await expect.poll(cut, { timeout: 15_000 }).toContain('408 Request Timeout')
    server.close()
    const received = await send({ upload: true }, STEADY, 100)
    await expect.poll(received, { timeout: 15_000 }).toContain('120 bytes')
  })

  it('ends any other body that does not arrive', async () => {
    const received = await send({}, ['half of it', ''].concat(STEADY), 400)
    await expect.poll(received, { timeout: 15_000 }).toContain('request_timeout')
    expect(received()).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('does not wait for the rest of an upload that was refused', async () => {
    const received = await send({ upload: true, refused: true }, ['half', ''].concat(STEADY), 60_000)
    await expect.poll(received, { timeout: 15_000 }).toContain('refused')
    await once(sockets.at(-1)!, 'close')
  })

  it('does not touch one that does', async () => {
    const received = await send({}, ['all of it'])
    await expect.poll(received, { timeout: 15_000 }).toContain('9 bytes')
    await delay(BODY_MS + 100)
    expect(received()).not.toContain('408')
  })
})

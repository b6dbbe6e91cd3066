import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { rmSync } from 'node:fs'

export interface Seen { method: string, url: string, headers: IncomingMessage['headers'], connection: number }

export interface Upstream {
  /** Each request that has reached it. */
  seen: Seen[]
  /** Connections that were made to it. */
  connections: () => number
  close: () => Promise<void>
}

/** A stand-in for the app on its socket, which answers as a test wants it; by default 200 with what was asked. */
export async function startUpstream(socket: string, answer?: (request: IncomingMessage, response: ServerResponse) => void): Promise<Upstream> {
  const seen: Seen[] = []
  let connections = 0
  const numbers = new WeakMap<object, number>()
  const listener: RequestListener = (request, response) => {
    seen.push({ method: request.method!, url: request.url!, headers: request.headers, connection: numbers.get(request.socket)! })
    request.resume()
    if (answer) answer(request, response)
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers }))
  }
  const server = createServer({ maxHeaderSize: 64 * 1024 }, listener)
  server.on('connection', connection => numbers.set(connection, ++connections))
  rmSync(socket, { force: true })
  server.listen(socket)
  await once(server, 'listening')
  return {
    seen,
    connections: () => connections,
    close: () => new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
  }
}

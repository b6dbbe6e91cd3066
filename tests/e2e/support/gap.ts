import { createServer, request as forward, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** How a server is away: a proxy answers in its place, or nobody does. */
export type Absence = 502 | 503 | 'refused'
/** What happens to one request: it arrives and its answer is lost, or it is cut off on the way there. */
export type Mishap = 'answer lost' | 'cut off'

/** A proxy before the server, as nginx stands before it, that can make the gap of a deploy and worse. */
export interface Gap {
  readonly url: string
  /** Breaks every open connection; new requests are answered as an absent server's are. */
  down: (how: Absence) => Promise<void>
  up: () => Promise<void>
  /** Of the next request with this method and path. */
  next: (method: string, path: RegExp, mishap: Mishap) => void
  close: () => Promise<void>
}

export async function startGap(target: string): Promise<Gap> {
  const { hostname, port: targetPort } = new URL(target)
  const sockets = new Set<Socket>()
  const mishaps: { method: string, path: RegExp, mishap: Mishap }[] = []
  let absence: Absence | null = null

  const server = createServer((incoming, outgoing) => {
    if (absence !== null) return refuse(outgoing, absence === 503 ? 503 : 502)
    const at = mishaps.findIndex(({ method, path }) => incoming.method === method && path.test(incoming.url!))
    pass(incoming, outgoing, at < 0 ? null : mishaps.splice(at, 1)[0]!.mishap)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  function pass(incoming: IncomingMessage, outgoing: ServerResponse, mishap: Mishap | null): void {
    const { method, url, headers } = incoming
    const onward = forward({ hostname, port: targetPort, method, path: url, headers, agent: false }, (answer) => {
      if (mishap === 'answer lost') {
        // It has arrived, all of it: what is lost is only the word of it.
        answer.resume().once('end', () => incoming.socket.destroy())
        return
      }
      outgoing.writeHead(answer.statusCode!, answer.headers)
      answer.pipe(outgoing)
      answer.once('error', () => outgoing.destroy())
    })
    onward.once('error', () => outgoing.headersSent ? outgoing.destroy() : refuse(outgoing, 502))
    outgoing.once('close', () => onward.destroy())
    if (mishap === 'cut off') incoming.once('data', () => incoming.socket.destroy())
    else incoming.pipe(onward)
  }

  function refuse(outgoing: ServerResponse, status: number): void {
    outgoing.writeHead(status, { 'content-type': 'text/html', 'retry-after': '1' }).end('<h1>One moment</h1>')
  }

  const listen = (port: number) => new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve))
  const hangUp = () => {
    for (const socket of sockets) socket.destroy()
  }
  await listen(0)
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}`,
    async down(how) {
      absence = how
      const closed = how === 'refused' ? new Promise(resolve => server.close(resolve)) : null
      hangUp()
      await closed
    },
    async up() {
      if (absence === 'refused') await listen(port)
      absence = null
    },
    next(method, path, mishap) {
      mishaps.push({ method, path, mishap })
    },
    async close() {
      const closed = new Promise(resolve => server.close(resolve))
      hangUp()
      await closed
    },
  }
}

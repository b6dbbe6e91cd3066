import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'

const LIMIT_MS = 60_000

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  /** Names in lower case and values, as they came over the wire, doubles included. */
  lines: [name: string, value: string][]
  body: Buffer
  text: string
}
export interface AskOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Buffer | Readable
  /** The address the request comes from; all of 127.0.0.0/8 is this machine. */
  from?: string
}

/** One request on a connection of its own; the path goes out as it is given, and no redirect is followed. */
export function ask(base: string, path: string, { method = 'GET', headers = {}, body, from }: AskOptions = {}): Promise<Answer> {
  const { hostname, port } = new URL(base)
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers, localAddress: from, agent: new Agent({ keepAlive: false }), signal: AbortSignal.timeout(LIMIT_MS) }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part)).on('error', reject).on('end', () => {
        const raw = response.rawHeaders
        const content = Buffer.concat(parts)
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          lines: raw.flatMap((name, i) => i % 2 === 0 ? [[name.toLowerCase(), raw[i + 1]!] as [string, string]] : []),
          body: content,
          text: content.toString('utf8'),
        })
      })
    })
    request.on('error', reject)
    if (body && typeof body === 'object' && 'pipe' in body) body.pipe(request)
    else request.end(body)
  })
}

export const json = (answer: Answer): unknown => JSON.parse(answer.text)

/** Sends bytes that no client library would, and gives all that comes back before the other side closes. */
export function sendRaw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.setTimeout(LIMIT_MS, () => socket.destroy(new Error('no answer')))
    // What is refused before it has been sent ends in a reset, some time after the answer.
    socket.on('error', error => received ? resolve(received) : reject(error))
    socket.setEncoding('latin1').on('data', (part: string) => received += part).on('close', () => resolve(received))
  })
}

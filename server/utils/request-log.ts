import { createHash } from 'node:crypto'
import type { Socket } from 'node:net'
import type { H3Event } from 'h3'
import { clientAddress } from './client-address.ts'
import { requestId } from './request.ts'
import { readSessionCookie } from './session.ts'

/** Longer paths are made up by somebody and say nothing. */
const MAX_PATH = 200

/** One request in ids, sizes in bytes and durations in milliseconds. Of its query nothing is kept: it may hold a question. */
export interface RequestReport {
  id: string
  method: string
  /** Pattern of the route that answered, `/api/documents/:id`: one of few. */
  route: string
  path: string
  status: number
  ms: number
  /** Until the answer's head was ready; undefined when none was sent. */
  firstByteMs: number | undefined
  /** On the wire, heads included. */
  bytesIn: number
  bytesOut: number
  /** The answer is an event stream: its duration says how long somebody listened. */
  stream: true | undefined
  /** Tells the requests of one session from those of another, and nothing else. */
  session: string | undefined
  client: string
  outcome: 'ok' | 'refused' | 'failed' | 'cut'
  /** Of the error it was answered with. */
  code: string | undefined
}

/** Bytes that a connection had carried when its last request ended: one connection serves many. */
const carried = new WeakMap<Socket, { read: number, written: number }>()

/** Calls `done` once the answer has ended or broken off. Call it before anything is written. */
export function watchRequest(event: H3Event, done: (report: RequestReport) => void): void {
  const { req, res } = event.node
  const { socket } = req
  const started = performance.now()
  const path = event.path.split('?')[0]!.slice(0, MAX_PATH)
  const before = carried.get(socket) ?? { read: 0, written: 0 }
  let firstByteMs: number | undefined
  const { writeHead } = res
  // Every way to answer comes through here, also the implicit head of a plain `end`.
  res.writeHead = function (this: typeof res, ...args: unknown[]) {
    firstByteMs ??= sinceMs(started)
    return writeHead.apply(this, args as Parameters<typeof writeHead>)
  } as typeof writeHead

  res.once('close', () => {
    const after = { read: socket.bytesRead, written: socket.bytesWritten }
    carried.set(socket, after)
    done({
      id: requestId(event), method: event.method, route: routeOf(event, path), path, status: res.statusCode,
      ms: sinceMs(started), firstByteMs, bytesIn: after.read - before.read, bytesOut: after.written - before.written,
      stream: isEventStream(res.getHeader('content-type')) || undefined,
      session: sessionTag(event), client: networkOf(clientAddress(event)),
      outcome: res.writableFinished ? outcomeOf(res.statusCode) : 'cut', code: event.context.errorCode,
    })
  })
}

/** The route's pattern; what no route answers falls into a few groups, so that a scanner makes no new ones. */
function routeOf(event: H3Event, path: string): string {
  const pattern = event.context.matchedRoute?.path
  // Everything that is no handler of ours is a page, also one that is not there.
  if (pattern && pattern !== '/**') return pattern
  if (path.startsWith('/api/')) return '/api/**'
  return path.startsWith('/_nuxt/') ? '/_nuxt/**' : 'page'
}

function outcomeOf(status: number): RequestReport['outcome'] {
  if (status >= 500) return 'failed'
  return status >= 400 ? 'refused' : 'ok'
}

/** A piece of a hash of the token, which has 256 random bits: it leads back to nothing. */
function sessionTag(event: H3Event): string | undefined {
  const token = event.context.session ? readSessionCookie(event) : null
  return token === null ? undefined : createHash('sha256').update(`log ${token}`).digest('hex').slice(0, 8)
}

/** Enough to see that many requests come from one place, not enough to tell who it is: IPv4 /24, IPv6 /48. */
export function networkOf(client: string): string {
  const four = /^(\d+\.\d+\.\d+)\.\d+$/.exec(client)
  if (four) return client.startsWith('127.') ? 'local' : `${four[1]}.0/24`
  const six = /^([0-9a-f:]+)::\/64$/.exec(client)
  if (!six) return 'local'
  const groups = six[1]!.split(':').slice(0, 3)
  return groups.every(group => group === '0') ? 'local' : `${groups.join(':')}::/48`
}

export function isEventStream(contentType: unknown): boolean {
  return typeof contentType === 'string' && contentType.startsWith('text/event-stream')
}

function sinceMs(started: number): number {
  return Math.round((performance.now() - started) * 10) / 10
}

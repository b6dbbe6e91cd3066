import { getHeader, getQuery, type H3Event } from 'h3'

/** A comment line this often keeps proxies from closing a quiet stream. */
const HEARTBEAT_MS = 15_000
/**
 * A reader that has this much unread is cut off; it comes back with Last-Event-ID. Without a bound one stalled reader
 * buffered 262 MB, since h3's own event streams know no backpressure.
 */
const MAX_BUFFERED_BYTES = 1024 * 1024
/** What a closed stream still has to send is dropped after this time. */
const LAST_EVENT_MS = 2_000

export interface EventStream {
  /** Resolves when the reader has left or the stream was closed. */
  readonly closed: Promise<void>
  /** Writes one event. Waits while the socket's buffer is full, so that a source can be read at the reader's pace. */
  send: (event: { id?: string | number, type: string, data: unknown }) => Promise<void>
  close: () => void
}

const open = new Set<EventStream & { closeForRestart: () => void }>()
let stopping = false

/** Formats one server-sent event (WHATWG HTML §9.2); JSON keeps line breaks out of the data. */
export function formatEvent(event: { id?: string | number, type: string, data: unknown }): string {
  const id = event.id === undefined ? '' : `id: ${event.id}\n`
  return `${id}event: ${event.type}\ndata: ${JSON.stringify(event.data)}\n\n`
}

/** The sequence number after which the reader wants to go on; 0 from the beginning. */
export function lastEventId(event: H3Event): number {
  const value = Number(getHeader(event, 'last-event-id') ?? getQuery(event).lastEventId ?? 0)
  return Number.isSafeInteger(value) && value > 0 ? value : 0
}

/**
 * Answers the request with an event stream, which ends with the session it was asked for in. Meant for GET: on a POST a
 * leaving reader is noticed late.
 */
export function openEventStream(event: H3Event): EventStream {
  const response = event.node.res
  event._handled = true
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  })
  // Several events may wait for the same reader, each with a listener of its own; the buffer's limit is their bound.
  response.setMaxListeners(0)
  response.write(': open\n\n')

  const { promise: closed, resolve } = Promise.withResolvers<void>()
  let done = false
  let unwatch = () => {}
  const heartbeat = setInterval(() => {
    if (response.writableLength > MAX_BUFFERED_BYTES) response.destroy()
    else response.write(': heartbeat\n\n')
  }, HEARTBEAT_MS)
  const finish = () => {
    if (done) return
    done = true
    clearInterval(heartbeat)
    unwatch()
    open.delete(stream)
    resolve()
  }
  response.once('close', finish)

  const stream = {
    closed,
    async send(message: { id?: string | number, type: string, data: unknown }) {
      if (done) return
      if (response.writableLength > MAX_BUFFERED_BYTES) {
        response.destroy()
        return
      }
      if (response.write(formatEvent(message))) return
      const drained = Promise.withResolvers<void>()
      response.once('drain', drained.resolve)
      await Promise.race([drained.promise, closed])
      response.off('drain', drained.resolve)
    },
    close() {
      if (!done) response.end()
      finish()
    },
    /** A reader that does not take what it has been sent is left behind. */
    closeForGood() {
      stream.close()
      setTimeout(() => response.destroy(), LAST_EVENT_MS).unref()
    },
    closeForRestart() {
      if (!done) response.write('event: restart\ndata: {}\n\n')
      stream.closeForGood()
    },
  }
  open.add(stream)
  unwatch = event.context.watchSession?.(() => stream.closeForGood()) ?? unwatch
  // It came while the server was already stopping.
  if (stopping) stream.closeForRestart()
  return stream
}

/** Streams that somebody reads at the moment. */
export function openEventStreams(): number {
  return open.size
}

/** Tells every reader, and each that still comes, that the server goes away: a stop need not wait for any of them. */
export function closeEventStreams(): void {
  stopping = true
  for (const stream of [...open]) stream.closeForRestart()
}

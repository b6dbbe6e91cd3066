import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { createParser, type EventSourceMessage } from 'eventsource-parser'
import fc from 'fast-check'
import { createEvent, type H3EventContext } from 'h3'
import { afterEach, describe, expect, it } from 'vitest'
import { closeEventStreams, formatEvent, lastEventId, openEventStream, type EventStream } from '../../../../server/utils/sse.ts'
import { fakeEvent } from './support.ts'

function parse(text: string): EventSourceMessage[] {
  const events: EventSourceMessage[] = []
  createParser({ onEvent: event => events.push(event) }).feed(text)
  return events
}

describe('formatEvent', () => {
  it('can be read back, whatever the data', () => {
    fc.assert(fc.property(fc.array(fc.record({ id: fc.nat(), data: fc.jsonValue() }), { maxLength: 5 }), (events) => {
      const text = events.map(({ id, data }) => formatEvent({ id, type: 'delta', data })).join('')
      expect(parse(text)).toEqual(events.map(({ id, data }) => ({ id: String(id), event: 'delta', data: JSON.stringify(data) })))
    }))
  })

  it('keeps line breaks of every kind inside the data', () => {
    const data = { text: 'one\ntwo\r\nthree\rfour\u2028five\n\nid: 99\nevent: error' }
    const [event, ...rest] = parse(formatEvent({ type: 'delta', data }))
    expect(JSON.parse(event!.data)).toEqual(data)
    expect(event).toMatchObject({ event: 'delta', id: undefined })
    expect(rest).toEqual([])
  })
})

describe('lastEventId', () => {
  it.each([
    [{ headers: { 'last-event-id': '17' } }, 17],
    [{ url: '/events?lastEventId=17' }, 17],
    [{ url: '/events?lastEventId=3', headers: { 'last-event-id': '17' } }, 17],
    [{}, 0],
    [{ headers: { 'last-event-id': '' } }, 0],
    [{ headers: { 'last-event-id': '-4' } }, 0],
    [{ headers: { 'last-event-id': '1.5' } }, 0],
    [{ headers: { 'last-event-id': '1e99' } }, 0],
    [{ headers: { 'last-event-id': 'DROP' } }, 0],
  ])('of %j is %i', (request, expected) => {
    expect(lastEventId(fakeEvent(request))).toBe(expected)
  })
})

describe('openEventStream', () => {
  let server: Server | undefined
  let reader: Socket | undefined
  afterEach(() => {
    reader?.destroy()
    server?.closeAllConnections()
    server?.close()
  })

  /** A stream and the bare connection that reads it. */
  async function open(context: Partial<H3EventContext> = {}): Promise<{ stream: EventStream, reader: Socket, received: () => string }> {
    const { promise, resolve } = Promise.withResolvers<EventStream>()
    server = createServer((request, response) => {
      const event = createEvent(request, response)
      Object.assign(event.context, context)
      resolve(openEventStream(event))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    reader = connect((server.address() as AddressInfo).port, '127.0.0.1')
    let text = ''
    reader.setEncoding('utf8').on('data', (part: string) => text += part)
    reader.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const stream = await promise
    await expect.poll(() => text).toContain(': open')
    return { stream, reader, received: () => text }
  }

  it('begins at once, unbuffered by proxies and stored by nobody', async () => {
    const { received } = await open()
    expect(received()).toMatch(/^HTTP\/1\.1 200 /)
    expect(received()).toMatch(/content-type: text\/event-stream/i)
    expect(received()).toMatch(/cache-control: no-store/i)
    expect(received()).toMatch(/x-accel-buffering: no/i)
  })

  it('knows when its reader has left, and writes no more', async () => {
    const { stream, reader } = await open()
    reader.destroy()
    await stream.closed
    await stream.send({ type: 'delta', data: {} })
    stream.close()
  })

  it('waits for a slow reader, and goes on when he reads', async () => {
    const { stream, reader, received } = await open()
    reader.pause()
    const text = 'x'.repeat(64 * 1024)
    let sent = 0
    const sending = (async () => {
      for (; sent < 200; sent++) await stream.send({ id: sent, type: 'delta', data: { text } })
    })()
    await delay(300)
    expect(sent, 'all 13 MB were taken from a source that nobody reads').toBeLessThan(200)
    reader.resume()
    await sending
    await expect.poll(() => received()).toContain('id: 199\n')
  })

  it('cuts off a reader who leaves too much unread', async () => {
    const { stream, reader } = await open()
    reader.pause()
    const text = 'x'.repeat(256 * 1024)
    // As from a source that does not wait.
    for (let i = 0; i < 100; i++) void stream.send({ type: 'delta', data: { text } })
    await stream.closed
  })

  it('ends with its session, and stops watching when it ends otherwise', async () => {
    let endSession = () => {}
    let watching = 0
    const watchSession = (onEnd: () => void) => {
      watching++
      endSession = onEnd
      return () => void watching--
    }
    const { stream, received } = await open({ watchSession })
    endSession()
    await stream.closed
    await expect.poll(received, { message: 'the answer ends' }).toMatch(/\r\n0\r\n\r\n$/)
    expect(watching).toBe(0)
    server?.close()

    const other = await open({ watchSession })
    expect(watching).toBe(1)
    other.reader.destroy()
    await other.stream.closed
    expect(watching).toBe(0)
  })

  it('tells every reader of a restart and ends', async () => {
    const { stream, received } = await open()
    closeEventStreams()
    await stream.closed
    await expect.poll(received).toContain('event: restart\ndata: {}\n\n')
    reader?.destroy()

    const late = await open()
    await late.stream.closed
    await expect.poll(late.received, { message: 'who comes later is told at once' }).toContain('event: restart\ndata: {}\n\n')
  })
})

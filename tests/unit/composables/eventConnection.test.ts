import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectEvents, type RetryAdvice, type StreamState } from '../../../composables/eventConnection.ts'

/** The browser's EventSource as far as it is used, driven by the test. */
class FakeSource extends EventTarget {
  static all: FakeSource[] = []
  onopen: (() => void) | null = null
  onerror: ((event: Event) => void) | null = null
  closed = false
  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    FakeSource.all.push(this)
    this.addEventListener('error', event => this.onerror?.(event))
  }

  close(): void {
    this.closed = true
  }

  send(type: string, data: unknown, lastEventId = ''): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data), lastEventId }))
  }

  refuse(): void {
    this.dispatchEvent(new Event('error'))
  }
}

const page = Object.assign(new EventTarget(), { hidden: false })
const network = { onLine: true }
const win = new EventTarget()
let advice: RetryAdvice
let asked = 0
let events: [string, unknown][]
let states: StreamState[]

beforeEach(() => {
  vi.useFakeTimers()
  FakeSource.all = []
  events = []
  states = []
  page.hidden = false
  network.onLine = true
  advice = 'now'
  vi.stubGlobal('EventSource', FakeSource)
  vi.stubGlobal('document', page)
  vi.stubGlobal('navigator', network)
  vi.stubGlobal('window', win)
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function follow() {
  return connectEvents({
    path: '/api/runs/r/events',
    mayRetry: () => {
      asked++
      return Promise.resolve(advice)
    },
    types: ['delta', 'error'],
    onEvent: (type, data) => void events.push([type, data]),
    onState: state => void states.push(state),
  })
}
const newest = () => FakeSource.all.at(-1)!
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)

describe('connectEvents', () => {
  it('hands on the events it was asked for, also those that are named error', () => {
    const stream = follow()
    newest().onopen!()
    newest().send('delta', { text: 'a' }, '1')
    newest().send('other', {})
    newest().send('error', { message: 'ended' }, '2')
    expect(events).toEqual([['delta', { text: 'a' }], ['error', { message: 'ended' }]])
    expect(FakeSource.all).toHaveLength(1)
    expect(newest().closed).toBe(false)
    stream.close()
    expect(newest().closed).toBe(true)
  })

  it('comes back after a lost connection, from the last event, with growing pauses', async () => {
    const stream = follow()
    newest().onopen!()
    newest().send('delta', { text: 'a' }, '7')
    newest().refuse()
    expect(states.at(-1)).toBe('waiting')
    await wait(500)
    expect(FakeSource.all.map(source => source.url)).toEqual(['/api/runs/r/events', '/api/runs/r/events?lastEventId=7'])
    newest().refuse()
    await wait(900)
    expect(FakeSource.all).toHaveLength(2)
    await wait(200)
    expect(FakeSource.all).toHaveLength(3)
    newest().onopen!()
    newest().refuse()
    await wait(600)
    expect(FakeSource.all).toHaveLength(4)
    stream.close()
  })

  it('asks for the server before it connects, soon at first and seldom in the end', async () => {
    const stream = follow()
    advice = 'later'
    newest().refuse()
    await wait(20_000)
    expect(FakeSource.all).toHaveLength(1)
    expect(states.at(-1)).toBe('waiting')
    advice = 'now'
    await wait(2_000)
    expect(FakeSource.all).toHaveLength(2)
    advice = 'later'
    newest().refuse()
    await wait(60_000)
    const before = asked
    await wait(150_000)
    expect(asked - before).toBe(10)
    advice = 'now'
    await wait(15_000)
    expect(FakeSource.all).toHaveLength(3)
    stream.close()
  })

  it('ends when the session has ended', async () => {
    advice = 'never'
    follow()
    newest().refuse()
    await wait(60_000)
    expect(FakeSource.all).toHaveLength(1)
    expect(states.at(-1)).toBe('closed')
  })

  it('waits for the network and says so', () => {
    const stream = follow()
    network.onLine = false
    win.dispatchEvent(new Event('offline'))
    expect(states.at(-1)).toBe('offline')
    expect(newest().closed).toBe(true)
    network.onLine = true
    win.dispatchEvent(new Event('online'))
    expect(FakeSource.all).toHaveLength(2)
    stream.close()
  })

  it('holds no connection in a hidden tab', () => {
    const stream = follow()
    page.hidden = true
    page.dispatchEvent(new Event('visibilitychange'))
    expect(newest().closed).toBe(true)
    page.hidden = false
    page.dispatchEvent(new Event('visibilitychange'))
    expect(FakeSource.all).toHaveLength(2)
    stream.close()
  })

  it('comes back when the server says that it restarts', async () => {
    const stream = follow()
    newest().send('restart', {})
    expect(newest().closed).toBe(true)
    await wait(600)
    expect(FakeSource.all).toHaveLength(2)
    stream.close()
  })

  it('is silent once closed', async () => {
    const stream = follow()
    newest().refuse()
    stream.close()
    await wait(60_000)
    win.dispatchEvent(new Event('online'))
    expect(FakeSource.all).toHaveLength(1)
  })
})

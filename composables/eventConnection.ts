import { pauseBefore } from '#shared/utils/away'

export type StreamState = 'connecting' | 'open' | 'waiting' | 'offline' | 'closed'

export interface EventStreamOptions {
  path: string
  /** Names of the events to hear; others are ignored. */
  types: string[]
  onEvent: (type: string, data: unknown) => void
  onState?: (state: StreamState) => void
}

/** `later`: the server is away; `never`: it will refuse this stream for good. */
export type RetryAdvice = 'now' | 'later' | 'never'
/** `mayRetry` is asked before each new try, since a stream does not say why it was refused. */
export interface EventConnectionOptions extends EventStreamOptions { mayRetry: () => Promise<RetryAdvice> }

/** After so many tries without success the server is not being updated: it is asked less often. */
const SOON = 20
const LATE_MS = 15_000

/**
 * Follows server-sent events until `close` is called: through dropped connections, server restarts, a lost network
 * and hidden tabs.
 *
 * The browser's own EventSource gives up for good when a reconnect is answered with an error, and each open one holds
 * one of six connections to the host; so refused ones are tried again with growing pauses from the last id that came,
 * and a hidden tab holds none.
 */
export function connectEvents(options: EventConnectionOptions): { close: () => void } {
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let lastId = ''
  let attempt = 0
  let closed = false

  function connect() {
    clearTimeout(timer)
    if (closed || source || document.hidden) return
    if (!navigator.onLine) return options.onState?.('offline')
    options.onState?.('connecting')
    source = new EventSource(lastId ? `${options.path}?lastEventId=${lastId}` : options.path)
    source.onopen = () => {
      attempt = 0
      options.onState?.('open')
    }
    source.onerror = (event) => {
      // An event that the server named `error` arrives here as well, as a message.
      if (closed || event instanceof MessageEvent) return
      disconnect()
      options.onState?.(navigator.onLine ? 'waiting' : 'offline')
      retryLater()
    }
    for (const type of options.types) source.addEventListener(type, receive)
    source.addEventListener('restart', () => {
      disconnect()
      options.onState?.('waiting')
      retryLater()
    })
  }

  function retryLater() {
    timer = setTimeout(retryIfAllowed, attempt < SOON ? pauseBefore(attempt) : LATE_MS)
    attempt++
  }

  function receive(event: Event) {
    // Listening for events named `error` also hears the connection's own.
    if (!(event instanceof MessageEvent)) return
    if (event.lastEventId) lastId = event.lastEventId
    options.onEvent(event.type, JSON.parse(String(event.data)))
  }

  async function retryIfAllowed() {
    const advice = await options.mayRetry()
    if (closed || source || document.hidden) return
    if (advice === 'now') connect()
    else if (advice === 'later') retryLater()
    else close()
  }

  function disconnect() {
    source?.close()
    source = null
  }

  function onVisibility() {
    if (document.hidden) {
      clearTimeout(timer)
      disconnect()
    }
    else connect()
  }

  function onOffline() {
    disconnect()
    options.onState?.('offline')
  }

  function close() {
    closed = true
    clearTimeout(timer)
    disconnect()
    document.removeEventListener('visibilitychange', onVisibility)
    window.removeEventListener('online', connect)
    window.removeEventListener('offline', onOffline)
    options.onState?.('closed')
  }

  document.addEventListener('visibilitychange', onVisibility)
  window.addEventListener('online', connect)
  window.addEventListener('offline', onOffline)
  connect()
  return { close }
}

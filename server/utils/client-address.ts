import { isIPv6 } from 'node:net'
import { getHeader, type H3Event, type H3EventContext } from 'h3'

declare module 'h3' {
  interface H3EventContext {
    /** Whether the visitor's connection is encrypted. */
    secure?: boolean
  }
}

/**
 * Whether the request came through a proxy of ours, whose headers then are to be believed: over the unix socket (no
 * address) or from this machine. Anybody else can write what he likes into X-Forwarded-For.
 *
 * A connection that has been closed has no address either, unless it was asked for before: Node remembers it then. The
 * request log asks before anything waits.
 */
export function comesFromProxy(event: H3Event): boolean {
  return isLocalAddress(event.node.req.socket.remoteAddress)
}

/**
 * Whether the request was made on this machine itself, not for a visitor of the proxy on it: over the loopback or over
 * the unix socket, and without X-Forwarded-For.
 *
 * Nobody elsewhere can feign this. The socket is a file that only this machine's users reach, and nginx, which is one of
 * them, writes X-Forwarded-For into each request that it passes on, whatever came in; only its listener for the
 * platform's private network leaves it out, and that passes on nothing but `/metrics`.
 */
export function isLoopbackRequest(event: H3Event): boolean {
  return comesFromProxy(event) && getHeader(event, 'x-forwarded-for') === undefined
}

/**
 * The client as the throttle counts it: its address, and of an IPv6 address the /64 network, which one customer has
 * whole. Of X-Forwarded-For the last entry counts: it is the one our own proxy has written.
 */
export function clientAddress(event: H3Event): string {
  const forwarded = getHeader(event, 'x-forwarded-for')
  const address = comesFromProxy(event) && forwarded
    ? forwarded.split(',').at(-1)!.trim()
    : event.node.req.socket.remoteAddress
  return normalizeAddress(address ?? 'local')
}

/**
 * Whether the browser's connection is encrypted, here or at the proxy. What the server asks itself while it renders a page
 * comes over no connection: there the visitor's counts, whose request's context Nitro hands on.
 */
export function isSecureRequest(event: H3Event): boolean {
  const asked = '__unenv__' in event.node.req ? event.node.req.__unenv__ as Partial<H3EventContext> | undefined : undefined
  return event.context.secure ??= asked?.secure ?? isEncrypted(event)
}

function isEncrypted(event: H3Event): boolean {
  if ('encrypted' in event.node.req.socket && event.node.req.socket.encrypted) return true
  return comesFromProxy(event) && getHeader(event, 'x-forwarded-proto')?.split(',').at(-1)?.trim() === 'https'
}

/** An IPv4 address as it is, an IPv6 address as its /64. */
export function normalizeAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  if (mapped) return mapped[1]!
  const bare = address.replace(/%.*$/, '')
  if (!isIPv6(bare)) return address.slice(0, 64)
  const [head = '', tail] = bare.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail ? tail.split(':') : []
  const groups = tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
  return `${groups.slice(0, 4).map(group => Number.parseInt(group, 16).toString(16)).join(':')}::/64`
}

function isLocalAddress(address: string | undefined): boolean {
  return address === undefined || address === '::1' || /^(?:::ffff:)?127\./i.test(address)
}

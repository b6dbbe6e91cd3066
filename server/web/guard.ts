import { BlockList, isIP } from 'node:net'
import { AppError } from '../utils/app-error.ts'

/** What may be asked for. Production uses {@link PUBLIC_WEB}; a test lets its own server through. */
export interface WebGuard {
  ports: ReadonlySet<number>
  /** Whether a resolved address, in any notation that DNS gives, may be connected to. */
  allows: (address: string) => boolean
}

/**
 * Addresses of IPv4 that are not of the public internet (IANA IPv4 Special-Purpose Address Registry), and those that
 * platforms answer on from within although they look public.
 */
const REFUSED_IPV4: [network: string, bits: number][] = [
  ['0.0.0.0', 8], // this network
  ['10.0.0.0', 8], // private
  ['100.64.0.0', 10], // carrier-grade NAT; a metadata service of Alibaba
  ['127.0.0.0', 8], // loopback
  ['168.63.129.16', 32], // Azure's platform services
  ['169.254.0.0', 16], // link-local: metadata services
  ['172.16.0.0', 12], // private
  ['192.0.0.0', 24], // protocol assignments; Oracle's metadata service
  ['192.0.2.0', 24], // documentation
  ['192.31.196.0', 24], // AS112
  ['192.52.193.0', 24], // AMT
  ['192.88.99.0', 24], // 6to4 relays
  ['192.168.0.0', 16], // private
  ['192.175.48.0', 24], // AS112
  ['198.18.0.0', 15], // benchmarks
  ['198.51.100.0', 24], // documentation
  ['203.0.113.0', 24], // documentation
  ['224.0.0.0', 4], // multicast
  ['240.0.0.0', 4], // reserved, broadcast
]

/**
 * Of IPv6 only 2000::/3 is public at all: loopback, mapped and translated addresses (::ffff:0:0/96, 64:ff9b::/96),
 * unique local ones (fc00::/7, with Fly's fdaa::/16), link-local and multicast lie outside of it. These lie inside.
 */
const PUBLIC_IPV6: [network: string, bits: number] = ['2000::', 3]
const REFUSED_IPV6: [network: string, bits: number][] = [
  ['2001::', 23], // protocol assignments: Teredo, benchmarks, ORCHID
  ['2001:db8::', 32], // documentation
  ['2002::', 16], // 6to4: any IPv4 address in another notation
  ['2620:4f:8000::', 48], // AS112
  ['3ffe::', 16], // 6bone, given back
  ['3fff::', 20], // documentation
]

const refused = new BlockList()
for (const [network, bits] of REFUSED_IPV4) refused.addSubnet(network, bits, 'ipv4')
for (const [network, bits] of REFUSED_IPV6) refused.addSubnet(network, bits, 'ipv6')
const publicIpv6 = new BlockList()
publicIpv6.addSubnet(...PUBLIC_IPV6, 'ipv6')

/** Whether an address is one of the public internet. What is no address, or has a zone, is not. */
export function isPublicAddress(address: string): boolean {
  const version = address.includes('%') ? 0 : isIP(address)
  if (version === 4) return !refused.check(address, 'ipv4')
  return version === 6 && publicIpv6.check(address, 'ipv6') && !refused.check(address, 'ipv6')
}

export const PUBLIC_WEB: WebGuard = { ports: new Set([80, 443]), allows: isPublicAddress }

/** Names that lead inwards on some platform or network, whatever they resolve to. */
const INTERNAL_NAME = /(?:^|\.)(?:localhost|localdomain|local|internal|flycast|intranet|private|corp|home|lan|home\.arpa|onion|invalid|test|example)$/

/**
 * The address to ask for, or why it is none: only http and https, no user or password in it, only the ports of the web,
 * no name of an inner network, and no number that is not a public address. `new URL` has turned decimal, octal, hexadecimal
 * and full-width notations of IPv4 into the usual one. Names are checked again when they are resolved.
 *
 * @throws AppError 400 `web_address_invalid`, 422 `web_address_refused`
 */
export function checkAddress(text: string, guard: WebGuard, base?: URL): URL {
  const url = parse(text.trim(), base)
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw invalid('Only addresses that begin with https:// or http:// can be added.')
  if (url.username || url.password) throw invalid('Leave the user name and the password out of the address.')
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  if (!guard.ports.has(port)) throw refusedAddress()
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host)) {
    if (!guard.allows(host)) throw refusedAddress()
  }
  else {
    const name = host.replace(/\.+$/, '')
    if (!name.includes('.') || INTERNAL_NAME.test(name)) throw refusedAddress()
  }
  url.hash = ''
  return url
}

function parse(text: string, base?: URL): URL {
  // As people type it: without the scheme.
  const whole = base || /^[a-z][\w+.-]*:/i.test(text) ? text : `https://${text}`
  try {
    return new URL(whole, base)
  }
  catch (cause) {
    throw invalid('This is not an address of the web. Copy it from the address bar of your browser.', cause)
  }
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError('web_address_invalid', 400, message, { cause })
}

export function refusedAddress(): AppError {
  return new AppError('web_address_refused', 422, 'This address is not open to everyone on the web, so it cannot be added. Download the file and upload it instead.')
}

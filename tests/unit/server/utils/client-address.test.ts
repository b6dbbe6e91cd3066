import { once } from 'node:events'
import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { createEvent } from 'h3'
import { describe, expect, it } from 'vitest'
import { clientAddress, isLoopbackRequest, isSecureRequest, normalizeAddress } from '../../../../server/utils/client-address.ts'
import { fakeEvent } from './support.ts'

const FORWARDED = { 'x-forwarded-for': '203.0.113.1, 198.51.100.7', 'x-forwarded-proto': 'https' }

describe('clientAddress', () => {
  it.each([
    ['a direct client', { remoteAddress: '192.0.2.5' }, '192.0.2.5'],
    ['a direct client that claims another address', { remoteAddress: '192.0.2.5', headers: FORWARDED }, '192.0.2.5'],
    ['the proxy on a unix socket', { headers: FORWARDED }, '198.51.100.7'],
    ['the proxy on this machine', { remoteAddress: '::ffff:127.0.0.1', headers: FORWARDED }, '198.51.100.7'],
    ['this machine', { remoteAddress: '127.0.0.1' }, '127.0.0.1'],
    ['a unix socket without a proxy', {}, 'local'],
    ['a header of nonsense, cut', { headers: { 'x-forwarded-for': 'x'.repeat(5_000) } }, 'x'.repeat(64)],
  ])('of %s', (_name, request, expected) => {
    expect(clientAddress(fakeEvent(request))).toBe(expected)
  })
})

describe('normalizeAddress', () => {
  it.each([
    ['192.0.2.5', '192.0.2.5'],
    ['::ffff:192.0.2.5', '192.0.2.5'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:DB8:0001::9', '2001:db8:1:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s is %s', (address, expected) => {
    expect(normalizeAddress(address)).toBe(expected)
  })
})

describe('isSecureRequest', () => {
  it('believes the proxy and nobody else', () => {
    expect(isSecureRequest(fakeEvent({ headers: FORWARDED }))).toBe(true)
    expect(isSecureRequest(fakeEvent({ headers: FORWARDED, remoteAddress: '127.0.0.1' }))).toBe(true)
    expect(isSecureRequest(fakeEvent({ headers: FORWARDED, remoteAddress: '192.0.2.5' }))).toBe(false)
    expect(isSecureRequest(fakeEvent({ headers: { 'x-forwarded-proto': 'http' } }))).toBe(false)
    expect(isSecureRequest(fakeEvent())).toBe(false)
  })

  it('is for what the server asks itself as for the visitor whose page it renders', () => {
    const inner = (context: object | undefined) => {
      const event = fakeEvent({ headers: FORWARDED, remoteAddress: '' })
      Object.assign(event.node.req, { __unenv__: context })
      return event
    }
    const visitor = fakeEvent({ headers: FORWARDED })
    isSecureRequest(visitor)
    expect(isSecureRequest(inner(visitor.context))).toBe(true)
    const stranger = fakeEvent({ headers: FORWARDED, remoteAddress: '192.0.2.5' })
    isSecureRequest(stranger)
    expect(isSecureRequest(inner(stranger.context))).toBe(false)
    expect(isSecureRequest(inner(undefined))).toBe(false)
  })
})

describe('isLoopbackRequest', () => {
  it('is true on this machine, over an address or the unix socket', () => {
    expect(isLoopbackRequest(fakeEvent({ remoteAddress: '127.0.0.1' }))).toBe(true)
    expect(isLoopbackRequest(fakeEvent({ remoteAddress: '::1' }))).toBe(true)
    expect(isLoopbackRequest(fakeEvent())).toBe(true)
  })

  it('is false for whoever comes through the proxy or from elsewhere', () => {
    expect(isLoopbackRequest(fakeEvent({ remoteAddress: '127.0.0.1', headers: FORWARDED }))).toBe(false)
    expect(isLoopbackRequest(fakeEvent({ headers: FORWARDED }))).toBe(false)
    expect(isLoopbackRequest(fakeEvent({ headers: { 'x-forwarded-for': '' } }))).toBe(false)
    expect(isLoopbackRequest(fakeEvent({ remoteAddress: '192.0.2.5' }))).toBe(false)
  })
})

describe('the address of a connection', () => {
  it('is remembered when it was asked for before the connection was closed', async () => {
    const seen = Promise.withResolvers<string>()
    const server = createServer(async (request, response) => {
      const event = createEvent(request, response)
      clientAddress(event)
      await once(request.socket, 'close')
      seen.resolve(clientAddress(event))
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const visitor = connect((server.address() as AddressInfo).port, '127.0.0.1')
    server.once('request', () => visitor.destroy())
    visitor.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n')
    expect(await seen.promise).toBe('127.0.0.1')
    server.close()
  })
})

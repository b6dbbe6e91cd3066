import { describe, expect, it } from 'vitest'
import { checkAddress, isPublicAddress, PUBLIC_WEB } from '../../../../server/web/guard.ts'

const check = (address: string) => checkAddress(address, PUBLIC_WEB)

describe('what is fetched', () => {
  it.each([
    ['https://en.wikipedia.org/wiki/Ragtime', 'https://en.wikipedia.org/wiki/Ragtime'],
    ['  example.com/a b#part ', 'https://example.com/a%20b'],
    ['http://93.184.215.14/', 'http://93.184.215.14/'],
    ['https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/', 'https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/'],
    ['http://www.bücher.de:80', 'http://www.xn--bcher-kva.de/'],
    ['https://example.com.:443/x', 'https://example.com./x'],
    ['https://localhost.example.com/', 'https://localhost.example.com/'],
    ['https://mylocal.com/', 'https://mylocal.com/'],
  ])('%s', (address, href) => {
    expect(check(address).href).toBe(href)
  })

  it('redirects are read against the page that they come from', () => {
    expect(checkAddress('/b', PUBLIC_WEB, new URL('https://example.com/a')).href).toBe('https://example.com/b')
    expect(() => checkAddress('//localhost/b', PUBLIC_WEB, new URL('https://example.com/a'))).toThrow(/open to everyone/)
  })
})

describe('what is no address of the web', () => {
  it.each(['', 'https://', 'two words', 'ftp://example.com/', 'file:///etc/passwd', 'gopher://example.com', 'data:text/html,x', 'javascript:alert(1)', 'unix:/run/app.sock',
    'http://user@example.com/', 'http://user:secret@example.com/', 'http://[::1%25lo]/', 'http://[fe80::1%25eth0]/', 'http://1.2.3.4.5/', 'http://999.1.1.1/'])('%s', (address) => {
    expect(() => check(address)).toThrow(expect.objectContaining({ code: 'web_address_invalid', status: 400 }) as Error)
  })
})

describe('what is refused before anything is asked', () => {
  it.each([
    // Loopback in every notation that a URL may have.
    'http://127.0.0.1/', 'http://127.1/', 'http://127.0.1/', 'http://2130706433/', 'http://0x7f000001/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://017700000001/',
    'http://0x7F.0x0.0x0.0x1/', 'http://127.000.000.001/', 'http://127.0.0.1./', 'http://127.255.255.254/', 'http://①②⑦.⓪.⓪.①/', 'http://127。0。0。1/', 'http://%31%32%37.0.0.1/',
    // This network, private networks, carrier-grade NAT.
    'http://0.0.0.0/', 'http://0/', 'http://0.1.2.3/', 'http://10.0.0.1/', 'http://10.1/', 'http://167772161/', 'http://172.16.0.1/', 'http://172.31.255.255/', 'http://192.168.0.1/',
    'http://0xc0a80001/', 'http://100.64.0.1/', 'http://100.127.255.255/',
    // Metadata and platform services.
    'http://169.254.169.254/latest/meta-data/', 'http://2852039166/', 'http://0xa9fea9fe/', 'http://0251.0376.0251.0376/', 'http://169.254.170.2/', 'http://100.100.100.200/',
    'http://168.63.129.16/', 'http://192.0.0.192/', 'http://[fd00:ec2::254]/', 'http://metadata.google.internal/', 'http://metadata/',
    // Multicast, reserved, documentation, broadcast.
    'http://224.0.0.1/', 'http://239.255.255.250/', 'http://240.0.0.1/', 'http://255.255.255.255/', 'http://192.0.2.1/', 'http://198.51.100.1/', 'http://203.0.113.1/', 'http://198.18.0.1/', 'http://192.88.99.1/',
    // IPv6: loopback, unspecified, mapped, compatible, translated, 6to4, Teredo, unique local, link-local, site-local, multicast.
    'http://[::1]/', 'http://[0:0:0:0:0:0:0:1]/', 'http://[::]/', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:1]/', 'http://[::ffff:8.8.8.8]/', 'http://[::127.0.0.1]/', 'http://[::ffff:0:127.0.0.1]/',
    'http://[64:ff9b::127.0.0.1]/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://[64:ff9b:1::10.0.0.1]/', 'http://[2002:7f00:1::]/', 'http://[2002:a9fe:a9fe::1]/', 'http://[2001:0:7f00:1::]/',
    'http://[fc00::1]/', 'http://[fd12:3456::1]/', 'http://[fdaa:0:1::3]/', 'http://[fe80::1]/', 'http://[fec0::1]/', 'http://[ff02::1]/', 'http://[100::1]/', 'http://[2001:db8::1]/', 'http://[3fff::1]/', 'http://[5f00::1]/', 'http://[4000::1]/',
    // Names of this machine and of inner networks.
    'http://localhost/', 'http://LOCALHOST/', 'http://localhost./', 'http://a.localhost/', 'http://localhost.localdomain/', 'http://intranet/', 'http://router/', 'http://printer.local/', 'http://_api.internal/',
    'http://ragtime.internal/', 'http://top1.nearest.of.ragtime.internal/', 'http://ragtime.flycast/', 'http://nas.lan/', 'http://box.home.arpa/', 'http://xyz.onion/', 'http://host.docker.internal/',
    // Ports of other services.
    'http://example.com:22/', 'http://example.com:3000/', 'https://example.com:8443/', 'http://example.com:6379/', 'http://example.com:0/',
  ])('%s', (address) => {
    expect(() => check(address)).toThrow(expect.objectContaining({ code: 'web_address_refused', status: 422 }) as Error)
  })
})

describe('addresses that a name has', () => {
  it.each(['8.8.8.8', '93.184.215.14', '172.32.0.1', '100.128.0.1', '169.253.1.1', '2606:4700::1111', '2a00:1450:4001::200e'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  it.each(['', 'localhost', '127.0.0.1', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', 'fe80::1%eth0', '2606:4700::1111%eth0', 'fdaa::1', '010.0.0.1', '8.8.8.8 ', '0x7f.1', '2130706433'])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })
})

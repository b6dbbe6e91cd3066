import { describe, expect, it } from 'vitest'
import { isOwnRequest } from '../../../../server/utils/csrf.ts'

const post = { method: 'POST', host: 'ragtime.example:8080', origin: undefined, secFetchSite: undefined }

describe('isOwnRequest', () => {
  it.each([
    ['reading, from anywhere', { method: 'GET', origin: 'https://evil.example', secFetchSite: 'cross-site' }, true],
    ['this site', { secFetchSite: 'same-origin', origin: 'http://ragtime.example:8080' }, true],
    ['the address bar', { secFetchSite: 'none' }, true],
    ['another site', { secFetchSite: 'cross-site', origin: 'https://evil.example' }, false],
    ['a neighbour on the same site', { secFetchSite: 'same-site', origin: 'https://other.example' }, false],
    ['another site that claims our origin', { secFetchSite: 'cross-site', origin: 'http://ragtime.example:8080' }, false],
    ['an old browser, this site', { origin: 'https://ragtime.example:8080' }, true],
    ['an old browser, this site in capitals', { host: 'Ragtime.Example:8080', origin: 'https://ragtime.example:8080' }, true],
    ['an old browser, another port', { origin: 'http://ragtime.example:9090' }, false],
    ['an old browser, a name that begins like ours', { origin: 'http://ragtime.example:8080.evil.example' }, false],
    ['a sandboxed frame', { origin: 'null' }, false],
    ['an origin without a host to compare', { host: undefined, origin: 'http://ragtime.example:8080' }, false],
    ['a program that is no browser', {}, true],
  ])('%s', (_name, facts, expected) => {
    expect(isOwnRequest({ ...post, ...facts })).toBe(expected)
  })

  it.each(['PUT', 'PATCH', 'DELETE', 'POST'])('looks at %s', (method) => {
    expect(isOwnRequest({ ...post, method, secFetchSite: 'cross-site' })).toBe(false)
  })
})

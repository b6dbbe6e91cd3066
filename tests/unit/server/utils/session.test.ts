import { describe, expect, it } from 'vitest'
import { clearSessionCookie, hashToken, newToken, readSessionCookie, sessionKey, writeSessionCookie } from '../../../../server/utils/session.ts'
import { fakeEvent } from './support.ts'

const HTTPS = { 'x-forwarded-proto': 'https' }

describe('tokens', () => {
  it('are 256 random bits each', () => {
    const tokens = new Set(Array.from({ length: 100 }, newToken))
    expect(tokens.size).toBe(100)
    for (const token of tokens) expect(Buffer.from(token, 'base64url')).toHaveLength(32)
  })

  it('have a hash that depends on token, secret and password', () => {
    const secret = 'a secret for the tests that is long enough'
    const hash = hashToken(sessionKey(secret, 'password'), 'token')
    expect(hashToken(sessionKey(secret, 'password'), 'token')).toBe(hash)
    expect(hashToken(sessionKey(secret, 'password'), 'token2')).not.toBe(hash)
    expect(hashToken(sessionKey(secret, 'password2'), 'token')).not.toBe(hash)
    expect(hashToken(sessionKey(`${secret}2`, 'password'), 'token')).not.toBe(hash)
  })
})

describe('the cookie', () => {
  const setCookie = (event: ReturnType<typeof fakeEvent>) => String(event.node.res.getHeader('set-cookie'))

  it('is bound to this host over HTTPS', () => {
    const event = fakeEvent({ headers: HTTPS })
    writeSessionCookie(event, 'token')
    expect(setCookie(event)).toBe('__Host-ragtime_session=token; Max-Age=2592000; Path=/; HttpOnly; Secure; SameSite=Lax')
  })

  it('works over plain HTTP on this machine', () => {
    const event = fakeEvent()
    writeSessionCookie(event, 'token')
    expect(setCookie(event)).toBe('ragtime_session=token; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax')
  })

  it('is removed with the attributes it was set with', () => {
    const event = fakeEvent({ headers: HTTPS })
    clearSessionCookie(event)
    expect(setCookie(event)).toMatch(/^__Host-ragtime_session=; Max-Age=0; Path=\/;.*Secure/)
  })

  it('is read under the name of its connection only', () => {
    const cookie = '__Host-ragtime_session=secure; ragtime_session=plain'
    expect(readSessionCookie(fakeEvent({ headers: { cookie, ...HTTPS } }))).toBe('secure')
    expect(readSessionCookie(fakeEvent({ headers: { cookie } }))).toBe('plain')
    expect(readSessionCookie(fakeEvent({ headers: { cookie: 'ragtime_session=' } }))).toBeNull()
    expect(readSessionCookie(fakeEvent({ headers: { cookie: `ragtime_session=${'x'.repeat(101)}` } }))).toBeNull()
    expect(readSessionCookie(fakeEvent())).toBeNull()
  })
})

import { scryptSync } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Gate } from '../../../../server/utils/gate.ts'
import { temporaryDatabase } from '../../support/database.ts'

const PASSWORD = 'maple leaf rag'
const SECRET = 'a secret for the tests that is long enough'
const DAY = 24 * 3_600_000

/** As the configuration may hold it, and cheap to check. */
const HASH = ((base64: (bytes: Buffer) => string) => {
  const salt = Buffer.from('a salt of the tests')
  return `$scrypt$ln=10,r=8,p=1$${base64(salt)}$${base64(scryptSync(PASSWORD, salt, 32, { N: 1024, r: 8, p: 1 }))}`
})(bytes => bytes.toString('base64').replace(/=+$/, ''))

function setUp({ password = HASH } = {}) {
  const { db, path } = temporaryDatabase()
  const clock = { now: Date.parse('2026-03-01T12:00:00Z') }
  const open = (changes: { password?: string, sessionSecret?: string } = {}) =>
    new Gate({ db, password, sessionSecret: SECRET, now: () => clock.now, ...changes })
  const count = (table: 'sessions' | 'login_attempts') => (db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n
  return { db, path, clock, gate: open(), open, count }
}

describe('a session', () => {
  it('opens with the right password only', async () => {
    const { gate } = setUp()
    await expect(gate.signIn('entertainer', '10.0.0.1', null)).rejects.toMatchObject({ code: 'wrong_password', status: 401 })
    const { token } = await gate.signIn(PASSWORD, '10.0.0.1', null)
    expect(gate.check(token)).toEqual({ expiresAt: '2026-03-08T12:00:00.000Z' })
    expect(gate.check(`${token}x`)).toBeNull()
    expect(gate.check(null)).toBeNull()
  })

  it('is not in the database as the browser has it', async () => {
    const { gate, db } = setUp()
    const { token } = await gate.signIn(PASSWORD, '10.0.0.1', null)
    const stored = JSON.stringify(db.prepare('SELECT * FROM sessions').all())
    expect(stored).toContain('2026')
    expect(stored).not.toContain(token)
  })

  it('replaces the one from before, and each has a token of its own', async () => {
    const { gate, count } = setUp()
    const first = await gate.signIn(PASSWORD, '10.0.0.1', null)
    const second = await gate.signIn(PASSWORD, '10.0.0.1', first.token)
    expect(second.token).not.toBe(first.token)
    expect(gate.check(first.token)).toBeNull()
    expect(gate.check(second.token)).not.toBeNull()
    expect(count('sessions')).toBe(1)
  })

  it('ends with signing out, and no other with it', async () => {
    const { gate } = setUp()
    const here = await gate.signIn(PASSWORD, '10.0.0.1', null)
    const there = await gate.signIn(PASSWORD, '10.0.0.2', null)
    gate.signOut(here.token)
    expect(gate.check(here.token)).toBeNull()
    expect(gate.check(there.token)).not.toBeNull()
  })

  it('ends after a week without use', async () => {
    const { gate, clock } = setUp()
    const { token } = await gate.signIn(PASSWORD, '10.0.0.1', null)
    clock.now += 7 * DAY
    expect(gate.check(token)).toBeNull()
  })

  it('lives on while it is used, and ends after 30 days all the same', async () => {
    const { gate, clock } = setUp()
    const { token } = await gate.signIn(PASSWORD, '10.0.0.1', null)
    for (let day = 0; day < 24; day += 6) {
      clock.now += 6 * DAY
      expect(gate.check(token), `day ${day + 6}`).not.toBeNull()
    }
    expect(gate.check(token)).toEqual({ expiresAt: '2026-03-31T12:00:00.000Z' })
    clock.now += 6 * DAY
    expect(gate.check(token)).toBeNull()
  })

  it('is removed from the table when it is over', async () => {
    const { gate, clock, count } = setUp()
    await gate.signIn(PASSWORD, '10.0.0.1', null)
    clock.now += 8 * DAY
    await gate.signIn(PASSWORD, '10.0.0.1', null)
    expect(count('sessions')).toBe(1)
  })

  it('is written to at most every five minutes', async () => {
    const { gate, clock, db } = setUp()
    const { token } = await gate.signIn(PASSWORD, '10.0.0.1', null)
    const before = db.prepare('SELECT total_changes() AS n').get()
    clock.now += 4 * 60_000
    gate.check(token)
    expect(db.prepare('SELECT total_changes() AS n').get()).toEqual(before)
    clock.now += 60_000
    gate.check(token)
    expect(db.prepare('SELECT last_seen_at FROM sessions').pluck().get()).toBe('2026-03-01T12:05:00.000Z')
  })

  it('ends when the secret or the password is changed, and survives a restart without', async () => {
    const { gate, open } = setUp()
    const { token } = await gate.signIn(PASSWORD, '10.0.0.1', null)
    expect(open().check(token)).not.toBeNull()
    expect(open({ sessionSecret: `${SECRET}, another` }).check(token)).toBeNull()
    expect(open({ password: 'another password' }).check(token)).toBeNull()
  })

  it('opens with a password that is configured in plain', async () => {
    const { gate } = setUp({ password: PASSWORD })
    expect(gate.check((await gate.signIn(PASSWORD, '10.0.0.1', null)).token)).not.toBeNull()
  })
})

describe('whoever watches a session', () => {
  afterEach(() => vi.useRealTimers())

  async function watched() {
    const setup = setUp()
    const { token } = await setup.gate.signIn(PASSWORD, '10.0.0.1', null)
    vi.useFakeTimers()
    const onEnd = vi.fn()
    const stop = setup.gate.watch(token, onEnd)
    const wait = (ms: number) => {
      setup.clock.now += ms
      vi.advanceTimersByTime(ms)
    }
    return { ...setup, token, onEnd, stop, wait }
  }

  it('is told at once, and once, when it is signed out', async () => {
    const { gate, token, onEnd, wait } = await watched()
    gate.signOut('another token')
    expect(onEnd).not.toHaveBeenCalled()
    gate.signOut(token)
    expect(onEnd).toHaveBeenCalledTimes(1)
    gate.signOut(token)
    wait(40 * DAY)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('is told when signing in again replaces it', async () => {
    const { gate, token, onEnd } = await watched()
    vi.useRealTimers()
    await gate.signIn(PASSWORD, '10.0.0.1', token)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('is told in the moment it runs out, and keeps it from nothing by watching', async () => {
    const { onEnd, wait } = await watched()
    for (let minutes = 0; minutes < 7 * 24 * 60 - 1; minutes++) wait(60_000)
    expect(onEnd).not.toHaveBeenCalled()
    wait(60_002)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('is told within a minute when another program ends it', async () => {
    const { db, onEnd, wait } = await watched()
    db.prepare('DELETE FROM sessions').run()
    wait(60_001)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('is told nothing any more after it has left', async () => {
    const { gate, token, onEnd, stop } = await watched()
    stop()
    gate.signOut(token)
    expect(onEnd).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the throttle', () => {
  async function fail(gate: Gate, times: number, client = '10.0.0.1') {
    for (let i = 0; i < times; i++) await expect(gate.signIn('guess', client, null)).rejects.toMatchObject({ code: 'wrong_password' })
  }

  it('refuses the sixth try of a client, the right password too, and says when to come back', async () => {
    const { gate, clock } = setUp()
    await fail(gate, 5)
    clock.now += 4 * 60_000
    await expect(gate.signIn(PASSWORD, '10.0.0.1', null)).rejects.toMatchObject({
      code: 'too_many_attempts', status: 429, retryAfter: 360, message: 'Too many tries to sign in. Try again in 6 minutes.',
    })
    clock.now += 360_000 - 1_000
    await expect(gate.signIn(PASSWORD, '10.0.0.1', null)).rejects.toMatchObject({ retryAfter: 1, message: 'Too many tries to sign in. Try again in 1 second.' })
    clock.now += 1_000
    await expect(gate.signIn(PASSWORD, '10.0.0.1', null)).resolves.toBeDefined()
  })

  it('lets other clients in meanwhile', async () => {
    const { gate } = setUp()
    await fail(gate, 5)
    await expect(gate.signIn(PASSWORD, '10.0.0.2', null)).resolves.toBeDefined()
  })

  it('survives a restart', async () => {
    const { gate, open } = setUp()
    await fail(gate, 5)
    await expect(open().signIn(PASSWORD, '10.0.0.1', null)).rejects.toMatchObject({ code: 'too_many_attempts' })
  })

  it('counts tries that come at the same moment', async () => {
    const { gate } = setUp()
    const results = await Promise.allSettled(Array.from({ length: 12 }, () => gate.signIn('guess', '10.0.0.1', null)))
    const codes = results.map(result => result.status === 'rejected' && (result.reason as { code: string }).code)
    expect(codes.filter(code => code === 'wrong_password')).toHaveLength(5)
    expect(codes.filter(code => code === 'too_many_attempts')).toHaveLength(7)
  })

  it('forgets a client\'s mistakes after the right password', async () => {
    const { gate, count } = setUp()
    await fail(gate, 4)
    await gate.signIn(PASSWORD, '10.0.0.1', null)
    expect(count('login_attempts')).toBe(0)
    await fail(gate, 5)
  })

  it('holds for all clients together, and does not grow with refused tries', async () => {
    const { gate, db, count, clock } = setUp()
    const insert = db.prepare('INSERT INTO login_attempts (client, at) VALUES (?, ?)')
    for (let i = 0; i < 60; i++) insert.run(`10.1.0.${i}`, new Date(clock.now - i * 1_000).toISOString())
    for (let i = 0; i < 5; i++) {
      await expect(gate.signIn('guess', `10.2.0.${i}`, null)).rejects.toMatchObject({ code: 'too_many_attempts', retryAfter: 541 })
    }
    expect(count('login_attempts')).toBe(60)
    clock.now += 541_000
    await fail(gate, 1)
    expect(count('login_attempts')).toBe(60)
  })
})

import { beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../../server/db/connection.ts'
import { insertDocument } from '../../../../server/db/documents.ts'
import * as jobs from '../../../../server/db/jobs.ts'
import { temporaryDatabase } from '../../support/database.ts'

const { db, path } = temporaryDatabase()
const LEASE = 60_000

function add(): number {
  const { key } = insertDocument(db, { contentHash: crypto.randomUUID(), title: 't', filename: 'f', mediaType: 'text/plain', bytes: 1 })!
  jobs.insertJob(db, key)
  return key
}
const state = (key: number) => db.prepare('SELECT status, attempt, max_attempts AS max FROM jobs WHERE document_key = ?').get(key)

beforeEach(() => {
  db.prepare('DELETE FROM jobs').run()
})

describe('jobs', () => {
  it('are claimed once each, in order, also by two connections at a time', () => {
    const keys = [add(), add(), add(), add()]
    const second = openDatabase(path)
    const claims = [jobs.claimJob(db, LEASE), jobs.claimJob(second, LEASE), jobs.claimJob(second, LEASE), jobs.claimJob(db, LEASE), jobs.claimJob(second, LEASE)]
    second.close()
    expect(claims.map(lease => lease?.documentKey ?? null)).toEqual([...keys, null])
    expect(claims[0]).toMatchObject({ attempt: 1, maxAttempts: 3 })
  })

  it('are taken over when the lease has run out, and the old attempt may write nothing', () => {
    const key = add()
    const now = Date.now()
    const old = jobs.claimJob(db, LEASE, { now: now })!
    expect(jobs.claimJob(db, LEASE, { now: now + LEASE - 1 })).toBeNull()
    const fresh = jobs.claimJob(db, LEASE, { now: now + LEASE })!
    expect(fresh).toMatchObject({ documentKey: key, attempt: 2, maxAttempts: 4 })
    expect(jobs.renewLease(db, old, LEASE)).toBe(false)
    let wrote = false
    expect(() => jobs.fenced(db, old, () => {
      wrote = true
    })).toThrow(jobs.LeaseLostError)
    expect(wrote).toBe(false)
    expect(jobs.fenced(db, fresh, () => 42)).toBe(42)
  })

  it('keep a renewed lease', () => {
    add()
    const now = Date.now()
    const lease = jobs.claimJob(db, LEASE, { now: now })!
    expect(jobs.renewLease(db, lease, LEASE, now + LEASE - 1)).toBe(true)
    expect(jobs.claimJob(db, LEASE, { now: now + LEASE + 1 })).toBeNull()
  })

  it('roll back what a fenced write began when it throws', () => {
    const key = add()
    const lease = jobs.claimJob(db, LEASE)!
    expect(() => jobs.fenced(db, lease, () => {
      jobs.deleteJob(db, key)
      throw new Error('no')
    })).toThrow('no')
    expect(state(key)).toMatchObject({ status: 'running' })
  })

  it('wait for their next attempt', () => {
    const key = add()
    expect(jobs.nextJobDelay(db, LEASE)).toBe(0)
    const lease = jobs.claimJob(db, LEASE)!
    jobs.postponeJob(db, lease, { delayMs: 10_000, error: 'busy' })
    expect(state(key)).toEqual({ status: 'queued', attempt: 1, max: 3 })
    expect(jobs.claimJob(db, LEASE)).toBeNull()
    expect(jobs.nextJobDelay(db, LEASE)).toBeGreaterThan(9_000)
    expect(jobs.claimJob(db, LEASE, { now: Date.now() + 10_001 })).toMatchObject({ attempt: 2, maxAttempts: 3 })
  })

  it('keep their place in the queue when a stop or a crash cuts them short', () => {
    const keys = [add(), add()]
    jobs.releaseJob(db, jobs.claimJob(db, LEASE)!)
    expect(state(keys[0]!)).toEqual({ status: 'queued', attempt: 1, max: 4 })
    jobs.claimJob(db, LEASE)
    expect(jobs.releaseRunningJobs(db)).toEqual([keys[0]])
    expect(jobs.claimJob(db, LEASE)).toMatchObject({ documentKey: keys[0], attempt: 3, maxAttempts: 5 })
  })

  it('stop granting attempts after many interruptions', () => {
    add()
    let lease = jobs.claimJob(db, LEASE)!
    while (lease.attempt <= lease.maxAttempts && lease.attempt < 1_000) {
      jobs.releaseRunningJobs(db)
      lease = jobs.claimJob(db, LEASE)!
    }
    expect(lease.attempt).toBeGreaterThan(jobs.MAX_INTERRUPTIONS)
    expect(lease.attempt).toBeLessThan(jobs.MAX_INTERRUPTIONS + 10)
  })

  it('can be taken from their worker while they are unfinished, and queued again when they have failed', () => {
    const key = add()
    const worker = jobs.claimJob(db, LEASE)!
    const taken = jobs.takeOverJob(db, key, LEASE)!
    expect(() => jobs.fenced(db, worker, () => {})).toThrow(jobs.LeaseLostError)
    expect(jobs.requeueJob(db, key)).toBe(false)
    jobs.fenced(db, taken, () => jobs.finishJob(db, taken, { status: 'failed', error: 'cancelled' }))
    expect(jobs.takeOverJob(db, key, LEASE)).toBeNull()
    expect(jobs.nextJobDelay(db, LEASE)).toBeNull()
    expect(jobs.requeueJob(db, key)).toBe(true)
    expect(jobs.claimJob(db, LEASE)).toMatchObject({ attempt: 3, maxAttempts: 5 })
  })

  it('give their place to what may be quick, and come after it', () => {
    const slow = add()
    jobs.releaseJob(db, jobs.claimJob(db, LEASE)!, { slow: true })
    expect(jobs.hasQuickJob(db, LEASE)).toBe(false)
    const quick = add()
    expect(jobs.hasQuickJob(db, LEASE)).toBe(true)
    expect(jobs.claimJob(db, LEASE)).toMatchObject({ documentKey: quick })
    expect(jobs.hasQuickJob(db, LEASE)).toBe(false)
    expect(jobs.claimJob(db, LEASE)).toMatchObject({ documentKey: slow, attempt: 2, maxAttempts: 4 })
  })
})

describe('a clock that is set', () => {
  const HOUR = 3_600_000
  const now = Date.now()

  it.each([['back', -HOUR], ['forward', HOUR]])('%s by an hour keeps no new job waiting', (_, jump) => {
    const key = add()
    expect(jobs.nextJobDelay(db, LEASE, { now: now + jump })).toBe(0)
    expect(jobs.claimJob(db, LEASE, { now: now + jump })).toMatchObject({ documentKey: key })
  })

  it.each([['back', -HOUR], ['forward', HOUR]])('%s by an hour keeps none waiting for its next attempt for longer than the longest pause', (_, jump) => {
    const key = add()
    jobs.postponeJob(db, jobs.claimJob(db, LEASE, { now })!, { delayMs: HOUR, error: 'busy' })
    expect(jobs.claimJob(db, LEASE, { now })).toBeNull()
    expect(jobs.nextJobDelay(db, LEASE, { now })).toBeLessThanOrEqual(jobs.MAX_BACKOFF_MS + 1_000)
    expect(jobs.nextJobDelay(db, LEASE, { now: now + jump })).toBe(0)
    expect(jobs.claimJob(db, LEASE, { now: now + jump })).toMatchObject({ documentKey: key, attempt: 2 })
  })

  it.each([['back', -HOUR], ['forward', HOUR]])('%s by an hour leaves no job with a worker that is gone', (_, jump) => {
    const key = add()
    const gone = jobs.claimJob(db, LEASE, { now })!
    expect(jobs.claimJob(db, LEASE, { now: now + LEASE / 2 })).toBeNull()
    expect(jobs.nextJobDelay(db, LEASE, { now: now + jump })).toBe(0)
    expect(jobs.claimJob(db, LEASE, { now: now + jump })).toMatchObject({ documentKey: key, attempt: 2 })
    expect(jobs.renewLease(db, gone, LEASE)).toBe(false)
  })

  it.each([['back', -HOUR], ['forward', HOUR]])('%s by an hour takes no job from a worker that is alive', (_, jump) => {
    add()
    const lease = jobs.claimJob(db, LEASE, { now })!
    const there = { now: now + jump, held: [lease.jobId] }
    expect(jobs.claimJob(db, LEASE, there)).toBeNull()
    expect(jobs.nextJobDelay(db, LEASE, there)).toBeNull()
    expect(jobs.renewLease(db, lease, LEASE, now + jump)).toBe(true)
    expect(jobs.claimJob(db, LEASE, { now: now + jump + LEASE / 2 })).toBeNull()
  })
})

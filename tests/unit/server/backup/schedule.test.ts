import { mkdirSync, writeFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { createGeneration } from '../../../../server/backup/generation.ts'
import type { Save } from '../../../../server/backup/index.ts'
import { createBackupSchedule, lastOccurrence, type BackupEnd, type BackupSchedule } from '../../../../server/backup/schedule.ts'
import { BackupError } from '../../../../server/backup/types.ts'
import { startFakeS3 } from './support/fake-s3.ts'
import { makeInstance, type Instance } from './support/instance.ts'

const HOUR = 3_600_000
let instance: Instance
let ends: BackupEnd[]
let now: number
let save: Save
beforeEach(() => {
  instance = makeInstance()
  ends = []
  // Generations are named by the real clock; the schedule's own starts there.
  now = Date.now()
  save = createGeneration
})

function schedule(hour = new Date(now).getUTCHours()): BackupSchedule {
  return createBackupSchedule({
    target: instance.target, hour, version: '1', databasePath: instance.databasePath, filesDir: instance.filesDir,
    save: (request, signal) => save(request, signal), onEnd: end => ends.push(end), now: () => now,
  })
}

describe('lastOccurrence', () => {
  const at = (text: string) => Date.parse(`2026-03-05T${text}:00.000Z`)
  it.each([
    [3, '03:00', '2026-03-05T03:00:00.000Z'],
    [3, '02:59', '2026-03-04T03:00:00.000Z'],
    [0, '00:00', '2026-03-05T00:00:00.000Z'],
    [23, '12:00', '2026-03-04T23:00:00.000Z'],
  ])('of hour %i at %s is %s', (hour, time, expected) => {
    expect(new Date(lastOccurrence(hour, at(time))).toISOString()).toBe(expected)
  })
})

describe('the schedule', () => {
  it('saves a new instance at once, then once a day, also after a restart', async () => {
    expect(await schedule().tick()).toBe('done')
    const restarted = schedule()
    expect(await restarted.tick()).toBe('not due')
    now += 25 * HOUR
    expect(await restarted.tick()).toBe('done')
    expect(ends.map(({ outcome, report }) => [outcome, report!.kept])).toEqual([['done', 1], ['done', 2]])
    expect(await restarted.state()).toMatchObject({ generations: 2, running: false, lastSuccessAt: Date.parse(ends[1]!.report!.manifest!.createdAt) })
    expect((await restarted.state()).lastBytes).toBeGreaterThan(4_096)
  })

  it('takes one made by hand for the day\'s', async () => {
    const { tick } = schedule()
    await tick()
    expect(await tick()).toBe('not due')
  })

  it('runs one at a time', async () => {
    const gate = Promise.withResolvers<void>()
    save = async (request) => {
      await gate.promise
      return createGeneration(request)
    }
    const one = schedule()
    const first = one.tick()
    await expect.poll(async () => (await one.state()).running).toBe(true)
    expect(await one.tick()).toBe('running')
    gate.resolve()
    expect(await first).toBe('done')
  })

  it('reports a failure and tries again, but not every minute', async () => {
    save = () => Promise.reject(new BackupError('The disk is full'))
    const one = schedule()
    expect(await one.tick()).toBe('failed')
    expect(ends[0]).toMatchObject({ outcome: 'failed', error: { message: 'The disk is full' } })
    save = createGeneration
    now += 60_000
    expect(await one.tick()).toBe('not due')
    now += 15 * 60_000
    expect(await one.tick()).toBe('done')
  })

  it('brings what the bucket has missed, without saving anew', async () => {
    const fake = await startFakeS3()
    try {
      instance.target.bucket = fake.settings
      fake.fault = ({ method }) => method === 'PUT' ? { type: 'status', status: 403 } : null
      const one = schedule()
      expect(await one.tick()).toBe('failed')
      expect((await one.state()).generations).toBe(1)
      fake.fault = () => null
      now += 16 * 60_000
      // An hour boundary may have passed on the test's clock: not a new day's backup.
      expect(await schedule(new Date(now + HOUR).getUTCHours()).tick()).toBe('done')
      expect(ends.at(-1)!.report).toMatchObject({ manifest: null, sent: { files: 0 } })
      expect(await schedule(new Date(now + HOUR).getUTCHours()).tick()).toBe('not due')
    }
    finally {
      await fake.close()
    }
  })

  it('stops what is running, and does nothing any more', async () => {
    save = (_, signal) => new Promise((_, reject) => {
      signal!.addEventListener('abort', () => reject(signal!.reason as Error))
    })
    const one = schedule()
    const first = one.tick()
    await expect.poll(async () => (await one.state()).running).toBe(true)
    await one.stop()
    expect(await first).toBe('failed')
    expect(ends).toEqual([])
    now += 48 * HOUR
    expect(await one.tick()).toBe('not due')
  })

  it('does not take a damaged generation for a backup', async () => {
    const id = '2099-01-01T00-00-00-000Z'
    mkdirSync(`${instance.target.dir}/${id}`, { recursive: true })
    writeFileSync(`${instance.target.dir}/${id}/manifest.json`, '{}')
    const one = schedule()
    expect((await one.state()).lastSuccessAt).toBeNull()
    expect(await one.tick()).toBe('done')
  })
})

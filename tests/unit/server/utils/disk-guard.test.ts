import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { rescueWhenFull, write } from '../../../../server/db/connection.ts'
import { getSetting, setSetting } from '../../../../server/db/settings.ts'
import { createDiskGuard, RESERVE_FILE, type DiskGuard } from '../../../../server/utils/disk-guard.ts'
import { isDiskFull } from '../../../../server/utils/disk-full.ts'
import { temporaryDatabase } from '../../support/database.ts'

const MB = 1024 * 1024
const ended: (() => void)[] = []
afterEach(() => {
  for (const end of ended.splice(0)) end()
})

/** A guard of a disk whose free space a test sets; it looks when it is told to. */
function setUp(free = 1_000 * MB) {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-disk-'))
  const disk = { free }
  const seen: boolean[] = []
  const make = (): DiskGuard => createDiskGuard({ folder, everyMs: 3_600_000, onChange: hasRoom => seen.push(hasRoom), freeBytes: async () => disk.free })
  const guard = make()
  ended.push(() => {
    guard.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const path = join(folder, RESERVE_FILE)
  return { guard, disk, seen, make, reserve: () => existsSync(path) ? statSync(path).blocks * 512 : 0 }
}

describe('the disk guard', () => {
  it('holds real space, which a restart finds again', async () => {
    const { guard, make, reserve } = setUp()
    await guard.look()
    expect(reserve()).toBeGreaterThanOrEqual(16 * MB)
    expect(guard).toMatchObject({ hasRoom: true, room: 984 * MB })
    guard.close()
    const next = make()
    expect(next.reportFull(), 'it is there to be given up').toBe(true)
    next.close()
  })

  it('ends large things first, gives the reserve up when little is left, and takes it back', async () => {
    const { guard, disk, seen, reserve } = setUp()
    await guard.look()
    disk.free = 15 * MB
    await guard.look()
    expect(guard).toMatchObject({ hasRoom: false, room: 0 })
    expect(reserve()).toBeGreaterThan(0)
    disk.free = 20 * MB
    await guard.look()
    expect(guard.hasRoom, 'not for the sake of one upload').toBe(false)
    disk.free = 7 * MB
    await guard.look()
    expect(reserve()).toBe(0)
    disk.free = 39 * MB
    await guard.look()
    expect(guard.hasRoom).toBe(false)
    disk.free = 41 * MB
    await guard.look()
    expect(reserve()).toBeGreaterThanOrEqual(16 * MB)
    expect(guard.hasRoom).toBe(true)
    expect(seen).toEqual([false, true])
  })

  it('has something to give once when a write fails', async () => {
    const { guard, reserve, seen } = setUp()
    await guard.look()
    expect(guard.reportFull()).toBe(true)
    expect(reserve()).toBe(0)
    expect(guard.reportFull()).toBe(false)
    expect(seen).toEqual([false])
  })
})

describe('a transaction that finds the disk full', () => {
  it('is run again when room was made, and fails when none was', () => {
    const { db } = temporaryDatabase()
    const limit = (pages: number) => db.pragma(`max_page_count = ${pages}`)
    const full = () => limit(db.pragma('page_count', { simple: true }) as number)
    const store = () => write(db, () => setSetting(db, 'large', 'x'.repeat(200_000)))
    full()
    let error: unknown
    try {
      store()
    }
    catch (thrown) {
      error = thrown
    }
    expect(isDiskFull(error)).toBe(true)
    rescueWhenFull(db, () => {
      limit(10_000)
      return true
    })
    store()
    expect(getSetting<string>(db, 'large')).toHaveLength(200_000)
    full()
    rescueWhenFull(db, () => false)
    expect(() => write(db, () => setSetting(db, 'larger', 'x'.repeat(200_000)))).toThrow(/full/)
    expect(getSetting(db, 'larger')).toBeNull()
    expect(db.inTransaction).toBe(false)
  })
})

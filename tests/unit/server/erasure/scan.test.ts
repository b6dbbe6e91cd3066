import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../../server/db/connection.ts'
import { scanForSamples } from '../../../../server/erasure/scan.ts'

const MB = 1024 * 1024
const folder = mkdtempSync(join(tmpdir(), 'ragtime-scan-'))
const paths = { databasePath: join(folder, 'ragtime.db'), filesDir: join(folder, 'files'), incomingDir: join(folder, 'files', '.incoming') }
const samples = ['A sentence that lies in the database file.', 'One that crosses a border between two reads.', 'A sentence in the log.', 'Ein Satz in einer Datei: Größe.', 'One that just arrives.', 'One that is nowhere.']

beforeAll(() => {
  mkdirSync(paths.incomingDir, { recursive: true })
  const database = Buffer.alloc(3 * MB, 'x')
  database.write(samples[0]!, 100)
  database.write(samples[1]!, MB - 7)
  writeFileSync(paths.databasePath, database)
  writeFileSync(`${paths.databasePath}-wal`, `....${samples[2]}`)
  writeFileSync(join(paths.filesDir, 'a'), `....${samples[3]}....`)
  writeFileSync(join(paths.incomingDir, 'b'), samples[4]!)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('scanForSamples', () => {
  it('finds samples wherever they lie, also across the border of two reads', async () => {
    const { found, complete, places } = await scanForSamples({ ...paths, samples })
    expect([...found].map(([index, { place }]) => [index, place])).toEqual([[0, 'database'], [1, 'database'], [2, 'wal'], [3, 'files'], [4, 'temporary']])
    expect(complete).toBe(true)
    expect(places.map(({ place, bytes }) => [place, bytes > 0])).toEqual([['database', true], ['wal', true], ['files', true], ['temporary', true]])
    expect(places[0]!.bytes).toBe(3 * MB)
  })

  it('says that nothing was found where nothing is', async () => {
    expect(await scanForSamples({ ...paths, databasePath: join(folder, 'other.db'), samples: ['One that is nowhere.'] })).toMatchObject({ found: new Map(), complete: true })
  })

  it.skipIf(!existsSync('/proc/locks'))('leaves SQLite its locks, without which another program would take the database for its own', async () => {
    const databasePath = join(folder, 'locked.db')
    const db = openDatabase(databasePath)
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)')
    const locks = () => [databasePath, `${databasePath}-shm`].map((path) => {
      const { ino } = statSync(path)
      return readFileSync('/proc/locks', 'utf8').split('\n').filter(line => line.includes(`:${ino} `) && line.includes(` ${process.pid} `)).length
    })
    const before = locks()
    expect(before.every(count => count > 0)).toBe(true)
    for (let round = 0; round < 2; round++) await scanForSamples({ ...paths, databasePath, samples })
    expect(locks()).toEqual(before)
    db.close()
  })
})

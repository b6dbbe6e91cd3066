import { linkSync, readFileSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGeneration } from '../../../../server/backup/generation.ts'
import { runBackup, saveInThread, type BackupReport } from '../../../../server/backup/index.ts'
import { bucketSource, checkGeneration, folderSource, restoreGeneration } from '../../../../server/backup/restore.ts'
import { createS3 } from '../../../../server/backup/s3.ts'
import { listGenerations, requireSpace } from '../../../../server/backup/storage.ts'
import { openReadOnly } from '../../../../server/db/connection.ts'
import { listContentHashes } from '../../../../server/db/documents.ts'
import { lockFile } from '../../../../server/db/file-lock.ts'
import { startFakeS3, type FakeS3 } from './support/fake-s3.ts'
import { makeInstance, names, type Instance } from './support/instance.ts'

const entry = fileURLToPath(new URL('../../../../server/backup/worker.ts', import.meta.url))
let from: Instance
let to: Instance
beforeEach(() => {
  from = makeInstance()
  to = makeInstance()
  to.db.close()
  rmSync(to.databasePath)
})

const backup = (instance = from, save = createGeneration): Promise<BackupReport> =>
  runBackup(instance.target, { databasePath: instance.databasePath, filesDir: instance.filesDir, version: '1.2.3' }, save)
const restore = (id: string, more: { replace?: boolean, source?: ReturnType<typeof folderSource> } = {}) =>
  restoreGeneration({ dataDir: to.dataDir, databasePath: to.databasePath, filesDir: to.filesDir, id, source: folderSource(from.target.dir), replace: false, ...more })
const pool = () => names(join(from.target.dir, 'files'))

function restoredHashes(): string[] {
  const db = openReadOnly(to.databasePath)
  try {
    return listContentHashes(db).sort()
  }
  finally {
    db.close()
  }
}

describe('a backup', () => {
  it('comes back as it was, from a thread as well', async () => {
    const hashes = [from.add('one'), from.add('two')].sort()
    const { manifest } = await backup(from, saveInThread(entry) as typeof createGeneration)
    expect(manifest).toMatchObject({ version: '1.2.3', documents: 2, missing: [], files: hashes.map(sha256 => ({ sha256, bytes: 3 })) })
    expect(names(join(from.target.dir, manifest!.id))).toEqual(['manifest.json', 'ragtime.db'])
    await restore(manifest!.id)
    expect(restoredHashes()).toEqual(hashes)
    expect(names(to.filesDir)).toEqual(hashes)
    for (const hash of hashes) expect(readFileSync(join(to.filesDir, hash))).toEqual(readFileSync(join(from.filesDir, hash)))
    expect(names(to.dataDir)).toEqual(['files', 'ragtime.db'])
  })

  it('takes no space for files that lie on the same disk, and keeps them when they are deleted', async () => {
    const hash = from.add('a file')
    const { manifest } = await backup()
    expect(statSync(join(from.target.dir, 'files', hash)).ino).toBe(statSync(join(from.filesDir, hash)).ino)
    from.remove(hash)
    await restore(manifest!.id)
    expect(readFileSync(join(to.filesDir, hash), 'utf8')).toBe('a file')
  })

  it('is whole and at one moment while another connection goes on writing', async () => {
    for (let i = 0; i < 50; i++) from.add(`document ${i} ${'x'.repeat(2_000)}`)
    // Each transaction adds one row to both tables; a copy that mixed two moments would count them differently.
    from.db.exec('CREATE TABLE a (n, filler); CREATE TABLE b (n)')
    const writer = new Worker(`
      const { workerData, parentPort } = require('node:worker_threads')
      const db = new (require(workerData.sqlite))(workerData.path)
      const insert = db.transaction((n) => {
        db.prepare('INSERT INTO a VALUES (?, hex(randomblob(4000)))').run(n)
        db.prepare('INSERT INTO b VALUES (?)').run(n)
      })
      let n = 0, stop = false
      parentPort.on('message', () => { stop = true })
      const turn = () => {
        for (let i = 0; i < 20; i++) insert(n++)
        if (n === 20) parentPort.postMessage('writing')
        if (stop) { db.close(); parentPort.postMessage(n); process.exit() }
        setImmediate(turn)
      }
      turn()
    `, { eval: true, workerData: { path: from.databasePath, sqlite: fileURLToPath(import.meta.resolve('better-sqlite3')) } })
    const message = () => new Promise(resolve => writer.once('message', resolve))
    await message()
    const save = saveInThread(entry) as typeof createGeneration
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push((await backup(from, save)).manifest!.id)
    const written = message()
    writer.postMessage('stop')
    await written
    const counts = ids.map((id) => {
      const db = openReadOnly(join(from.target.dir, id, 'ragtime.db'))
      const [a, b] = ['a', 'b'].map(table => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number)
      db.close()
      expect(a).toBe(b)
      return a!
    })
    expect(counts[0]).toBeGreaterThan(0)
    expect(counts[2]).toBeGreaterThan(counts[0]!)
    for (const id of ids) expect(await checkGeneration(from.target.dir, id)).toEqual([])
  })

  it('keeps so many and no more, with the files that they need and no others', async () => {
    const early = from.add('early')
    const ids: string[] = []
    for (let i = 0; i < 4; i++) {
      if (i === 1) from.remove(early)
      from.add(`file ${i}`)
      ids.push((await backup()).manifest!.id)
      if (i < 3) expect(pool()).toContain(early)
    }
    expect((await listGenerations(from.target.dir)).map(({ id }) => id)).toEqual(ids.slice(1))
    // The only one that knew it is gone.
    expect(pool()).not.toContain(early)
    expect(pool()).toHaveLength(4)
    await restore(ids[3]!)
    expect(restoredHashes()).toHaveLength(4)
  })

  it('does not hold what was deleted before it', async () => {
    const hash = from.add('a secret that was deleted')
    await backup()
    from.remove(hash)
    from.add('something else')
    const { manifest } = await backup()
    expect(manifest!.files.map(({ sha256 }) => sha256)).not.toContain(hash)
    expect(readFileSync(join(from.target.dir, manifest!.id, 'ragtime.db')).includes('a secret that was deleted')).toBe(false)
  })

  it('says which files are missing, or are no longer what their name says, and saves the rest', async () => {
    const [gone, damaged, good] = [from.add('gone'), from.add('damaged'), from.add('good')]
    unlinkSync(join(from.filesDir, gone))
    writeFileSync(join(from.filesDir, damaged), 'DAMAGED')
    const { manifest } = await backup()
    expect(manifest).toMatchObject({ missing: [gone, damaged].sort(), files: [{ sha256: good, bytes: 4 }], documents: 3 })
    expect(pool()).toEqual([good])
    await restore(manifest!.id)
    expect(restoredHashes()).toHaveLength(3)
  })

  it('uses what an earlier one has of a file that was damaged since', async () => {
    const hash = from.add('good')
    await backup()
    // A file of its own, as on another disk; the pool's copy stays what it was.
    unlinkSync(join(from.filesDir, hash))
    writeFileSync(join(from.filesDir, hash), 'no longer good')
    expect((await backup()).manifest).toMatchObject({ missing: [], files: [{ sha256: hash, bytes: 4 }] })
  })

  it('leaves nothing that looks like a backup when it fails, and clears up what a kill has left', async () => {
    from.add('one')
    from.db.pragma('wal_checkpoint(TRUNCATE)')
    from.db.close()
    truncateSync(from.databasePath, 20_000)
    await expect(backup()).rejects.toThrow()
    expect(names(from.target.dir)).toEqual(['backup.lock', 'files'])
    const other = makeInstance()
    const dir = other.target.dir
    await backup(other)
    linkSync(join(dir, 'backup.lock'), join(dir, 'files', '.new-half'))
    for (const name of ['.partial-2026-01-01T00-00-00-000Z', '.removed-2026-01-01T00-00-00-000Z']) writeFileSync(join(dir, name), 'x')
    await backup(other)
    expect(names(dir).filter(name => name.startsWith('.'))).toEqual([])
    expect(names(join(dir, 'files'))).toEqual([])
  })

  it('does not run twice at a time', async () => {
    await backup()
    const lock = lockFile(join(from.target.dir, 'backup.lock'))
    await expect(backup()).rejects.toThrow('Another backup is running')
    lock!.release()
    await backup()
    expect(await listGenerations(from.target.dir)).toHaveLength(2)
  })

  it('is refused where the disk would not suffice, in words', async () => {
    await expect(requireSpace(from.dataDir, 2 ** 60)).rejects.toThrow(/^There are \d+ MB free in .*, and \d+ MB are needed\. Nothing was changed/)
    await expect(requireSpace(from.dataDir, 0)).resolves.toBeUndefined()
  })
})

describe('a damaged backup', () => {
  const generation = (id: string, file: string) => join(from.target.dir, id, file)
  async function make(): Promise<string> {
    from.add('one')
    return (await backup()).manifest!.id
  }
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path)
    bytes[at]! ^= 1
    rmSync(path)
    writeFileSync(path, bytes)
  }

  it.each([
    ['a bit of the database', (id: string) => flip(generation(id, 'ragtime.db'), 5_000), 'The database of this backup is damaged'],
    ['an end of the database', (id: string) => truncateSync(generation(id, 'ragtime.db'), 8_192), 'The database of this backup is damaged'],
    ['a bit of a file', () => flip(join(from.target.dir, 'files', pool()[0]!), 1), 'is damaged'],
    ['a file', () => rmSync(join(from.target.dir, 'files', pool()[0]!)), 'cannot be read'],
    ['the database', (id: string) => rmSync(generation(id, 'ragtime.db')), 'cannot be read'],
    ['a number in the manifest', (id: string) => writeFileSync(generation(id, 'manifest.json'), readFileSync(generation(id, 'manifest.json'), 'utf8').replace('"documents": 1', '"documents": 2')), 'its checksum does not match'],
    ['the manifest', (id: string) => truncateSync(generation(id, 'manifest.json'), 50), 'The manifest of backup'],
  ])('without %s is refused, and nothing is changed', async (_, damage, reason) => {
    const id = await make()
    expect(await checkGeneration(from.target.dir, id)).toEqual([])
    damage(id)
    await expect(restore(id)).rejects.toThrow(reason)
    expect(names(to.dataDir).filter(name => name !== 'files')).toEqual([])
    expect(await checkGeneration(from.target.dir, id)).not.toEqual([])
    // Files that only it may need stay while it cannot be read.
    await backup()
  })

  it('with a manifest of somebody else leads nowhere', async () => {
    await expect(restore('../../etc')).rejects.toThrow('There is no backup')
    await expect(restore('2026-01-01T00-00-00-000Z')).rejects.toThrow('There is no backup')
  })
})

describe('a restore', () => {
  it('refuses a folder with data, and moves it aside when it is told to', async () => {
    from.add('one')
    const { manifest } = await backup()
    writeFileSync(to.databasePath, 'the data of today')
    writeFileSync(join(to.filesDir, 'a'.repeat(64)), 'a file of today')
    await expect(restore(manifest!.id)).rejects.toThrow('is not empty (ragtime.db, files)')
    expect(readFileSync(to.databasePath, 'utf8')).toBe('the data of today')
    const { movedTo } = await restore(manifest!.id, { replace: true })
    expect(readFileSync(join(movedTo!, 'ragtime.db'), 'utf8')).toBe('the data of today')
    expect(names(join(movedTo!, 'files'))).toEqual(['a'.repeat(64)])
    expect(restoredHashes()).toHaveLength(1)
  })

  it('can be run again after one that was cut off', async () => {
    from.add('one')
    const { manifest } = await backup()
    await restore(manifest!.id)
    // As if it had been killed between its last two steps.
    rmSync(to.databasePath)
    await restore(manifest!.id, { replace: true })
    expect(restoredHashes()).toHaveLength(1)
  })
})

describe('a bucket', () => {
  let fake: FakeS3
  beforeEach(async () => {
    fake = await startFakeS3('one/instance/')
    from.target.bucket = fake.settings
  })
  afterEach(() => fake.close())
  const source = () => bucketSource({ s3: createS3(fake.settings, { backoffMs: 1 }), prefix: fake.settings.prefix })
  const keys = () => [...fake.objects.keys()].sort()

  it('gets each generation, each file once, and gives it back', async () => {
    const hash = from.add('one')
    const first = await backup()
    expect(first.sent).toEqual({ id: first.manifest!.id, files: 1, bytes: first.manifest!.database.bytes + 3 })
    from.add('two')
    const second = await backup()
    expect(second.sent).toMatchObject({ files: 1 })
    expect(keys()).toHaveLength(6)
    expect(keys().every(key => key.startsWith('one/instance/'))).toBe(true)
    rmSync(from.target.dir, { recursive: true })
    await restore(first.manifest!.id, { source: source() })
    expect(restoredHashes()).toEqual([hash])
    expect(readFileSync(join(to.filesDir, hash), 'utf8')).toBe('one')
  })

  it('keeps as many as the folder, and no file that none of them needs', async () => {
    const hash = from.add('early')
    await backup()
    from.remove(hash)
    for (let i = 0; i < 3; i++) await backup()
    expect(keys().filter(key => key.endsWith('manifest.json'))).toHaveLength(3)
    expect(keys().filter(key => key.includes('/files/'))).toEqual([])
  })

  it('that breaks off has no whole generation, and gets the rest the next time', async () => {
    from.add('one')
    // What is refused is not repeated.
    fake.fault = ({ key }) => key.endsWith('ragtime.db') ? { type: 'status', status: 403, code: 'QuotaExceeded' } : null
    await expect(backup()).rejects.toThrow('403 QuotaExceeded')
    expect(await listGenerations(from.target.dir)).toHaveLength(1)
    expect(keys().some(key => key.endsWith('manifest.json'))).toBe(false)
    fake.fault = () => null
    const { manifest, sent } = await runBackup(from.target, { databasePath: from.databasePath, filesDir: from.filesDir, version: '1' }, null)
    expect([manifest, sent!.files]).toEqual([null, 0])
    await restore(sent!.id, { source: source() })
    expect(restoredHashes()).toHaveLength(1)
  })

  it('with damaged content is refused', async () => {
    from.add('one')
    const { manifest } = await backup()
    const key = keys().find(name => name.endsWith('ragtime.db'))!
    fake.objects.get(key)![9_000]! ^= 1
    await expect(restore(manifest!.id, { source: source() })).rejects.toThrow('The database of this backup is damaged')
    expect(names(to.dataDir)).not.toContain('ragtime.db')
  })
})

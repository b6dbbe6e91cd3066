import { mkdirSync } from 'node:fs'
import { listBucket } from '../backup/bucket.ts'
import { bucketSource, folderSource, restoreGeneration } from '../backup/restore.ts'
import { listGenerations, type ListedGeneration } from '../backup/storage.ts'
import { lockDataFolder } from '../db/folder-lock.ts'
import { bucketOf, describeBackups, describeContent } from './lib/backups.ts'
import { runProgram } from './lib/program.ts'
import { commandSettings } from './lib/settings.ts'

const USAGE = `
Usage: script/restore --list
       script/restore latest|ID [--bucket] [--replace]

Brings a backup back into the data folder (RAGTIME_DATA_DIR), which has to be empty, and whose server has to be stopped.
All of it is fetched and checked before anything is changed: the manifest, every byte, the database.

  --list     lists the backups that are there
  latest     the newest one; or its ID from the list
  --bucket   takes it from the bucket (RAGTIME_BACKUP_BUCKET) instead of the folder (RAGTIME_BACKUP_DIR)
  --replace  moves what is in the data folder aside, into a folder replaced-TIME in it, instead of refusing
  --help     prints this
`

/** A server that is being stopped gets this long to leave. */
const WAIT_MS = 2_000

// What it writes is the owner's and nobody else's.
process.umask(0o077)

await runProgram({
  name: 'restore',
  usage: USAGE,
  options: { list: { type: 'boolean' }, bucket: { type: 'boolean' }, replace: { type: 'boolean' } },
  arguments: [0, 1],
  async run({ list, bucket: fromBucket, replace = false }, [wanted]) {
    const { backup, dataDir, databasePath, filesDir } = commandSettings()
    if (list) {
      process.stdout.write(await describeBackups(backup))
      return 0
    }
    if (!wanted) throw new Error('say which backup: latest, or an ID of --list')
    const bucket = fromBucket ? bucketOf(backup) : null
    if (fromBucket && !bucket) throw new Error('no bucket is set: RAGTIME_BACKUP_BUCKET is missing')
    mkdirSync(dataDir, { recursive: true })
    const lock = lockDataFolder(dataDir, WAIT_MS)
    try {
      const id = wanted === 'latest' ? newest(bucket ? await listBucket(bucket) : await listGenerations(backup.dir)) : wanted
      const source = bucket ? bucketSource(bucket) : folderSource(backup.dir)
      const { manifest, movedTo } = await restoreGeneration({ dataDir, databasePath, filesDir, source, id, replace })
      const lines = [
        `Restored ${id} into ${dataDir}`,
        `It holds ${describeContent(manifest)}`,
        ...movedTo ? [`What was there is now in ${movedTo}: delete it once all is well`] : [],
        ...manifest.missing.map(hash => `Missing since the backup: the file ${hash}`),
      ]
      process.stdout.write(lines.map(line => `${line}\n`).join(''))
      return 0
    }
    finally {
      lock.release()
    }
  },
})

/** A damaged one is not quietly passed over: whoever restores decides. */
function newest(generations: ListedGeneration[]): string {
  const last = generations.at(-1)
  if (!last) throw new Error('there is no backup')
  return last.id
}

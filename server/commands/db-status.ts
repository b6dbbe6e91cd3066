import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { formatBytes } from '../../shared/utils/format.ts'
import { listGenerations } from '../backup/storage.ts'
import { openReadOnly } from '../db/connection.ts'
import { readMigrations, schemaState } from '../db/migrate.ts'
import { databaseStatus, quickCheck } from '../db/status.ts'
import type { Settings } from '../utils/config.ts'
import { shippedFolder } from '../utils/entries.ts'
import { runProgram } from './lib/program.ts'
import { commandSettings } from './lib/settings.ts'

const USAGE = `
Usage: script/db-status [--json]

Shows the state of the data: size of the database and its write-ahead log, migrations, numbers of rows, integrity, the
newest backup and the free disk. Reads only, also while the server runs. Exits with 1 when something is wrong.

  --json   prints one JSON object instead
  --help   prints this

The data folder is RAGTIME_DATA_DIR (.data unless set).
`

type Status = Awaited<ReturnType<typeof collect>>

await runProgram({
  name: 'db-status',
  usage: USAGE,
  options: { json: { type: 'boolean' } },
  async run({ json }) {
    const status = await collect(commandSettings())
    process.stdout.write(json ? `${JSON.stringify(status, null, 2)}\n` : describe(status))
    return status.problems.length > 0 ? 1 : 0
  },
})

async function collect({ databasePath, dataDir, filesDir, backup }: Settings) {
  if (!existsSync(databasePath)) throw new Error(`there is no database at ${databasePath}: start the server once, or set RAGTIME_DATA_DIR`)
  const db = openReadOnly(databasePath)
  try {
    const { version, newest, pending } = schemaState(db, readMigrations(shippedFolder('migrations')))
    const damage = quickCheck(db)
    const problems = damage.map(text => `integrity: ${text}`)
    if (version > newest) problems.push(`schema: ${version} is newer than ${newest}, which this version knows`)
    // Counting needs a schema that this version knows, and a file that can be read.
    const content = problems.length === 0 && pending.length === 0 ? databaseStatus(db) : null
    const { bavail, blocks, bsize } = statfsSync(dataDir)
    return {
      database: { path: databasePath, bytes: sizeOf(databasePath), walBytes: sizeOf(`${databasePath}-wal`), freeBytes: content?.freeBytes ?? null },
      schema: { version, newest, pending: pending.map(({ name }) => name) },
      integrity: damage.length === 0 ? 'ok' : damage,
      rows: content?.rows ?? null,
      jobs: content?.jobs ?? null,
      files: existsSync(filesDir) ? readdirSync(filesDir).length : 0,
      backup: await newestBackup(backup.dir),
      disk: { freeBytes: bavail * bsize, totalBytes: blocks * bsize },
      problems,
    }
  }
  finally {
    db.close()
  }
}

function describe({ database, schema, integrity, rows, jobs, files, backup, disk, problems }: Status): string {
  const counts = (record: object) => Object.entries(record).map(([name, n]) => `${n} ${name}`).join(', ')
  const lines: [string, string][] = [
    ['Database', `${database.path}, ${formatBytes(database.bytes)}${database.freeBytes ? ` (${formatBytes(database.freeBytes)} of it free)` : ''}`],
    ['Log', `${formatBytes(database.walBytes)} not yet in the database file`],
    ['Schema', `${schema.version} of ${schema.newest}${schema.pending.length > 0 ? `, pending: ${schema.pending.join(', ')}` : ''}`],
    ['Integrity', integrity === 'ok' ? 'ok' : 'damaged'],
    ['Rows', rows ? counts(rows) : 'not counted'],
    ['Jobs', jobs ? counts(jobs) || 'none' : 'not counted'],
    ['Files', String(files)],
    ['Backup', backup ? `${backup.name}, ${backup.at}` : 'none'],
    ['Disk', `${formatBytes(disk.freeBytes)} free of ${formatBytes(disk.totalBytes)}`],
    ...problems.map((problem): [string, string] => ['Problem', problem]),
  ]
  return lines.map(([name, text]) => `${name.padEnd(10)} ${text}\n`).join('')
}

async function newestBackup(folder: string): Promise<{ name: string, at: string } | null> {
  const newest = (await listGenerations(folder)).findLast(({ manifest }) => manifest !== null)?.manifest
  return newest ? { name: newest.id, at: newest.createdAt } : null
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

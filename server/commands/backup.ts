import { existsSync } from 'node:fs'
import program from '../../package.json' with { type: 'json' }
import { createGeneration } from '../backup/generation.ts'
import { runBackup } from '../backup/index.ts'
import { checkGeneration } from '../backup/restore.ts'
import { listGenerations } from '../backup/storage.ts'
import type { Settings } from '../utils/config.ts'
import { describeBackups, describeContent } from './lib/backups.ts'
import { runProgram } from './lib/program.ts'
import { commandSettings } from './lib/settings.ts'

const USAGE = `
Usage: script/backup [--list | --check] [--json]

Saves the database and the original files now, also while the server runs: into RAGTIME_BACKUP_DIR (the folder backups
of the data folder unless set) and, with RAGTIME_BACKUP_BUCKET, into the bucket. Keeps the newest RAGTIME_BACKUP_KEEP.
Secrets are not part of a backup. Exits with 1 when it could not be made or something is missing in it.

  --list   lists what is there instead
  --check  reads the backups of the folder byte by byte instead, and says what is damaged
  --json   prints one JSON object about the backup that was made
  --help   prints this

script/restore brings a backup back.
`

// What it writes is the owner's and nobody else's.
process.umask(0o077)

await runProgram({
  name: 'backup',
  usage: USAGE,
  options: { list: { type: 'boolean' }, check: { type: 'boolean' }, json: { type: 'boolean' } },
  async run({ list, check, json }) {
    const settings = commandSettings()
    if (list) {
      process.stdout.write(await describeBackups(settings.backup))
      return 0
    }
    return check ? checkAll(settings.backup.dir) : save(settings, json ?? false)
  },
})

async function save({ databasePath, filesDir, backup }: Settings, json: boolean): Promise<number> {
  if (!existsSync(databasePath)) throw new Error(`there is no database at ${databasePath}: start the server once, or set RAGTIME_DATA_DIR`)
  const report = await runBackup(backup, { databasePath, filesDir, version: program.version }, createGeneration)
  const manifest = report.manifest!
  if (json) {
    const { files, missing, ...rest } = manifest
    process.stdout.write(`${JSON.stringify({ ...rest, files: files.length, missing, folder: backup.dir, kept: report.kept, sent: report.sent }, null, 2)}\n`)
  }
  else {
    const lines = [
      `Saved ${manifest.id} in ${backup.dir} (${manifest.seconds.toFixed(1)} s)`,
      `It holds ${describeContent(manifest)}`,
      ...report.sent ? [`Sent to the bucket ${backup.bucket!.bucket}`] : [],
      `${report.kept} backups are kept${report.removed.length > 0 ? `, ${report.removed.length} removed` : ''}`,
      ...manifest.missing.map(hash => `Missing: the file ${hash}, which a document refers to`),
    ]
    process.stdout.write(lines.map(line => `${line}\n`).join(''))
  }
  return manifest.missing.length > 0 ? 1 : 0
}

async function checkAll(dir: string): Promise<number> {
  const generations = await listGenerations(dir)
  if (generations.length === 0) throw new Error(`there is no backup in ${dir}`)
  let damaged = 0
  for (const { id } of generations) {
    const problems = await checkGeneration(dir, id)
    if (problems.length > 0) damaged++
    process.stdout.write(`${id}  ${problems.length === 0 ? 'good' : `damaged: ${problems.join('; ')}`}\n`)
  }
  return damaged > 0 ? 1 : 0
}

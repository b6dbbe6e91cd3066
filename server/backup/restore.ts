import { copyFile, mkdir, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { checkDatabase } from '../db/backup.ts'
import { bucketManifest, type BucketAt } from './bucket.ts'
import { DATABASE_FILE, hashFile, makeFolder, manifestOf, namesIn, POOL, requireSpace, sizeOf, syncPath } from './storage.ts'
import { BackupError, type DataPaths, type Manifest } from './types.ts'

/** Where a generation is read from. */
export interface BackupSource {
  manifest: (id: string) => Promise<Manifest>
  fetchDatabase: (manifest: Manifest, to: string) => Promise<void>
  fetchFile: (file: Manifest['files'][number], to: string) => Promise<void>
}

export function folderSource(dir: string): BackupSource {
  return {
    manifest: id => manifestOf(dir, id),
    fetchDatabase: ({ id }, to) => copyFile(join(dir, id, DATABASE_FILE), to),
    fetchFile: ({ sha256 }, to) => copyFile(join(dir, POOL, sha256), to),
  }
}

export function bucketSource({ s3, prefix }: BucketAt): BackupSource {
  return {
    manifest: id => bucketManifest({ s3, prefix }, id),
    fetchDatabase: ({ id, database }, to) => s3.getFile(`${prefix}${id}/${DATABASE_FILE}`, to, database.bytes),
    fetchFile: ({ sha256, bytes }, to) => s3.getFile(`${prefix}${POOL}/${sha256}`, to, bytes),
  }
}

export interface RestoreRequest extends DataPaths {
  dataDir: string
  source: BackupSource
  id: string
  /** Moves what is there aside instead of refusing. */
  replace: boolean
}

export interface Restored { manifest: Manifest, movedTo: string | null }

/**
 * Puts a saved generation into a data folder. All of it is fetched beside the data and checked, each byte of it, before
 * anything that is there is touched; then it is moved into place, the database last. Call it while the folder is locked.
 *
 * @throws BackupError when the generation is damaged, the folder is not empty, or the disk has too little space
 */
export async function restoreGeneration({ dataDir, databasePath, filesDir, source, id, replace }: RestoreRequest): Promise<Restored> {
  const manifest = await source.manifest(id)
  await makeFolder(dataDir)
  const present = await presentData({ dataDir, databasePath, filesDir })
  if (present.length > 0 && !replace) {
    throw new BackupError(`The data folder ${dataDir} is not empty (${present.join(', ')}). Nothing was changed: restore into an empty folder, or use --replace, which moves aside what is there.`)
  }
  await requireSpace(dataDir, manifest.files.reduce((sum, { bytes }) => sum + bytes, manifest.database.bytes))
  const staging = join(dataDir, '.restoring')
  await rm(staging, { recursive: true, force: true })
  try {
    await fetchChecked(source, manifest, staging)
    const movedTo = present.length > 0 ? await moveAside(dataDir, present) : null
    await rename(join(staging, POOL), filesDir)
    // A server that finds files and no database begins anew and removes them; the restore can be run again.
    await rename(join(staging, DATABASE_FILE), databasePath)
    await syncPath(dataDir)
    return { manifest, movedTo }
  }
  finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/**
 * Fetches a generation into a folder and checks it against its manifest, then checks the database itself.
 *
 * @throws BackupError that names what is damaged
 */
async function fetchChecked(source: BackupSource, manifest: Manifest, folder: string): Promise<void> {
  const database = join(folder, DATABASE_FILE)
  await mkdir(join(folder, POOL), { recursive: true, mode: 0o700 })
  await fetched(source.fetchDatabase(manifest, database), database, manifest.database, 'The database')
  for (const file of manifest.files) {
    const path = join(folder, POOL, file.sha256)
    await fetched(source.fetchFile(file, path), path, file, `The file ${file.sha256.slice(0, 12)}…`)
  }
  checkRestored(database, manifest)
  await syncPath(join(folder, POOL))
}

async function fetched(fetching: Promise<void>, path: string, expected: { bytes: number, sha256: string }, what: string): Promise<void> {
  try {
    await fetching
  }
  catch (cause) {
    if (cause instanceof BackupError) throw cause
    throw new BackupError(`${what} of this backup cannot be read: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was changed.`, { cause })
  }
  if (await sizeOf(path) !== expected.bytes || await hashFile(path) !== expected.sha256) {
    throw new BackupError(`${what} of this backup is damaged: it is not what its manifest says. Nothing was changed; try an earlier backup.`)
  }
  await syncPath(path)
}

function checkRestored(database: string, manifest: Manifest): void {
  let facts
  try {
    facts = checkDatabase(database)
  }
  catch (cause) {
    throw new BackupError(`The database of this backup is damaged: ${cause instanceof Error ? cause.message : String(cause)}. Nothing was changed; try an earlier backup.`, { cause })
  }
  const known = new Set([...manifest.files.map(({ sha256 }) => sha256), ...manifest.missing])
  if (facts.schema !== manifest.schema || facts.contentHashes.some(hash => !known.has(hash))) {
    throw new BackupError('The database of this backup does not belong to its manifest. Nothing was changed; try an earlier backup.')
  }
}

/** Reads a generation in its folder against its manifest, byte by byte. Gives what is wrong; empty is good. */
export async function checkGeneration(dir: string, id: string): Promise<string[]> {
  const problems: string[] = []
  try {
    const manifest = await manifestOf(dir, id)
    const database = join(dir, id, DATABASE_FILE)
    const expected = [
      { what: 'the database', path: database, ...manifest.database },
      ...manifest.files.map(file => ({ what: `the file ${file.sha256.slice(0, 12)}…`, path: join(dir, POOL, file.sha256), ...file })),
    ]
    for (const { what, path, bytes, sha256 } of expected) {
      if (await sizeOf(path) !== bytes || await hashFile(path) !== sha256) problems.push(`${what} is not what the manifest says`)
    }
    if (problems.length === 0) checkRestored(database, manifest)
  }
  catch (error) {
    problems.push(error instanceof Error ? error.message : String(error))
  }
  return problems
}

/** What a restore would overwrite, as names in the data folder. */
async function presentData({ dataDir, databasePath, filesDir }: DataPaths & { dataDir: string }): Promise<string[]> {
  const database = basename(databasePath)
  const names = (await namesIn(dataDir)).filter(name => [database, `${database}-wal`, `${database}-shm`].includes(name))
  const files = await namesIn(filesDir)
  // The folder of uploads under way is made at every start.
  if (files.every(name => name.startsWith('.'))) await rm(filesDir, { recursive: true, force: true })
  else names.push(basename(filesDir))
  return names
}

async function moveAside(dataDir: string, names: string[]): Promise<string> {
  const aside = join(dataDir, `replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
  await mkdir(aside, { mode: 0o700 })
  for (const name of names) await rename(join(dataDir, name), join(aside, name))
  return aside
}

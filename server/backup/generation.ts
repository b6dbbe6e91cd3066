import { rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkDatabase, copyDatabase, type DatabaseFacts } from '../db/backup.ts'
import { generationId, writeManifest } from './manifest.ts'
import {
  DATABASE_FILE, hashFile, keepFile, makeFolder, MANIFEST_FILE, namesIn, POOL, removeUnfinished, requireSpace, sizeOf, syncPath, writeDurably,
} from './storage.ts'
import { BackupError, type DataPaths, type Manifest } from './types.ts'

export interface GenerationRequest extends DataPaths {
  /** Folder of the backups. */
  dir: string
  /** Of the program, for the manifest. */
  version: string
}

/** Documents come and go while they are saved; after this many tries what is missing is called missing. */
const MAX_SNAPSHOTS = 3

/**
 * Saves one generation: the files, then the database as it is at one moment, checked, then the manifest. Until its last
 * step, a rename, there is nothing that could be taken for a backup. Call it under the lock, and in a thread of its own
 * where something else must not wait.
 *
 * @throws BackupError when the disk has too little space or the copy is damaged
 */
export async function createGeneration({ databasePath, filesDir, dir, version }: GenerationRequest): Promise<Manifest> {
  const started = performance.now()
  const created = new Date()
  const id = generationId(created)
  const pool = join(dir, POOL)
  const partial = join(dir, `.partial-${id}`)
  await makeFolder(pool)
  await removeUnfinished(dir)
  await requireSpace(dir, await neededBytes({ databasePath, filesDir, dir }))
  await makeFolder(partial)
  try {
    // First the bulk, so that few files are left for the moment after the snapshot.
    for (const name of await namesIn(filesDir)) if (/^[0-9a-f]{64}$/.test(name)) await keepFile(filesDir, pool, name)
    const copy = join(partial, DATABASE_FILE)
    const { facts, files, missing } = await snapshot({ databasePath, filesDir, pool, copy })
    const manifest: Manifest = {
      format: 1, id, createdAt: created.toISOString(), version, schema: facts.schema,
      database: { bytes: (await stat(copy)).size, sha256: await hashFile(copy) },
      files, missing, documents: facts.documents, chats: facts.chats, messages: facts.messages,
      seconds: Math.round(performance.now() - started) / 1000,
    }
    await writeDurably(join(partial, MANIFEST_FILE), writeManifest(manifest))
    await syncPath(copy)
    await syncPath(pool)
    await syncPath(partial)
    await rename(partial, join(dir, id))
    await syncPath(dir)
    return manifest
  }
  catch (error) {
    await rm(partial, { recursive: true, force: true })
    throw error
  }
}

interface Snapshot { facts: DatabaseFacts, files: Manifest['files'], missing: string[] }

/**
 * Copies the database and the files it names. A file that came after the others were saved and was deleted again before
 * its turn is gone, but so is its document: the next snapshot does not know it any more.
 */
async function snapshot({ databasePath, filesDir, pool, copy }: { databasePath: string, filesDir: string, pool: string, copy: string }): Promise<Snapshot> {
  for (let attempt = 1; ; attempt++) {
    await rm(copy, { force: true })
    await copyDatabase(databasePath, copy)
    const facts = check(copy)
    const files: Manifest['files'] = []
    const missing: string[] = []
    for (const sha256 of facts.contentHashes.sort()) {
      const bytes = await keepFile(filesDir, pool, sha256)
      if (bytes === null) missing.push(sha256)
      else files.push({ sha256, bytes })
    }
    if (missing.length === 0 || attempt === MAX_SNAPSHOTS) return { facts, files, missing }
  }
}

function check(copy: string): DatabaseFacts {
  try {
    return checkDatabase(copy)
  }
  catch (cause) {
    throw new BackupError(`The copy of the database is damaged, so it was not kept; earlier backups are untouched. ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
  }
}

/** The database with what waits in its log, and the files that cannot be had as a second name of what is there. */
async function neededBytes({ databasePath, filesDir, dir }: DataPaths & { dir: string }): Promise<number> {
  const database = (await sizeOf(databasePath) ?? 0) + (await sizeOf(`${databasePath}-wal`) ?? 0)
  const [here, there] = await Promise.all([stat(dir), stat(filesDir).catch(() => null)])
  if (!there || here.dev === there.dev) return database
  const saved = new Set(await namesIn(join(dir, POOL)))
  const added = (await namesIn(filesDir)).filter(name => !saved.has(name))
  const sizes = await Promise.all(added.map(name => sizeOf(join(filesDir, name))))
  return database + sizes.reduce<number>((sum, bytes) => sum + (bytes ?? 0), 0)
}

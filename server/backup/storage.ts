import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, link, mkdir, open, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isGenerationId, readManifest } from './manifest.ts'
import { BackupError, type Manifest } from './types.ts'

/**
 * How backups lie in their folder: one folder a generation, named by its time, and `files/` with the original files of all
 * of them, one a content hash. What has not been finished begins with a dot.
 */
export const DATABASE_FILE = 'ragtime.db'
export const MANIFEST_FILE = 'manifest.json'
export const POOL = 'files'
/** Written into a generation once the bucket has all of it. */
export const UPLOADED_FILE = 'uploaded'
const UNFINISHED = /^\.(?:partial|removed)-/

/** A bound of what a backup or a restore leaves free: less, and the instance itself is in trouble. */
export const RESERVE_BYTES = 64 * 1024 * 1024

export interface ListedGeneration {
  id: string
  /** Null when it cannot be read; `problem` says why. */
  manifest: Manifest | null
  problem: string | null
}

/** All finished generations, oldest first. */
export async function listGenerations(dir: string): Promise<ListedGeneration[]> {
  const ids = (await namesIn(dir)).filter(isGenerationId).sort()
  return Promise.all(ids.map(async (id) => {
    try {
      return { id, manifest: await manifestOf(dir, id), problem: null }
    }
    catch (error) {
      return { id, manifest: null, problem: error instanceof Error ? error.message : String(error) }
    }
  }))
}

/** @throws BackupError when there is no such generation, or its manifest is damaged */
export async function manifestOf(dir: string, id: string): Promise<Manifest> {
  if (!isGenerationId(id)) throw new BackupError(`There is no backup ${id}.`)
  const text = await readFile(join(dir, id, MANIFEST_FILE), 'utf8').catch(() => null)
  if (text === null) throw new BackupError(`There is no backup ${id} in ${dir}, or it has no manifest.`)
  return readManifest(text, id)
}

/** Removes what a former run began and did not finish. Call it under the lock. */
export async function removeUnfinished(dir: string): Promise<void> {
  for (const name of await namesIn(dir)) if (UNFINISHED.test(name)) await rm(join(dir, name), { recursive: true, force: true })
  const pool = join(dir, POOL)
  for (const name of await namesIn(pool)) if (name.startsWith('.')) await rm(join(pool, name), { force: true })
}

/**
 * Keeps the newest generations and removes the others, then the files that none of them needs. A generation that cannot
 * be read may need any file, so then none is removed.
 */
export async function pruneGenerations(dir: string, keep: number): Promise<{ removed: string[], kept: number }> {
  const all = await listGenerations(dir)
  const removed = all.slice(0, Math.max(0, all.length - keep)).map(({ id }) => id)
  for (const id of removed) {
    const gone = join(dir, `.removed-${id}`)
    await rename(join(dir, id), gone)
    await rm(gone, { recursive: true, force: true })
  }
  const left = all.slice(removed.length)
  if (left.every(({ manifest }) => manifest !== null)) {
    const needed = new Set(left.flatMap(({ manifest }) => manifest!.files.map(({ sha256 }) => sha256)))
    const pool = join(dir, POOL)
    for (const name of await namesIn(pool)) if (!needed.has(name)) await rm(join(pool, name), { force: true })
  }
  return { removed, kept: left.length }
}

/**
 * Puts an original file into the pool, as a second name of the same file where both lie on one file system: that takes no
 * space, and stays when the document is deleted.
 *
 * @returns its size, or null when it is neither in the pool nor, as what its name says, in the folder of originals
 */
export async function keepFile(filesDir: string, pool: string, sha256: string): Promise<number | null> {
  const target = join(pool, sha256)
  const source = join(filesDir, sha256)
  const [kept, original] = await Promise.all([sizeOf(target), sizeOf(source)])
  // It was checked when it came; a damaged size is found here, damaged bytes by `script/backup --check` and by a restore.
  if (kept !== null && (original === null || kept === original)) return kept
  if (original === null) return null
  const added = join(pool, `.new-${sha256}`)
  try {
    await rm(added, { force: true })
    await link(source, added).catch(() => copyFile(source, added))
    if (await hashFile(added) !== sha256) return kept !== null && await hashFile(target) === sha256 ? kept : null
    await syncPath(added)
    await rename(added, target)
    return original
  }
  catch (error) {
    // Deleted by its owner just now.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  finally {
    await rm(added, { force: true })
  }
}

/** @throws BackupError that says how much is there and how much is needed */
export async function requireSpace(dir: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir)
  const free = bavail * bsize
  if (free >= bytes + RESERVE_BYTES) return
  throw new BackupError(`There are ${megabytes(free)} MB free in ${dir}, and ${megabytes(bytes + RESERVE_BYTES)} MB are needed. Nothing was changed: free some space, enlarge the volume, or keep fewer backups.`)
}

/** Hexadecimal SHA-256 of a file. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const bytes of createReadStream(path)) hash.update(bytes as Buffer)
  return hash.digest('hex')
}

/** Null when there is no such file. */
export async function sizeOf(path: string): Promise<number | null> {
  return (await stat(path).catch(() => null))?.size ?? null
}

/** Names in a folder; none when it is not there. */
export async function namesIn(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

/** Writes a file and waits until the disk has it. */
export async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flush: true })
}

/** Waits until the disk has a file or the names in a folder. */
export async function syncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  }
  finally {
    await handle.close()
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 1024 / 1024)
}

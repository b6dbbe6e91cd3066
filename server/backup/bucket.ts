import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { isGenerationId, readManifest, writeManifest } from './manifest.ts'
import type { S3 } from './s3.ts'
import { DATABASE_FILE, manifestOf, MANIFEST_FILE, POOL, UPLOADED_FILE, writeDurably, type ListedGeneration } from './storage.ts'
import { BackupError, type Manifest } from './types.ts'

/**
 * The same layout as in the folder: `PREFIX/ID/ragtime.db`, `PREFIX/ID/manifest.json` and `PREFIX/files/SHA256`. The
 * manifest is written last and removed first, so a generation that has one is whole.
 */
export interface BucketAt { s3: S3, prefix: string }

/** Copies a generation of the folder into the bucket, what is there already left out, and notes that it is there. */
export async function uploadGeneration({ s3, prefix }: BucketAt, dir: string, id: string, signal?: AbortSignal): Promise<{ sentFiles: number, sentBytes: number }> {
  const manifest = await manifestOf(dir, id)
  const there = new Map((await s3.list(`${prefix}${POOL}/`, signal)).map(({ key, bytes }) => [key, bytes]))
  const lacking = manifest.files.filter(({ sha256, bytes }) => there.get(`${prefix}${POOL}/${sha256}`) !== bytes)
  for (const { sha256 } of lacking) await s3.putFile(`${prefix}${POOL}/${sha256}`, join(dir, POOL, sha256), signal)
  await s3.putFile(`${prefix}${id}/${DATABASE_FILE}`, join(dir, id, DATABASE_FILE), signal)
  await s3.putText(`${prefix}${id}/${MANIFEST_FILE}`, writeManifest(manifest), signal)
  await writeDurably(join(dir, id, UPLOADED_FILE), `${new Date().toISOString()}\n`)
  return { sentFiles: lacking.length, sentBytes: lacking.reduce((sum, { bytes }) => sum + bytes, manifest.database.bytes) }
}

export async function isUploaded(dir: string, id: string): Promise<boolean> {
  return access(join(dir, id, UPLOADED_FILE)).then(() => true, () => false)
}

/** All whole generations in the bucket, oldest first. */
export async function listBucket({ s3, prefix }: BucketAt, signal?: AbortSignal): Promise<ListedGeneration[]> {
  const ids = generationIds(await s3.list(prefix, signal), prefix).whole
  const listed: ListedGeneration[] = []
  for (const id of ids) {
    try {
      listed.push({ id, manifest: await bucketManifest({ s3, prefix }, id, signal), problem: null })
    }
    catch (error) {
      signal?.throwIfAborted()
      listed.push({ id, manifest: null, problem: error instanceof Error ? error.message : String(error) })
    }
  }
  return listed
}

export async function bucketManifest({ s3, prefix }: BucketAt, id: string, signal?: AbortSignal): Promise<Manifest> {
  const text = isGenerationId(id) ? await s3.getText(`${prefix}${id}/${MANIFEST_FILE}`, signal) : null
  if (text === null) throw new BackupError(`There is no backup ${id} in the bucket.`)
  return readManifest(text, id)
}

/**
 * Keeps the newest generations of the bucket and removes the others, those that were cut off, and the files that none of
 * the kept needs. While one of them cannot be read no file is removed.
 */
export async function pruneBucket({ s3, prefix }: BucketAt, keep: number, signal?: AbortSignal): Promise<{ removed: string[] }> {
  const objects = await s3.list(prefix, signal)
  const { whole, cut } = generationIds(objects, prefix)
  const removed = whole.slice(0, Math.max(0, whole.length - keep))
  for (const id of [...removed, ...cut]) {
    await s3.remove(`${prefix}${id}/${MANIFEST_FILE}`, signal)
    await s3.remove(`${prefix}${id}/${DATABASE_FILE}`, signal)
  }
  const left = (await listBucket({ s3, prefix }, signal)).map(({ manifest }) => manifest)
  if (left.some(manifest => manifest === null)) return { removed }
  const needed = new Set(left.flatMap(manifest => manifest!.files.map(({ sha256 }) => `${prefix}${POOL}/${sha256}`)))
  const pooled = objects.filter(({ key }) => key.startsWith(`${prefix}${POOL}/`))
  for (const { key } of pooled) if (!needed.has(key)) await s3.remove(key, signal)
  return { removed }
}

function generationIds(objects: { key: string }[], prefix: string): { whole: string[], cut: string[] } {
  const parts = objects.map(({ key }) => key.slice(prefix.length).split('/'))
  const ids = [...new Set(parts.map(([id]) => id!).filter(isGenerationId))].sort()
  const whole = ids.filter(id => parts.some(([first, name]) => first === id && name === MANIFEST_FILE))
  return { whole, cut: ids.filter(id => !whole.includes(id)) }
}

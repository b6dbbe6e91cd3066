import { join } from 'node:path'
import { lockFile } from '../db/file-lock.ts'
import { WorkerThread } from '../utils/worker-thread.ts'
import { isUploaded, pruneBucket, uploadGeneration } from './bucket.ts'
import type { GenerationRequest } from './generation.ts'
import { createS3 } from './s3.ts'
import { listGenerations, makeFolder, pruneGenerations } from './storage.ts'
import { BackupError, type BackupTarget, type Manifest } from './types.ts'
import type { GenerationReply } from './worker.ts'

/** One writer at a time: the schedule and `script/backup` may meet. */
const LOCK_FILE = 'backup.lock'
/** Copying and checking 10 GB on a slow disk. */
const THREAD_LIMIT_MS = 60 * 60_000
const THREAD_START_MS = 10_000
const THREAD_HEAP_MB = 64

/** Saves one generation; {@link import('./generation.ts').createGeneration} here or in a thread. */
export type Save = (request: GenerationRequest, signal?: AbortSignal) => Promise<Manifest>

/** Saves in a thread that lives as long as it takes. `entry`: path of worker.ts or of its bundle. */
export function saveInThread(entry: string): Save {
  return async (request, signal) => {
    const thread = new WorkerThread<GenerationRequest, GenerationReply>({
      entry, workerData: null, timeoutMs: THREAD_LIMIT_MS, startTimeoutMs: THREAD_START_MS, inFlight: 1,
      maxWaiting: { urgent: 1, normal: 1 }, maxHeapMb: THREAD_HEAP_MB,
    })
    try {
      const reply = await thread.call(request, 'normal', signal)
      if ('refused' in reply) throw new BackupError(reply.refused)
      return reply.manifest
    }
    finally {
      await thread.close()
    }
  }
}

export interface BackupReport {
  /** Of the generation that was made; null when only the bucket had to catch up. */
  manifest: Manifest | null
  kept: number
  removed: string[]
  /** Null without a bucket, or when it had everything already. */
  sent: { id: string, files: number, bytes: number } | null
}

/**
 * Saves a generation, removes those that are too old, and brings the newest one into the bucket. With `save` null only
 * the bucket is looked after, which a former run may have been cut off from.
 *
 * @throws BackupError; a generation that was made stays also when the bucket fails
 */
export async function runBackup(target: BackupTarget, request: Omit<GenerationRequest, 'dir'>, save: Save | null, signal?: AbortSignal): Promise<BackupReport> {
  await makeFolder(target.dir)
  const lock = lockFile(join(target.dir, LOCK_FILE))
  if (!lock) throw new BackupError('Another backup is running. Nothing was changed; try again when it has ended.')
  try {
    signal?.throwIfAborted()
    const manifest = save ? await save({ ...request, dir: target.dir }, signal) : null
    const { removed, kept } = await pruneGenerations(target.dir, target.keep)
    return { manifest, removed, kept, sent: await fillBucket(target, signal) }
  }
  finally {
    lock.release()
  }
}

async function fillBucket({ dir, keep, bucket }: BackupTarget, signal?: AbortSignal): Promise<BackupReport['sent']> {
  const newest = (await listGenerations(dir)).findLast(({ manifest }) => manifest !== null)
  if (!bucket || !newest || await isUploaded(dir, newest.id)) return null
  const at = { s3: createS3(bucket), prefix: bucket.prefix }
  const { sentFiles, sentBytes } = await uploadGeneration(at, dir, newest.id, signal)
  await pruneBucket(at, keep, signal)
  return { id: newest.id, files: sentFiles, bytes: sentBytes }
}

import { formatBytes } from '../../../shared/utils/format.ts'
import { listBucket, type BucketAt } from '../../backup/bucket.ts'
import { createS3 } from '../../backup/s3.ts'
import { listGenerations, type ListedGeneration } from '../../backup/storage.ts'
import type { BackupTarget, Manifest } from '../../backup/types.ts'

/** The bucket of the settings, or null. */
export function bucketOf({ bucket }: BackupTarget): BucketAt | null {
  return bucket && { s3: createS3(bucket), prefix: bucket.prefix }
}

/** The backups of the folder and, where there is one, of the bucket, as lines to read. */
export async function describeBackups(target: BackupTarget): Promise<string> {
  const bucket = bucketOf(target)
  const places: [string, ListedGeneration[]][] = [
    [target.dir, await listGenerations(target.dir)],
    ...bucket ? [[`bucket ${target.bucket!.bucket}`, await listBucket(bucket)] satisfies [string, ListedGeneration[]]] : [],
  ]
  return places.map(([place, generations]) => `${place}\n${generations.map(describe).join('') || '  no backups\n'}`).join('')
}

export function describeContent({ documents, chats, database, files }: Manifest): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, database.bytes)
  return `${documents} documents, ${chats} chats, ${files.length} files, ${formatBytes(bytes)}`
}

function describe({ id, manifest, problem }: ListedGeneration): string {
  return `  ${id}  ${manifest ? describeContent(manifest) : problem}\n`
}

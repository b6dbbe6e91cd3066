import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { v7 as uuid } from 'uuid'
import type { UploadResult } from '../../shared/schemas/documents.ts'
import { getSetting, setSetting } from '../db/settings.ts'
import { AppError } from '../utils/app-error.ts'
import { writeNewFile } from '../utils/new-file.ts'
import { acceptFiles, type AcceptContext, type ReceivedFile } from './accept.ts'
import { incomingDir } from './files.ts'

export interface SampleFile { filename: string, title: string, path: string }

/** The documents that `manifest.json` of the samples folder names, as they lie in the built server or in the repository. */
export async function listSamples(folder: string): Promise<SampleFile[]> {
  const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as { file: string, title: string }[]
  return manifest.map(({ file, title }) => {
    // The build lays all of them flat into one folder.
    const flat = join(folder, basename(file))
    return { filename: basename(file), title, path: existsSync(flat) ? flat : join(folder, file) }
  })
}

/** Set once the samples are in, so that deleted ones do not come back. */
const SETTING = 'samples_imported'

/**
 * Queues the documents that come with the product, at the first start only. Returns null when that has happened before.
 * A crash in the middle is made up for at the next start: what is in already is recognised by its content.
 */
export async function importSamples(context: AcceptContext, folder: string): Promise<UploadResult | null> {
  if (getSetting(context.db, SETTING) !== null) return null
  const samples = await listSamples(folder)
  const files: ReceivedFile[] = []
  for (const sample of samples) {
    // A sample that is missing from a build must not keep the product from starting.
    files.push(await copyIn(context.filesDir, sample).catch((cause: unknown) => ({
      filename: sample.filename, error: new AppError('sample_missing', 500, 'This sample document could not be copied.', { cause }),
    })))
  }
  const { documents, duplicates, rejected } = await acceptFiles(context, files, { sample: true })
  setSetting(context.db, SETTING, new Date().toISOString())
  return { documents, duplicates, rejected }
}

async function copyIn(filesDir: string, { filename, title, path }: SampleFile): Promise<ReceivedFile> {
  const folder = incomingDir(filesDir)
  await mkdir(folder, { recursive: true })
  const copy = join(folder, uuid())
  const hash = createHash('sha256')
  await writeNewFile(copy, file => pipeline(createReadStream(path), async function* (source: AsyncIterable<Buffer>) {
    for await (const bytes of source) {
      hash.update(bytes)
      yield bytes
    }
  }, file))
  return { filename, title, path: copy, contentHash: hash.digest('hex'), bytes: (await stat(copy)).size }
}

import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Document, DocumentEvent, UploadResult } from '../../shared/schemas/documents.ts'
import type { MediaType } from '../../shared/utils/media-types.ts'
import { write, type Db } from '../db/connection.ts'
import { findDocumentByHash, insertDocument } from '../db/documents.ts'
import { insertJob } from '../db/jobs.ts'
import { sniffMediaType } from '../extract/sniff.ts'
import { AppError } from '../utils/app-error.ts'
import { isDiskFull, uploadNotKept } from '../utils/disk-full.ts'
import type { EventHub } from '../utils/event-hub.ts'
import { cleanFilename, defaultTitle } from './filename.ts'
import type { IngestQueue } from './queue.ts'

/** A file that has arrived in the incoming folder in full, or why it has not. */
export type ReceivedFile
  = | { filename: string, path: string, contentHash: string, bytes: number, title: string | null, /** Of a file from the web. */ source?: Document['source'] }
    | { filename: string, error: AppError }

export interface AcceptContext {
  db: Db
  filesDir: string
  ingest: Pick<IngestQueue, 'kick' | 'retry'>
  documentEvents: EventHub<DocumentEvent>
}

/**
 * Makes documents of received files and queues them. A file whose bytes are already here becomes no second document,
 * also when both arrive at once; if reading the first one had failed, it is tried again. No temporary file is left.
 *
 * `status` is 201, or that of the first rejection when nothing was accepted.
 *
 * @throws AppError `disk_full` 507
 */
export async function acceptFiles(context: AcceptContext, files: ReceivedFile[], options: { sample?: boolean } = {}): Promise<UploadResult & { status: number }> {
  const result: UploadResult = { documents: [], duplicates: [], rejected: [] }
  let refusal: number | null = null
  try {
    for (const file of files) {
      const filename = cleanFilename(file.filename)
      try {
        const { document, duplicate } = await acceptFile(context, file, filename, options.sample ?? false)
        const list = duplicate ? result.duplicates : result.documents
        if (!list.some(({ id }) => id === document.id)) list.push(document)
      }
      catch (error) {
        if (!(error instanceof AppError)) throw error
        result.rejected.push({ filename, code: error.code, message: error.message })
        refusal ??= error.status
      }
    }
  }
  catch (error) {
    throw isDiskFull(error) ? uploadNotKept(error) : error
  }
  finally {
    for (const file of files) if ('path' in file) rmSync(file.path, { force: true })
    context.ingest.kick()
  }
  const accepted = result.documents.length + result.duplicates.length > 0
  return { ...result, status: accepted || refusal === null ? 201 : refusal }
}

async function acceptFile(context: AcceptContext, file: ReceivedFile, filename: string, sample: boolean): Promise<{ document: Document, duplicate: boolean }> {
  if ('error' in file) throw file.error
  if (file.bytes === 0) throw new AppError('empty_file', 400, 'This file is empty.')
  const mediaType = await sniffMediaType(file.path, filename)
  return storeFile(context, { ...file, filename, mediaType, sample })
}

interface NewFile { path: string, contentHash: string, bytes: number, title: string | null, filename: string, mediaType: MediaType, sample: boolean, source?: Document['source'] }

/** Synchronous from the look-up to the commit: nothing else in this process can store or delete the same content meanwhile. */
function storeFile({ db, filesDir, ingest, documentEvents }: AcceptContext, file: NewFile): { document: Document, duplicate: boolean } {
  const target = join(filesDir, file.contentHash)
  const existing = findDocumentByHash(db, file.contentHash)
  if (existing) {
    if (!existsSync(target)) renameSync(file.path, target)
    return { document: existing.status === 'failed' ? ingest.retry(existing.id) : existing, duplicate: true }
  }
  renameSync(file.path, target)
  try {
    const document = write(db, () => {
      const inserted = insertDocument(db, { ...file, title: file.title ?? defaultTitle(file.filename) })
      if (!inserted) throw new Error('The same content was stored by another process')
      insertJob(db, inserted.key)
      return inserted.document
    })
    documentEvents.publish({ type: 'document', data: document })
    return { document, duplicate: false }
  }
  catch (error) {
    rmSync(target, { force: true })
    throw error
  }
}

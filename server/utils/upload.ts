import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { Busboy, type BusboyFileStream, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy'
import { v7 as uuid } from 'uuid'
import { documentPatchSchema, MAX_UPLOAD_BYTES } from '../../shared/schemas/documents.ts'
import type { ReceivedFile } from '../ingest/accept.ts'
import { AppError } from './app-error.ts'
import type { DiskGuard } from './disk-guard.ts'
import { isDiskFull, uploadNotKept } from './disk-full.ts'
import { writeNewFile } from './new-file.ts'
import { parseOr400 } from './validation.ts'

export const MAX_FILES = 100
/** A whole request, files that are too large included: what is refused is read to its end, so that the answer arrives. */
export const MAX_REQUEST_BYTES = 2 * 1024 * 1024 * 1024
/** A sender that is silent for this long is gone. */
const IDLE_MS = 60_000
const DRAIN_MS = 30_000

export interface UploadOptions {
  /** Where the files are written; on the file system that they stay on. */
  folder: string
  /** Asked before and while files are written: they end where the disk has next to no space left. */
  disk: Pick<DiskGuard, 'hasRoom' | 'room'>
  maxBytes?: number
  idleMs?: number
}

/**
 * Streams a multipart upload to temporary files, hashing while it writes; no more of it than some 64 kB blocks is in
 * memory. Files stand in the field `file`, titles for them in the same order in `title`. A file over the limit comes back
 * with its error. After a rejection no file is left.
 *
 * @throws AppError 400 for what is no upload or broken off, 413, 507 when the disk is full
 */
export async function receiveUpload(request: IncomingMessage, { folder, disk, maxBytes = MAX_UPLOAD_BYTES, idleMs = IDLE_MS }: UploadOptions): Promise<ReceivedFile[]> {
  const parser = createParser(request, maxBytes)
  await mkdir(folder, { recursive: true })
  const abort = new AbortController()
  const files: { filename: string, path: string, stored: Promise<Stored> }[] = []
  const titles: string[] = []

  try {
    if (!disk.hasRoom || Number(request.headers['content-length'] ?? 0) > disk.room) throw uploadNotKept()
    await new Promise<void>((resolve, reject) => {
      parser.on('file', (field, stream, filename) => {
        // A part may end in the middle, and an error that nobody listens to ends the process.
        stream.on('error', () => {})
        if (field !== 'file' || !filename) return stream.resume()
        const path = join(folder, uuid())
        const stored = store(stream, path, disk, abort.signal)
        stored.catch(reject)
        files.push({ filename, path, stored })
      })
      parser.on('field', (field, value) => {
        if (field === 'title') titles.push(value)
      })
      parser.once('filesLimit', () => reject(new AppError('too_many_files', 400, `Upload at most ${MAX_FILES} files at a time.`)))
      parser.once('error', error => reject(brokenUpload(error)))
      parser.once('finish', resolve)
      watch(request, idleMs, abort.signal, reject)
      request.pipe(parser)
    })
    if (files.length === 0) throw new AppError('file_missing', 400, 'No file came with the request. Choose at least one.')
    const given = titles.length === files.length ? titles.map(title => parseOr400(documentPatchSchema, { title }).title!) : []
    return await Promise.all(files.map(async ({ filename, path, stored }, index) => {
      const { truncated, ...rest } = await stored
      if (truncated) return { filename, error: await removeTooLarge(path, maxBytes) }
      return { filename, path, title: given[index] ?? null, ...rest }
    }))
  }
  catch (error) {
    request.unpipe(parser)
    abort.abort(error)
    await Promise.allSettled(files.map(({ stored }) => stored))
    await Promise.all(files.map(({ path }) => rm(path, { force: true })))
    await readToEnd(request)
    throw isDiskFull(error) ? uploadNotKept(error) : error
  }
  finally {
    abort.abort()
  }
}

function createParser(request: IncomingMessage, maxBytes: number): BusboyInstance {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) throw requestTooLarge()
  try {
    return new Busboy({
      headers: request.headers as BusboyHeaders,
      limits: { fileSize: maxBytes, files: MAX_FILES, fields: MAX_FILES + 20, parts: 2 * MAX_FILES + 20, fieldSize: 4_096, headerPairs: 20, headerSize: 8_192 },
    })
  }
  catch (cause) {
    throw new AppError('not_multipart', 400, 'Send the files as multipart/form-data in the field `file`.', { cause })
  }
}

interface Stored { contentHash: string, bytes: number, truncated: boolean }

async function store(stream: BusboyFileStream, path: string, disk: UploadOptions['disk'], signal: AbortSignal): Promise<Stored> {
  const hash = createHash('sha256')
  let bytes = 0
  await writeNewFile(path, file => pipeline(stream as Readable, async function* (source: AsyncIterable<Buffer>) {
    for await (const block of source) {
      if (!disk.hasRoom) throw uploadNotKept()
      hash.update(block)
      bytes += block.length
      yield block
    }
  }, file, { signal }))
  return { contentHash: hash.digest('hex'), bytes, truncated: stream.truncated }
}

/** Ends the wait for a request that breaks off, falls silent or never ends. */
function watch(request: IncomingMessage, idleMs: number, signal: AbortSignal, reject: (error: unknown) => void): void {
  let bytes = 0
  let heard = Date.now()
  const onData = (block: Buffer) => {
    heard = Date.now()
    bytes += block.length
    if (bytes > MAX_REQUEST_BYTES) reject(requestTooLarge())
  }
  const onClose = () => {
    if (!request.complete) reject(brokenUpload())
  }
  const timer = setInterval(() => {
    if (!request.isPaused() && Date.now() - heard > idleMs) reject(brokenUpload())
  }, Math.min(idleMs, 1_000))
  request.on('data', onData)
  request.on('error', error => reject(brokenUpload(error)))
  request.on('close', onClose)
  signal.addEventListener('abort', () => {
    clearInterval(timer)
    request.off('data', onData)
    request.off('close', onClose)
  }, { once: true })
}

/** A client that is still sending does not read an answer; this waits for its end, within bounds. */
async function readToEnd(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return
  const ended = Promise.withResolvers<void>()
  let bytes = 0
  request.once('end', ended.resolve).once('close', ended.resolve).on('error', () => {}).on('data', (block: Buffer) => {
    bytes += block.length
    if (bytes > MAX_REQUEST_BYTES) ended.resolve()
  })
  request.resume()
  await Promise.race([ended.promise, pause(DRAIN_MS, undefined, { ref: false })])
}

async function removeTooLarge(path: string, maxBytes: number): Promise<AppError> {
  await rm(path, { force: true })
  return new AppError('file_too_large', 413, `This file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB, which is the most one file can have. Split it and upload the parts.`)
}

function requestTooLarge(): AppError {
  return new AppError('file_too_large', 413, 'This upload is too large. Upload fewer files at a time.')
}

function brokenUpload(cause?: unknown): AppError {
  return new AppError('upload_broken', 400, 'The upload broke off before all of it had arrived. Nothing was kept; upload the files again.', { cause })
}

import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { v7 as uuid } from 'uuid'
import { byteOrderMark, decodeAll, isSupported } from '../extract/encoding.ts'
import type { ReceivedFile } from '../ingest/accept.ts'
import { AppError } from '../utils/app-error.ts'
import { isDiskFull, uploadNotKept } from '../utils/disk-full.ts'
import { writeNewFile } from '../utils/new-file.ts'
import { asFailure, openAddress } from './fetch.ts'
import { checkAddress, PUBLIC_WEB, type WebGuard } from './guard.ts'
import { resolveBySystem, type Resolve } from './lookup.ts'
import { describeResponse } from './response.ts'

/** For everything: names, redirects, the file. Less than nginx waits for an answer. */
const TIMEOUT_MS = 20_000
const IDLE_MS = 8_000

export interface ImportOptions {
  /** Where the file is written; on the file system that it stays on. */
  folder: string
  /** Of the file as it is stored; what comes compressed has no more than this either way. */
  maxBytes: number
  userAgent: string
  timeoutMs?: number
  idleMs?: number
  /** The public web, unless a test has a server of its own. */
  guard?: WebGuard
  resolve?: Resolve
}

/**
 * Fetches one page or file from the web into a temporary file, as an upload arrives there. Nothing that a page refers to is
 * loaded. After a rejection no file is left.
 *
 * @throws AppError 400 `web_address_invalid`, 413 `file_too_large`, 422 `web_…`, 507 when the disk is full
 */
export async function fetchFromWeb(address: string, options: ImportOptions): Promise<Extract<ReceivedFile, { path: string }>> {
  const { folder, maxBytes, userAgent, timeoutMs = TIMEOUT_MS, idleMs = IDLE_MS, guard = PUBLIC_WEB, resolve = resolveBySystem } = options
  const signal = AbortSignal.timeout(timeoutMs)
  const path = join(folder, uuid())
  let response: IncomingMessage | undefined
  try {
    const opened = await openAddress(address, { guard, resolve, idleMs, userAgent, signal })
    response = opened.response
    const { filename, charset } = describeResponse(response.headers, opened.url)
    await mkdir(folder, { recursive: true })
    const stored = await store(response, path, { maxBytes, signal })
    const file = charset ? await inUtf8(path, charset) ?? stored : stored
    // The address that was asked for: what it led to may hold a key that is good for minutes.
    return { filename, path, title: null, ...file, source: { url: checkAddress(address, guard).href, fetchedAt: new Date().toISOString() } }
  }
  catch (error) {
    response?.destroy()
    await rm(path, { force: true })
    if (isDiskFull(error)) throw uploadNotKept(error)
    throw asFailure(signal.aborted ? signal.reason : error)
  }
}

interface Stored { contentHash: string, bytes: number }

async function store(response: IncomingMessage, path: string, { maxBytes, signal }: { maxBytes: number, signal: AbortSignal }): Promise<Stored> {
  if (Number(response.headers['content-length'] ?? 0) > maxBytes) throw tooLarge(maxBytes)
  const hash = createHash('sha256')
  let bytes = 0
  let received = 0
  const bounded = async function* (source: AsyncIterable<Buffer>) {
    for await (const block of source) {
      received += block.length
      if (received > maxBytes) throw tooLarge(maxBytes)
      yield block
    }
  }
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const block of source) {
      bytes += block.length
      if (bytes > maxBytes) throw tooLarge(maxBytes)
      hash.update(block)
      yield block
    }
  }
  const decoder = decoderFor(response.headers['content-encoding'])
  await writeNewFile(path, file => decoder
    ? pipeline(response, bounded, decoder, counted, file, { signal })
    : pipeline(response, counted, file, { signal }))
  return { contentHash: hash.digest('hex'), bytes }
}

/** @throws AppError when it was not asked for and cannot be undone */
function decoderFor(encoding: string | undefined): Transform | null {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '': case 'identity': return null
    case 'gzip': case 'x-gzip': return createGunzip()
    case 'deflate': return createInflate()
    case 'br': return createBrotliDecompress()
    default: throw new AppError('web_failed', 422, 'The site sent this page in a form that cannot be unpacked. Open it in a browser, save it, and upload the file.')
  }
}

/**
 * A text whose encoding only the answer's header names would have to be guessed once it is a file, so it is stored in
 * UTF-8 with a mark. Null where it needs no change.
 */
async function inUtf8(path: string, charset: string): Promise<Stored | null> {
  const bytes = await readFile(path)
  if (!isSupported(charset) || byteOrderMark(bytes) || isUtf8(bytes)) return null
  const text = Buffer.from(`\uFEFF${decodeAll(bytes, charset)}`)
  await writeFile(path, text, { flush: true })
  return { contentHash: createHash('sha256').update(text).digest('hex'), bytes: text.length }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('file_too_large', 413, `This file is larger than ${Math.floor(maxBytes / 1024 / 1024)} MB, which is the most that is fetched from the web. Download it and upload it instead.`)
}

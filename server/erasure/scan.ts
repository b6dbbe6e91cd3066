import { read } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ErasureScan } from '../../shared/schemas/erasure.ts'
import { databaseDescriptor } from './database-bytes.ts'

export interface ScanRequest {
  databasePath: string
  filesDir: string
  /** Where uploads lie while they come in. */
  incomingDir: string
  /** What must not be found: UTF-8 texts of at most {@link MAX_SAMPLE_CHARS} characters. */
  samples: string[]
}

/** A longer text says nothing more about its traces, and takes longer to look for. */
export const MAX_SAMPLE_CHARS = 120
const CHUNK_BYTES = 1024 * 1024
/** A deletion is not held up for longer: what is left unread is said. */
const TIME_LIMIT_MS = 5_000

export type ScannedPlace = ErasureScan['places'][number]['place']

export interface ScanResult extends Pick<ErasureScan, 'places' | 'complete'> {
  /** Where each sample that was found lies first, by its index; in the order in which the places are searched. */
  found: Map<number, { place: ScannedPlace, path: string }>
}

/** Reads every byte of the database, its log and the folders of stored and arriving files, and looks for the samples. */
export async function scanForSamples({ databasePath, filesDir, incomingDir, samples }: ScanRequest): Promise<ScanResult> {
  const needles = samples.map(sample => Buffer.from(sample))
  const found: ScanResult['found'] = new Map()
  const deadline = performance.now() + TIME_LIMIT_MS
  const places: ErasureScan['places'] = []
  let complete = true
  for (const [place, paths] of [
    ['database', [databasePath]], ['wal', [`${databasePath}-wal`, `${databasePath}-shm`]],
    ['files', await filesIn(filesDir)], ['temporary', await filesIn(incomingDir)],
  ] as const) {
    let bytes = 0
    for (const path of paths) {
      const search: Search = { needles, deadline, isFound: index => found.has(index), onFound: index => found.set(index, { place, path }) }
      const result = await (place === 'database' || place === 'wal' ? searchDatabaseFile(path, search) : searchFile(path, search))
      bytes += result.bytes
      complete &&= result.complete
    }
    places.push({ place, bytes })
  }
  return { places, complete, found }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile()).map(entry => join(folder, entry.name))
}

interface Search { needles: Buffer[], deadline: number, isFound: (index: number) => boolean, onFound: (index: number) => void }
interface Searched { bytes: number, complete: boolean }

const readDescriptor = promisify(read)

async function searchDatabaseFile(path: string, search: Search): Promise<Searched> {
  const descriptor = databaseDescriptor(path)
  return descriptor === null ? { bytes: 0, complete: true } : await searchDescriptor(descriptor, search)
}

/** A file that has gone since the folder was read holds nothing. */
async function searchFile(path: string, search: Search): Promise<Searched> {
  const opened = await open(path, 'r').catch(() => null)
  if (!opened) return { bytes: 0, complete: true }
  await using file = opened
  return await searchDescriptor(file.fd, search)
}

async function searchDescriptor(descriptor: number, { needles, deadline, isFound, onFound }: Search): Promise<Searched> {
  // A needle may lie across two chunks: the end of one is read again with the next.
  const overlap = Math.max(1, ...needles.map(needle => needle.length)) - 1
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES + overlap)
  let bytes = 0
  let kept = 0
  for (;;) {
    if (performance.now() > deadline) return { bytes, complete: false }
    const { bytesRead } = await readDescriptor(descriptor, buffer, kept, CHUNK_BYTES, bytes)
    if (bytesRead === 0) return { bytes, complete: true }
    bytes += bytesRead
    const window = buffer.subarray(0, kept + bytesRead)
    for (const [index, needle] of needles.entries()) if (!isFound(index) && window.includes(needle)) onFound(index)
    kept = Math.min(overlap, window.length)
    buffer.copyWithin(0, window.length - kept, window.length)
  }
}

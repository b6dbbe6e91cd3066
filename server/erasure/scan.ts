import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ErasureScan } from '../../shared/schemas/erasure.ts'

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

export interface ScanResult extends Pick<ErasureScan, 'places' | 'complete'> {
  /** The samples that were found, by their index. */
  found: number[]
}

/** Reads every byte of the database, its log and the folders of stored and arriving files, and looks for the samples. */
export async function scanForSamples({ databasePath, filesDir, incomingDir, samples }: ScanRequest): Promise<ScanResult> {
  const needles = samples.map(sample => Buffer.from(sample))
  const found = new Set<number>()
  const deadline = performance.now() + TIME_LIMIT_MS
  const places: ErasureScan['places'] = []
  let complete = true
  for (const [place, paths] of [
    ['database', [databasePath]], ['wal', [`${databasePath}-wal`, `${databasePath}-shm`]],
    ['files', await filesIn(filesDir)], ['temporary', await filesIn(incomingDir)],
  ] as const) {
    let bytes = 0
    for (const path of paths) {
      const read = await searchFile(path, needles, found, deadline)
      bytes += read.bytes
      complete &&= read.complete
    }
    places.push({ place, bytes })
  }
  return { places, complete, found: [...found] }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile()).map(entry => join(folder, entry.name))
}

async function searchFile(path: string, needles: Buffer[], found: Set<number>, deadline: number): Promise<{ bytes: number, complete: boolean }> {
  if (!await stat(path).catch(() => null)) return { bytes: 0, complete: true }
  await using file = await open(path, 'r')
  // A needle may lie across two chunks: the end of one is read again with the next.
  const overlap = Math.max(1, ...needles.map(needle => needle.length)) - 1
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES + overlap)
  let bytes = 0
  let kept = 0
  for (;;) {
    if (performance.now() > deadline) return { bytes, complete: false }
    const { bytesRead } = await file.read(buffer, kept, CHUNK_BYTES, bytes)
    if (bytesRead === 0) return { bytes, complete: true }
    bytes += bytesRead
    const window = buffer.subarray(0, kept + bytesRead)
    for (const [index, needle] of needles.entries()) if (!found.has(index) && window.includes(needle)) found.add(index)
    kept = Math.min(overlap, window.length)
    buffer.copyWithin(0, window.length - kept, window.length)
  }
}

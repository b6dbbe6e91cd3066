/**
 * How long it takes to delete a document with everything that was made of it, the proof included, and how long the event
 * loop is held up meanwhile:
 *
 *   npm run build && node bench/erase.ts [megabytes…] [--runs=5]
 *
 * Text of English words with natural frequencies (Zipf), its chunks with vectors of 384 dimensions, in a library that
 * holds as much again. Medians of the same run.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { createDatabase } from '../eval/support/database.ts'
import { median } from '../eval/support/metrics.ts'
import { ensureVectorIndex } from '../server/db/vectors.ts'
import type { Embedder } from '../server/embed/types.ts'
import { eraseDocument } from '../server/erasure/index.ts'
import { createExtractor } from '../server/extract/index.ts'
import { acceptFiles } from '../server/ingest/accept.ts'
import { incomingDir } from '../server/ingest/files.ts'
import { createIngestQueue } from '../server/ingest/queue.ts'
import { EventHub } from '../server/utils/event-hub.ts'
import type { DocumentEvent } from '../shared/schemas/documents.ts'
import { builtEntry } from './support/entries.ts'

const entry = existsSync('.output') ? builtEntry("extract") : resolve('server/extract/child.ts')
const MB = 1024 * 1024
const args = process.argv.slice(2)
const runs = Number(args.find(arg => arg.startsWith('--runs='))?.slice(7) ?? 5)
const sizes = args.filter(arg => !arg.startsWith('--')).map(Number)

/** Directions without a meaning: what a deletion costs does not depend on it. */
const embedder: Embedder = {
  id: 'random-384', dimensions: 384, window: 256,
  countTokens: text => Math.ceil(text.length / 4.5),
  embed: async texts => texts.map(() => {
    const vector = Float32Array.from({ length: 384 }, () => Math.random() - 0.5)
    const norm = Math.hypot(...vector)
    return vector.map(value => value / norm)
  }),
  close: async () => {},
}

function text(bytes: number, salt: number): string {
  const parts: string[] = []
  let length = 0
  for (let sentence = 0; length < bytes; sentence++) {
    const words = Array.from({ length: 16 }, (_, index) => `w${Math.floor(50_000 ** Math.random())}${index === 0 ? `x${salt}` : ''}`)
    const part = `${sentence % 200 === 0 ? `\n\n# Section ${sentence}\n\n` : ''}${words.join(' ')}. `
    parts.push(part)
    length += part.length
  }
  return parts.join('')
}

for (const size of sizes.length > 0 ? sizes : [0.1, 1, 10]) {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-bench-'))
  const filesDir = join(folder, 'files')
  const databasePath = join(folder, 'ragtime.db')
  mkdirSync(incomingDir(filesDir), { recursive: true })
  const db = createDatabase(databasePath)
  ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const extractor = createExtractor({ entry: entry })
  const events = new EventHub<DocumentEvent>()
  const ingest = createIngestQueue({ db, filesDir, extractor, embedder, events })
  const add = async (salt: number) => {
    const content = text(size * MB, salt)
    const path = join(incomingDir(filesDir), String(salt))
    writeFileSync(path, content)
    const contentHash = createHash('sha256').update(content).digest('hex')
    const { documents } = await acceptFiles({ db, filesDir, documentEvents: events, ingest },
      [{ filename: 'bench.md', path, contentHash, bytes: content.length, title: null }])
    await ingest.drain()
    return documents[0]!.id
  }
  await add(0)
  const times: number[] = []
  const longest: number[] = []
  const p99: number[] = []
  let last = ''
  for (let run = 1; run <= runs; run++) {
    const id = await add(run)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const started = performance.now()
    const receipt = await eraseDocument({ db, databasePath, filesDir, ingest, stopRun: async () => {}, countBackups: async () => 0 }, id, { answers: 'erase' })
    times.push(performance.now() - started)
    delay.disable()
    longest.push(delay.max / 1e6)
    p99.push(delay.percentile(99) / 1e6)
    last = `${receipt.removed.chunks.toLocaleString('en')} chunks; ${receipt.scan.sampled} sentences looked for, ${receipt.scan.found} found, ${receipt.scan.clean ? 'clean' : 'NOT CLEAN'}`
  }
  console.log(`${size} MB: ${median(times).toFixed(0)} ms (${runs} runs, ${Math.min(...times).toFixed(0)} to ${Math.max(...times).toFixed(0)}); event loop p99 ${median(p99).toFixed(0)}, longest ${median(longest).toFixed(0)} ms; ${last}; database ${(statSync(databasePath).size / MB).toFixed(0)} MB`)
  await ingest.stop()
  await extractor.close()
  db.close()
  rmSync(folder, { recursive: true, force: true })
}

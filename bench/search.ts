import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createDatabase } from '../eval/support/database.ts'
import { median } from '../eval/support/metrics.ts'
import { buildModel } from '../script/build-model.ts'
import { insertChunks, storeEmbeddings } from '../server/db/chunks.ts'
import { write, type Db } from '../server/db/connection.ts'
import { insertDocument, setReady } from '../server/db/documents.ts'
import { insertFullText } from '../server/db/fulltext.ts'
import { ensureVectorIndex, insertVectors } from '../server/db/vectors.ts'
import { createMiniLmEmbedder } from '../server/embed/minilm.ts'
import type { Embedder } from '../server/embed/types.ts'
import { createRetriever } from '../server/retrieval/index.ts'
import type { SearchRequest } from '../server/retrieval/types.ts'
import { builtEntry } from './support/entries.ts'

/**
 * Median milliseconds of a search by stage, in the product's own threads: `npm run build && node bench/search.ts [chunks…]`.
 * Texts are made of words with natural frequencies (Zipf), vectors are random directions, questions are embedded.
 */
const sizes = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [10, 10_000, 100_000]
const RUNS = 30
const CHUNKS_A_DOCUMENT = 20
const WORDS_A_CHUNK = 130
const VOCABULARY = 50_000

const root = fileURLToPath(new URL('..', import.meta.url))
const modelDir = join(root, '.model/all-MiniLM-L6-v2')
buildModel(modelDir)
const embedder = await createMiniLmEmbedder({ modelDir, entry: builtEntry('embed') })

for (const size of sizes) {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-bench-'))
  const path = join(folder, 'bench.db')
  const db = createDatabase(path)
  const start = performance.now()
  fill(db, size, embedder)
  console.log(`\n${size.toLocaleString('en')} chunks, written in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  const documents = db.prepare<[], string>('SELECT id FROM documents').pluck().all()
  const filters: Record<string, SearchRequest['filters']> = {
    'everything': {},
    'a tenth of the documents': { documents: documents.slice(0, Math.min(1_000, Math.ceil(documents.length / 10))) },
    'half of the collection': { collection: 'half' },
  }
  const retriever = await createRetriever({ databasePath: path, entry: builtEntry('search'), embedder })
  const rows: Record<string, Record<string, string>> = {}
  for (const [name, filter] of Object.entries(filters)) {
    const timings: Record<string, number>[] = []
    for (let run = -3; run < RUNS; run++) {
      const { trace } = await retriever.search({ query: question(run + 3), filters: filter, limit: 12 })
      if (run >= 0) timings.push(trace.timings)
    }
    rows[name] = Object.fromEntries(Object.keys(timings[0]!).map(stage => [stage, median(timings.map(timing => timing[stage]!)).toFixed(1)]))
  }
  console.table(rows)
  await retriever.close()
  db.close()
  rmSync(folder, { recursive: true, force: true })
}
await embedder.close()

function fill(db: Db, size: number, { id, dimensions }: Embedder): void {
  const random = mulberry32(42)
  ensureVectorIndex(db, { embedderId: id, dimensions })
  for (let first = 0; first < size; first += CHUNKS_A_DOCUMENT) {
    write(db, () => {
      const { key } = insertDocument(db, {
        contentHash: `bench-${first}`, title: `Document ${first}`, filename: 'bench.txt', mediaType: 'text/plain', bytes: 0,
        collection: first % (2 * CHUNKS_A_DOCUMENT) === 0 ? 'half' : 'default',
      })!
      const texts = Array.from({ length: Math.min(CHUNKS_A_DOCUMENT, size - first) }, () => Array.from({ length: WORDS_A_CHUNK }, () => word(random)).join(' '))
      let end = 0
      const keys = insertChunks(db, key, texts.map((text, ordinal) => {
        const start = end
        end += text.length
        return { ordinal, headingPath: [], pageStart: 1, pageEnd: 1, start, end, text, sentences: [[start, end]], tokens: 160 }
      }))
      const rows = keys.map(chunkKey => ({ chunkKey, documentKey: key, embedding: unitVector(random, dimensions) }))
      insertFullText(db, keys.map((chunkKey, i) => ({ chunkKey, headingPath: [], text: texts[i]! })))
      storeEmbeddings(db, id, rows)
      insertVectors(db, rows)
      setReady(db, key)
    })
  }
}

/** The n-th most frequent word comes up about 1/n as often as the first. */
function word(random: () => number): string {
  return `w${Math.floor(VOCABULARY ** random())}`
}

/** Three rare words, two middling ones and two that are in most chunks, as questions have. */
function question(number: number): string {
  return `What is w${5_000 + number} w${9_000 + number * 7} and w${20_000 + number * 3} of w${300 + number} with w${900 + number} in w${1 + number % 5} w${6 + number % 5}?`
}

function unitVector(random: () => number, dimensions: number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() + random() + random() - 1.5)
  let squares = 0
  for (const value of vector) squares += value * value
  return vector.map(value => value / Math.sqrt(squares))
}

function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6D2B79F5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

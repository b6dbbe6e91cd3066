/**
 * How often your own questions find the passages that you wanted:
 *
 *     npm run eval -- --golden FILE [--data FOLDER]
 *
 * FILE is a golden set as JSON (see `goldenSetSchema`). The questions are searched for in a copy of the database of the data
 * folder (`RAGTIME_DATA_DIR`, or `.data`); a running server is not disturbed, and nothing is changed. Prints where the first chunk
 * stands that holds some of a wanted passage.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyDatabase } from '../server/db/backup.ts'
import { ensureVectorIndex } from '../server/db/vectors.ts'
import { createRetriever } from '../server/retrieval/index.ts'
import { BUNDLED_ENTRIES } from '../server/utils/entries.ts'
import { readCorpus } from './support/corpus.ts'
import { createDatabase } from './support/database.ts'
import { openEmbedder } from './support/embedder.ts'
import { findPassage, parseGoldenSet, placeOfWanted, type GoldenSet } from './support/golden-set.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Chunks of a ranking that are looked at. */
const LIMIT = 50

const { values, positionals } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } })
const [file] = positionals
const database = join(values.data ?? (process.env.RAGTIME_DATA_DIR || join(root, '.data')), 'ragtime.db')
const missing = [file, database].find(path => path === undefined || !existsSync(path))
if (file === undefined || missing !== undefined) {
  console.error(file === undefined ? 'Name the file of the golden set: npm run eval -- --golden FILE.' : `There is no ${missing}.`)
  process.exit(2)
}

const { name, questions } = readOrExit(file)
const folder = mkdtempSync(join(tmpdir(), 'ragtime-golden-'))
const embedder = await openEmbedder()
try {
  const databasePath = join(folder, 'ragtime.db')
  await copyDatabase(database, databasePath)
  const db = createDatabase(databasePath)
  const { stale } = ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  if (stale > 0) console.log(`${stale} chunks have no vector of ${embedder.id} and are found by their words alone.`)
  const corpus = readCorpus(db, [])
  const retriever = await createRetriever({ databasePath, entry: join(root, BUNDLED_ENTRIES.search), embedder })
  const places: (number | null)[] = []
  for (const { question, documents, wanted } of questions) {
    const passages = wanted.map(passage => findPassage(passage, corpus)).filter(passage => passage !== null)
    if (passages.length === 0) {
      console.log(`  gone  ${question}: no document holds the wanted passage any more`)
      continue
    }
    const { trace } = await retriever.search({ query: question, filters: { documents }, limit: LIMIT })
    const place = placeOfWanted(trace, passages, corpus)
    places.push(place)
    console.log(`${(place === null ? '—' : String(place)).padStart(6)}  ${question}`)
  }
  await retriever.close()
  db.close()
  const share = (limit: number) => {
    const found = places.filter(place => place !== null && place <= limit).length
    return `${found} of ${places.length} (${(100 * found / Math.max(1, places.length)).toFixed(1)} %)`
  }
  console.log(`\n${name}: the wanted passage first ${share(1)}, among the first five ${share(5)}`)
}
finally {
  await embedder.close()
  rmSync(folder, { recursive: true, force: true })
}

function readOrExit(path: string): GoldenSet {
  try {
    return parseGoldenSet(readFileSync(path, 'utf8'))
  }
  catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

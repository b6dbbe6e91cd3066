/**
 * How often your own questions find the passages that you wanted:
 *
 *     npm run eval -- --golden [FILE] [--data FOLDER]
 *
 * The questions are those that you have judged in the product, with the passages you named there; or those of FILE, a golden
 * set as `GET /api/golden` gives it. They are searched for in a copy of the database of the data folder (`RAGTIME_DATA_DIR`,
 * or `.data`); a running server is not disturbed, and nothing is changed. Prints where the first chunk stands that holds some of
 * a wanted passage.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { copyDatabase } from '../server/db/backup.ts'
import { readGoldenSet } from '../server/db/feedback.ts'
import { ensureVectorIndex } from '../server/db/vectors.ts'
import { createRetriever } from '../server/retrieval/index.ts'
import { BUNDLED_ENTRIES } from '../server/utils/entries.ts'
import type { GoldenSet } from '../shared/schemas/feedback.ts'
import { readCorpus } from './support/corpus.ts'
import { createDatabase } from './support/database.ts'
import { openEmbedder } from './support/embedder.ts'
import { findPassage, parseGoldenSet, placeOfWanted } from './support/golden-set.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Chunks of a ranking that are looked at. */
const LIMIT = 50

try {
  const { values, positionals: [file] } = parseArgs({ allowPositionals: true, options: { data: { type: 'string' } } })
  await measure(values.data ?? (process.env.RAGTIME_DATA_DIR || join(root, '.data')), file)
}
catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

/** @throws Error that says what is missing or wrong */
async function measure(dataDir: string, file: string | undefined): Promise<void> {
  const database = join(dataDir, 'ragtime.db')
  for (const path of [database, ...file === undefined ? [] : [file]]) {
    if (!existsSync(path)) throw new Error(`There is no ${path}: npm run eval -- --golden [FILE] [--data FOLDER]`)
  }
  const given = file === undefined ? null : parseGoldenSet(readFileSync(file, 'utf8'))
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-golden-'))
  try {
    const databasePath = join(folder, 'ragtime.db')
    await copyDatabase(database, databasePath)
    const db = createDatabase(databasePath)
    const set = given ?? readGoldenSet(db)
    db.close()
    if (set.questions.length === 0) throw new Error('There is no judged question with a wanted passage yet: give an answer a thumb and name the passage that it should have cited.')
    await search(set, databasePath)
  }
  finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function search({ name, questions }: GoldenSet, databasePath: string): Promise<void> {
  const embedder = await openEmbedder()
  const db = createDatabase(databasePath)
  const { stale } = ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const retriever = await createRetriever({ databasePath, entry: join(root, BUNDLED_ENTRIES.search), embedder })
  try {
    if (stale > 0) console.log(`${stale} chunks have no vector of ${embedder.id} and are found by their words alone.`)
    const corpus = readCorpus(db, [])
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
    const share = (limit: number) => {
      const found = places.filter(place => place !== null && place <= limit).length
      return `${found} of ${places.length} (${(100 * found / Math.max(1, places.length)).toFixed(1)} %)`
    }
    console.log(`\n${name}: the wanted passage first ${share(1)}, among the first five ${share(5)}`)
  }
  finally {
    await retriever.close()
    db.close()
    await embedder.close()
  }
}

/**
 * How often your own questions find the passages that you wanted:
 *
 *     npm run eval -- --golden [FILE] [--data FOLDER]
 *
 * The questions are those that you have judged in the product, with the passages you named there; or those of FILE, a golden
 * set as `GET /api/golden` gives it. They are searched for in a copy of the database of the data folder (`RAGTIME_DATA_DIR`,
 * or `.data`); a running server is not disturbed, and nothing is changed. Prints where the first chunk stands that holds some of
 * a wanted passage; and of passages that should not have been cited how often an answer without a key still cites them.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { createExtractiveAnswerer } from '../server/answer/extractive.ts'
import { copyDatabase } from '../server/db/backup.ts'
import { readGoldenSet } from '../server/db/feedback.ts'
import { ensureVectorIndex } from '../server/db/vectors.ts'
import type { Embedder } from '../server/embed/types.ts'
import { createRetriever } from '../server/retrieval/index.ts'
import type { Retriever } from '../server/retrieval/types.ts'
import { BUNDLED_ENTRIES } from '../server/utils/entries.ts'
import { EXTRACTIVE_MODEL } from '../shared/schemas/chats.ts'
import type { GoldenSet } from '../shared/schemas/feedback.ts'
import { readCorpus } from './support/corpus.ts'
import { createDatabase } from './support/database.ts'
import { openEmbedder } from './support/embedder.ts'
import type { Passage } from './support/gold.ts'
import { findPassage, parseGoldenSet, placeOf, summarizeUnwanted, type UnwantedFinding } from './support/golden-set.ts'
import { touches } from './support/ranking-values.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Chunks of a ranking that are looked at. */
const LIMIT = 50
/** A busy machine changes no answer. */
const PATIENT_MS = 60_000

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
    if (set.questions.length === 0) throw new Error('There is no judged question with a passage yet: give an answer a thumb and name the passage that it should, or should not, have cited.')
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
    const findings: UnwantedFinding[] = []
    for (const { question, documents, wanted, unwanted = [] } of questions) {
      const [right, wrong] = [wanted, unwanted].map(list => list.map(passage => findPassage(passage, corpus)).filter(passage => passage !== null)) as [Passage[], Passage[]]
      if (right.length + wrong.length === 0) {
        console.log(`  gone  ${question}: no document holds its passages any more`)
        continue
      }
      const { trace } = await retriever.search({ query: question, filters: { documents }, limit: LIMIT })
      const place = placeOf(trace, right, corpus)
      if (right.length > 0) places.push(place)
      if (wrong.length > 0) {
        const cited = await citesAny(question, documents, wrong, retriever, embedder)
        findings.push({ place: placeOf(trace, wrong, corpus), wantedPlace: place, cited })
      }
      const note = wrong.length > 0 && findings.at(-1)!.cited ? ' (cites what it should not)' : ''
      console.log(`${(right.length === 0 ? '' : place === null ? '—' : String(place)).padStart(6)}  ${question}${note}`)
    }
    const share = (limit: number) => {
      const found = places.filter(place => place !== null && place <= limit).length
      return `${found} of ${places.length} (${(100 * found / Math.max(1, places.length)).toFixed(1)} %)`
    }
    console.log(`\n${name}: the wanted passage first ${share(1)}, among the first five ${share(5)}`)
    if (findings.length > 0) {
      const { questions: all, cited, amongFive, beforeWanted, withWanted } = summarizeUnwanted(findings)
      console.log(`${name}: an unwanted passage cited without a key ${cited} of ${all}, among the first five ${amongFive} of ${all}, before the wanted one ${beforeWanted} of ${withWanted}`)
    }
  }
  finally {
    await retriever.close()
    db.close()
    await embedder.close()
  }
}

/** Whether an answer without a key cites some of the passages. */
async function citesAny(question: string, documents: string[] | undefined, passages: Passage[], retriever: Retriever, embedder: Embedder): Promise<boolean> {
  const answerer = createExtractiveAnswerer({ embedder, limits: { embeddingMs: PATIENT_MS } })
  const request = { question, history: [], filters: { documents }, model: EXTRACTIVE_MODEL, retriever }
  for await (const event of answerer.answer(request, new AbortController().signal)) {
    if (event.type !== 'pointer') continue
    const { chunk, start, end } = event.data
    if (passages.some(passage => touches({ document: chunk.documentId, start, end }, passage))) return true
  }
  return false
}

/**
 * Time from a question to the first event, the first text and the end of a keyless answer:
 *
 *   node bench/answer.ts [--runs 30] [--chunks 10,10000]
 *
 * Prints medians (and the slowest) in milliseconds, as a reader of the run's events sees them, HTTP left out. The
 * library is real paragraphs through the whole pipeline; the rest up to the number of chunks is filled with text made
 * of the same words and with vectors made from seeds. Needs ../shared/eval/xquad-en.json beside the repository.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { insertChunks, storeEmbeddings } from '../server/db/chunks.ts'
import { createChat } from '../server/db/chats.ts'
import { write } from '../server/db/connection.ts'
import { insertDocument, setReady } from '../server/db/documents.ts'
import { insertFullText } from '../server/db/fulltext.ts'
import { insertVectors } from '../server/db/vectors.ts'
import { openLibrary, type Library } from '../eval/support/library.ts'

interface Set { corpus: { id: string, text: string }[], queries: { text: string, rel: Record<string, number> }[] }
interface Times { event: number, text: number, quote: number, end: number }

const file = join(fileURLToPath(new URL('..', import.meta.url)), '../shared/eval/xquad-en.json')
const option = (name: string, fallback: string) => process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1]! : fallback
const runs = Number(option('--runs', '30'))
if (!existsSync(file)) {
  console.error(`There is no ${file}.`)
  process.exit(1)
}
const { corpus, queries } = JSON.parse(readFileSync(file, 'utf8')) as Set

for (const chunks of option('--chunks', '10,10000').split(',').map(Number)) {
  const library = await openLibrary()
  try {
    const paragraphs = corpus.slice(0, Math.max(1, Math.min(corpus.length, Math.floor(chunks * 0.8))))
    await library.ingest(paragraphs.map(({ id, text }) => ({ name: `${id}.txt`, content: text })))
    fill(library, chunks)
    const known = new Set(paragraphs.map(({ id }) => id))
    const questions = queries.filter(({ rel }) => Object.keys(rel).some(id => known.has(id)))
    // The first question loads what the others find loaded.
    await measure(library, questions[0]!.text)
    const times: Times[] = []
    for (let i = 0; i < runs; i++) times.push(await measure(library, questions[(i * 7 + 1) % questions.length]!.text))
    const { n } = library.db.prepare('SELECT count(*) AS n FROM chunks').get() as { n: number }
    console.log(`\n${n.toLocaleString('en')} chunks, ${runs} questions`)
    for (const key of ['event', 'text', 'quote', 'end'] as const) {
      const sorted = times.map(time => time[key]).filter(Number.isFinite).sort((a, b) => a - b)
      console.log(`  first ${key.padEnd(6)} median ${sorted[Math.floor(sorted.length / 2)]!.toFixed(1).padStart(7)} ms, slowest ${sorted.at(-1)!.toFixed(1).padStart(7)} ms`.replace('first end   ', 'end         '))
    }
  }
  finally {
    // An embedding that came too late for its answer may still be running.
    await delay(500)
    await library.close()
  }
}

/** `quote` is the first cited sentence, after the line that says what the answer is. */
async function measure({ db, runs }: Library, question: string): Promise<Times> {
  const chat = createChat(db, {})
  const times: Times = { event: Number.NaN, text: Number.NaN, quote: Number.NaN, end: Number.NaN }
  const started = performance.now()
  const { run } = runs.ask(chat.id, { content: question })
  for await (const { event } of runs.follow(run.id, 0)) {
    const now = performance.now() - started
    if (Number.isNaN(times.event)) times.event = now
    if (event.type === 'delta' && Number.isNaN(times.text)) times.text = now
    if (event.type === 'citation' && Number.isNaN(times.quote)) times.quote = now
    times.end = now
  }
  return times
}

function fill({ db, embedder }: Library, chunks: number): void {
  const { n } = db.prepare('SELECT count(*) AS n FROM chunks').get() as { n: number }
  const words = corpus.flatMap(({ text }) => text.split(/\s+/))
  let state = 1
  const random = () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32
  const perDocument = 50
  for (let done = n; done < chunks; done += perDocument) {
    write(db, () => {
      const { key } = insertDocument(db, { contentHash: `filler-${done}`, title: `Filler ${done}`, filename: `${done}.txt`, mediaType: 'text/plain', bytes: 0 })!
      const drafts = Array.from({ length: Math.min(perDocument, chunks - done) }, (_, ordinal) => {
        const sentences = Array.from({ length: 6 }, () => `${Array.from({ length: 20 }, () => words[Math.floor(random() * words.length)]).join(' ')}.`)
        const text = sentences.join(' ')
        const start = ordinal * 2_000
        let position = start
        const ranges = sentences.map((sentence): [number, number] => {
          const range: [number, number] = [position, position + sentence.length]
          position += sentence.length + 1
          return range
        })
        return { ordinal, headingPath: [], pageStart: 1, pageEnd: 1, start, end: start + text.length, text, sentences: ranges, tokens: 160 }
      })
      const rows = insertChunks(db, key, drafts).map(chunkKey => ({ chunkKey, documentKey: key, embedding: unitVector(embedder!.dimensions, random) }))
      insertFullText(db, rows.map(({ chunkKey }, i) => ({ chunkKey, headingPath: [], text: drafts[i]!.text })))
      storeEmbeddings(db, embedder!.id, rows)
      insertVectors(db, rows)
      setReady(db, key)
    })
  }
}

function unitVector(dimensions: number, random: () => number): Float32Array {
  const vector = Float32Array.from({ length: dimensions }, () => random() - 0.5)
  const norm = Math.hypot(...vector)
  return vector.map(value => value / norm)
}

/**
 * How fast documents become searchable, through the product's own queue, extractor and embedder:
 *
 *   npm run build && node bench/ingest.ts [--runs 3]
 *
 * Prints medians: pages a second extracted, chunked and stored for real papers; chunks a second embedded; the time until
 * a 100-page PDF and 200 small text files can be searched. Processor time, of this process with its threads and of the
 * extractor's children, says the same on a busy machine.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openDatabase, type Db } from '../server/db/connection.ts'
import { migrate, readMigrations } from '../server/db/migrate.ts'
import { ensureVectorIndex } from '../server/db/vectors.ts'
import { createMiniLmEmbedder } from '../server/embed/minilm.ts'
import type { Embedder } from '../server/embed/types.ts'
import { createExtractor } from '../server/extract/index.ts'
import { acceptFiles, type ReceivedFile } from '../server/ingest/accept.ts'
import { incomingDir } from '../server/ingest/files.ts'
import { createIngestQueue } from '../server/ingest/queue.ts'
import { SHIPPED_FOLDERS } from '../server/utils/entries.ts'
import { EventHub } from '../server/utils/event-hub.ts'
import type { DocumentEvent } from '../shared/schemas/documents.ts'
import { builtEntry } from './support/entries.ts'
import { makePdf, paginate } from './support/pdf.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const data = join(root, '../shared/eval')
const runs = Number(process.argv[process.argv.indexOf('--runs') + 1]) || 3

interface File { name: string, content: Buffer }
interface Outcome { seconds: number, ownCpu: number, childCpu: number, pages: number, chunks: number, failed: number, tokens: number }

/** Ingests the files into an empty database and waits until all of them are searchable. */
async function ingest(files: File[], embedder: Embedder | null): Promise<Outcome> {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-bench-'))
  const filesDir = join(folder, 'files')
  mkdirSync(incomingDir(filesDir), { recursive: true })
  const db = openDatabase(join(folder, 'ragtime.db'))
  const childCpu = new Map<string, number>()
  const extractor = createExtractor({ entry: builtEntry('extract'), observe: ({ path, cpuSeconds }) => childCpu.set(path, cpuSeconds) })
  try {
    migrate(db, readMigrations(join(root, 'server/db/migrations')))
    if (embedder) ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
    const documentEvents = new EventHub<DocumentEvent>()
    const queue = createIngestQueue({ db, filesDir, extractor, embedder, events: documentEvents })
    const received = files.map(({ name, content }, index): ReceivedFile => {
      const path = join(incomingDir(filesDir), String(index))
      writeFileSync(path, content)
      return { filename: name, path, contentHash: createHash('sha256').update(content).digest('hex'), bytes: content.length, title: null }
    })
    const started = performance.now()
    const cpu = process.cpuUsage()
    await acceptFiles({ db, filesDir, documentEvents, ingest: queue }, received)
    await queue.drain()
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(cpu)
    await queue.stop()
    return { seconds, ownCpu: (user + system) / 1e6, childCpu: [...childCpu.values()].reduce((a, b) => a + b, 0), ...tally(db) }
  }
  finally {
    await extractor.close()
    db.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function tally(db: Db): Omit<Outcome, 'seconds' | 'ownCpu' | 'childCpu'> {
  const one = (sql: string) => db.prepare(sql).pluck().get() as number
  return {
    pages: one('SELECT coalesce(sum(pages), 0) FROM documents'),
    chunks: one('SELECT count(*) FROM chunks'),
    tokens: one('SELECT coalesce(avg(tokens), 0) FROM chunks'),
    failed: one(`SELECT count(*) FROM documents WHERE status <> 'ready'`),
  }
}

async function measure(name: string, files: File[], embedder: Embedder | null): Promise<void> {
  const outcomes: Outcome[] = []
  for (let run = 0; run < runs; run++) outcomes.push(await ingest(files, embedder))
  const middle = (of: (outcome: Outcome) => number) => outcomes.map(of).sort((a, b) => a - b)[Math.floor(runs / 2)]!
  const median = middle(outcome => outcome.seconds)
  const { pages, chunks, tokens, failed } = outcomes[0]!
  console.log(`${name.padEnd(44)} ${median.toFixed(2).padStart(7)} s  ${pages} pages (${(pages / median).toFixed(1)}/s), ${chunks} chunks `
    + `(${(chunks / median).toFixed(1)}/s) of ${tokens.toFixed(0)} tokens; processor ${middle(({ ownCpu }) => ownCpu).toFixed(2)} s`
    + ` + children ${middle(({ childCpu }) => childCpu).toFixed(2)} s${failed > 0 ? `, ${failed} FAILED` : ''}`)
}

const modelDir = join(root, SHIPPED_FOLDERS.model)
const embedder = existsSync(modelDir) ? await createMiniLmEmbedder({ modelDir, entry: builtEntry('embed') }) : null
if (!embedder) console.log('No model is built (npm run build:model): only keyword mode is measured.')
try {
  const papersDir = join(data, 'papers')
  if (existsSync(papersDir)) {
    const papers = readdirSync(papersDir).filter(name => name.endsWith('.pdf')).map(name => ({ name, content: readFileSync(join(papersDir, name)) }))
    await measure('papers, extracted and chunked', papers, null)
    if (embedder) await measure('papers, searchable', papers, embedder)
  }
  else {
    console.log(`The papers are not there: ${papersDir}`)
  }
  const corpus = join(data, 'chunking/wikitexts.md')
  const text = existsSync(corpus) ? readFileSync(corpus, 'utf8') : readFileSync(join(root, 'docs/architecture.md'), 'utf8')
  const hundred = [{ name: 'hundred.pdf', content: makePdf(paginate(text, 100)) }]
  await measure('one PDF of 100 pages, extracted and chunked', hundred, null)
  if (embedder) await measure('one PDF of 100 pages, searchable', hundred, embedder)
  const small = Array.from({ length: 200 }, (_, index) => ({ name: `${index}.txt`, content: Buffer.from(`Note ${index}. ${text.slice(index * 500, index * 500 + 600)}`) }))
  await measure('200 text files of 600 characters, no model', small, null)
  if (embedder) await measure('200 text files of 600 characters, searchable', small, embedder)
}
finally {
  await embedder?.close()
}

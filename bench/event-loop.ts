/**
 * How long the server's event loop is held up by what it reads:
 *
 *   npm run build && node bench/event-loop.ts [--keyword]
 *
 * Prints for each kind of files by how many milliseconds the loop was late (median, 99th percentile, at most), what the
 * server and its readers took, and how long an answer took meanwhile. `--keyword` leaves the embedding model out, and only
 * then two texts of ten and a hundred megabytes are read: embedding their passages takes most of an hour.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { HOSTILE } from '../tests/fixtures/hostile/index.ts'
import { uploadTexts } from '../tests/server/support/asking.ts'
import { allDocuments, readFileWith } from '../tests/server/support/reading.ts'
import { startServer } from '../tests/server/support/server.ts'
import { makePdf, paginate } from './support/pdf.ts'
import { loopDelay, quantile, ServerWatch, timeAnswer } from './support/server-watch.ts'

interface File { name: string, make: () => Buffer | string, /** Has more passages than anybody waits for to be embedded. */ keywordOnly?: true }

const IDLE_MS = 10_000
const AT_A_TIME = 3
const isKeyword = process.argv.includes('--keyword')
const papersDir = fileURLToPath(new URL('../../shared/eval/papers', import.meta.url))
const sentence = (index: number) => `In sentence ${index} a pianist plays the rag that a publisher bought in Sedalia for fifty dollars.`
const prose = (sentences: number) => Array.from({ length: sentences }, (_, index) => sentence(index) + (index % 8 === 7 ? '\n\n' : ' ')).join('')

const PHASES: [name: string, files: File[]][] = [
  ['idle', []],
  ['papers', existsSync(papersDir) ? readdirSync(papersDir).filter(name => name.endsWith('.pdf')).map(name => ({ name, make: () => readFileSync(join(papersDir, name)) })) : []],
  ['hostile files', HOSTILE],
  ['big files', [
    { name: 'ten megabytes.txt', make: () => prose(100_000), keywordOnly: true },
    { name: 'thousand pages.pdf', make: () => makePdf(paginate(prose(40_000), 1_000)) },
    { name: 'table of 100000 rows.html', make: () => `<!doctype html><table><tr><th>Year<th>Copies${Array.from({ length: 100_000 }, (_, row) => `<tr><td>${row}<td>${row * 7}`).join('')}</table>` },
    { name: 'hundred megabytes of lines.txt', make: () => `${'ragtime '.repeat(12)}\n`.repeat(1_000_000), keywordOnly: true },
  ]],
]

const server = await startServer({ env: isKeyword ? { RAGTIME_EMBEDDER: 'none' } : {} })
try {
  await uploadTexts(server, { 'rag.txt': 'The Maple Leaf Rag was published in 1899. It sold well.' })
  const rows: Record<string, Record<string, string | number>> = {}
  for (const [name, all] of PHASES) {
    const files = all.filter(file => isKeyword || !file.keywordOnly)
    if (name !== 'idle' && files.length === 0) continue
    console.log(`${name} …`)
    rows[name] = await measure(files)
  }
  rows['deleting all of them'] = await measureDeletion()
  console.table(rows)
}
finally {
  await server.stop()
}

async function measure(files: File[]): Promise<Record<string, string | number>> {
  await loopDelay(server)
  const started = performance.now()
  const watch = new ServerWatch(server.pid)
  const leave = new AbortController()
  const asked = askAll(leave.signal)
  const queue = [...files]
  if (files.length === 0) await pause(IDLE_MS)
  await Promise.all(Array.from({ length: AT_A_TIME }, async () => {
    for (let file = queue.shift(); file; file = queue.shift()) await readFileWith(server, file.name, file.make())
  }))
  leave.abort()
  const answers = await asked
  await watch.stop()
  return { ...await late(), 'files': files.length, 's': Math.round((performance.now() - started) / 1000), 'server MB': watch.peakMb, 'reader MB': watch.childPeakMb, 'answer ms': Math.round(quantile(answers, 0.5)) }
}

async function measureDeletion(): Promise<Record<string, string | number>> {
  const documents = await allDocuments(server)
  await loopDelay(server)
  const started = performance.now()
  for (const { id } of documents) await server.fetch(`/api/documents/${id}`, { method: 'DELETE', signal: AbortSignal.timeout(120_000) })
  return { ...await late(), files: documents.length, s: Math.round((performance.now() - started) / 1000) }
}

async function late(): Promise<Record<string, number>> {
  const { p50, p99, max } = await loopDelay(server)
  return { 'late by ms, median': Math.round(p50), 'p99': Math.round(p99), 'at most': Math.round(max) }
}

async function askAll(signal: AbortSignal): Promise<number[]> {
  const times: number[] = []
  while (!signal.aborted) {
    times.push((await timeAnswer(server, 'When was the Maple Leaf Rag published?')).whole)
    await pause(2_000, undefined, { signal }).catch(() => {})
  }
  return times
}

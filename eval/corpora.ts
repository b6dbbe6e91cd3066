/**
 * Sends every file of the corpora of odd, old and broken documents through the built server, as its owner would, while
 * questions are asked:
 *
 *     npm run build && node eval/corpora.ts [folder] [--keyword] [--list] [--alone]
 *
 * Prints the outcomes by format, what the server took, what it left behind, how long answers took meanwhile, and the files
 * in which pdf.js, poppler or mammoth find words that it does not. Fails when a file ends without a reason that a person
 * understands, or something is left. `--keyword` leaves the embedding model out, `--list` prints each file, `--alone`
 * leaves the other readers out.
 */
import { existsSync, readdirSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { basename, extname, join, relative, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { MEDIA_TYPES } from '../shared/utils/media-types.ts'
import { uploadTexts } from '../tests/server/support/asking.ts'
import { processFacts } from '../tests/server/support/process.ts'
import { allDocuments, readFileWith, type Reading } from '../tests/server/support/reading.ts'
import { startServer, type TestServer } from '../tests/server/support/server.ts'
import { OtherReaders, wordsOf } from './support/other-readers.ts'
import { loopDelay, quantile, ServerWatch, timeAnswer, type Answering } from '../bench/support/server-watch.ts'

/** Reasons that are the product's fault and not the file's. */
const NO_REASON = /failed (?:extractor_failed|ingest_failed|interrupted|disk_full)|rejected 5\d\d/
const QUESTION = 'When was the Maple Leaf Rag published?'
const IDLE_QUESTIONS = 5
const ASK_EVERY_MS = 3_000
/** One waits for its end while the others are on their way or in the queue: the server reads two at a time. */
const UPLOADS_AT_A_TIME = 4
/** Fewer words than this are page numbers and stray marks. */
const ENOUGH_WORDS = 5

interface Outcome extends Reading { file: string, path: string, format: string }

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
const folder = resolve(args.find(arg => !arg.startsWith('--')) ?? join(root, '../shared/corpora'))
if (!existsSync(folder)) {
  console.error(`There is no folder ${folder}: name one as the first argument.`)
  process.exit(1)
}
const paths = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name)).sort()
const server = await startServer({ env: args.includes('--keyword') ? { RAGTIME_EMBEDDER: 'none' } : {} })
try {
  process.exitCode = await evaluate(server) ? 0 : 1
}
finally {
  await server.stop()
}

/** Whether all is as it has to be. */
async function evaluate(server: TestServer): Promise<boolean> {
  await uploadTexts(server, { 'rag.txt': 'The Maple Leaf Rag was published in 1899. It sold well.' })
  const idle: Answering[] = []
  for (let count = 0; count < IDLE_QUESTIONS; count++) idle.push(await timeAnswer(server, QUESTION))
  const before = { pid: server.pid, ...processFacts(server.pid) }
  await loopDelay(server)

  const started = performance.now()
  const watch = new ServerWatch(server.pid)
  const asking = new AbortController()
  const asked = askAll(server, asking.signal)
  const outcomes = await readAll(server)
  const seconds = (performance.now() - started) / 1000
  asking.abort()
  const busy = await asked
  await watch.stop()
  const delay = await loopDelay(server)

  console.log(`${outcomes.length} files in ${seconds.toFixed(0)} s on ${availableParallelism()} processors\n`)
  printOutcomes(outcomes)
  const left = await leftBehind(server, before)
  console.log(`\nServer: ${left.sameProcess ? 'the same process' : 'RESTARTED'}; ${before.residentMb} MB before, at most ${watch.peakMb} MB, ${left.residentMb} MB after; `
    + `${watch.children} children at most, the largest ${watch.childPeakMb} MB`)
  console.log(`Left behind: ${left.children} processes, ${left.descriptors} descriptors, ${left.uploads} uploads, ${left.files} files without a document`)
  console.log(`Event loop: late by ${delay.p50.toFixed(0)} ms (median), ${delay.p99.toFixed(0)} ms (p99), ${delay.max.toFixed(0)} ms (at most)`)
  const time = (name: string, answers: Answering[]) => console.log(`Answers ${name}: ${answers.length}, ${answers.filter(({ outcome }) => outcome !== 'done').length} failed; `
    + `${quantile(answers.map(({ whole }) => whole), 0.5).toFixed(0)} ms (median), ${quantile(answers.map(({ whole }) => whole), 0.95).toFixed(0)} ms (p95)`)
  time('while idle', idle)
  time('while reading', busy)
  if (!args.includes('--alone')) await compare(server, outcomes)
  const broken = outcomes.filter(({ outcome }) => NO_REASON.test(outcome))
  return broken.length === 0 && left.sameProcess && left.children + left.uploads + left.files === 0 && left.descriptors <= 0 && busy.every(({ outcome }) => outcome === 'done')
}

async function readAll(server: TestServer): Promise<Outcome[]> {
  const queue = [...paths]
  const outcomes: Outcome[] = []
  await Promise.all(Array.from({ length: UPLOADS_AT_A_TIME }, async () => {
    for (let path = queue.shift(); path; path = queue.shift()) {
      const reading = await readFileWith(server, basename(path), await readFile(path))
      outcomes.push({ ...reading, path, file: relative(folder, path), format: reading.document ? MEDIA_TYPES[reading.document.mediaType] : extname(path).slice(1).toLowerCase() || 'no extension' })
    }
  }))
  return outcomes.sort((a, b) => a.file.localeCompare(b.file))
}

async function askAll(server: TestServer, signal: AbortSignal): Promise<Answering[]> {
  const answers: Answering[] = []
  while (!signal.aborted) {
    answers.push(await timeAnswer(server, QUESTION).catch(() => ({ first: NaN, whole: NaN, outcome: 'no answer' })))
    await pause(ASK_EVERY_MS, undefined, { signal }).catch(() => {})
  }
  return answers
}

function printOutcomes(outcomes: Outcome[]): void {
  const kinds = [...new Set(outcomes.map(({ outcome }) => outcome))].sort((a, b) => Number(b === 'ready') - Number(a === 'ready') || a.localeCompare(b))
  console.table(Object.fromEntries([...Map.groupBy(outcomes, ({ format }) => format)].sort().map(([format, group]) =>
    [format, Object.fromEntries(kinds.map(kind => [kind, group.filter(({ outcome }) => outcome === kind).length || '']))])))
  console.log('Slowest, in the queue included:')
  for (const { file, ms } of outcomes.toSorted((a, b) => b.ms - a.ms).slice(0, 8)) console.log(`${(ms / 1000).toFixed(1).padStart(7)} s  ${file}`)
  console.log('\nNot ready:')
  for (const { file, outcome, message } of outcomes.filter(({ outcome }) => outcome !== 'ready')) {
    console.log(`  ${NO_REASON.test(outcome) ? 'NO REASON ' : ''}${outcome.padEnd(30)} ${file}  ${message.slice(0, 70)}`)
  }
  if (args.includes('--list')) for (const { file, outcome, document, ms } of outcomes) console.log([file, outcome, document?.pages, document?.chunkCount, ms.toFixed(0)].join('\t'))
}

async function leftBehind(server: TestServer, before: { pid: number, openFiles: number }) {
  // An idle child for text stays for some seconds, and a connection is kept open for a while.
  await server.waitFor(() => {
    const { children, openFiles } = processFacts(server.pid)
    return children.length === 0 && openFiles <= before.openFiles
  }, { timeoutMs: 60_000, everyMs: 500 }).catch(() => null)
  const facts = processFacts(server.pid)
  const filesDir = join(server.dataDir, 'files')
  return {
    sameProcess: server.pid === before.pid && (await server.anonymous('/health')).status === 200,
    residentMb: facts.residentMb,
    children: facts.children.length,
    descriptors: facts.openFiles - before.openFiles,
    uploads: readdirSync(join(filesDir, '.incoming')).length,
    files: readdirSync(filesDir).filter(name => /^[0-9a-f]{64}$/.test(name)).length - (await allDocuments(server)).length,
  }
}

/** Words that other readers find: how many of them the product's text holds, and where it has none or less than half of them. */
async function compare(server: TestServer, outcomes: Outcome[]): Promise<void> {
  const readers = new OtherReaders()
  const rows: Record<string, { 'files where it finds words': number, 'Ragtime too': number, 'share of its words, median': string, 'least': string }> = {}
  const missing: string[] = []
  for (const [reader, isIts] of [['pdf.js', /\.pdf$/i], ['poppler', /\.pdf$/i], ['mammoth', /\.docx$/i]] as const) {
    const shares: number[] = []
    for (const { path, file, document, outcome } of outcomes.filter(({ path }) => isIts.test(path))) {
      const theirs = wordsOf(await readers.read(path, reader) ?? '')
      if (theirs.size < ENOUGH_WORDS) continue
      const ours = wordsOf(outcome === 'ready' ? await allText(server, document!.id) : '')
      const share = [...theirs].filter(word => ours.has(word)).length / theirs.size
      shares.push(share)
      if (share < 0.5) missing.push(`  ${reader.padEnd(8)} ${(share * 100).toFixed(0).padStart(3)} % of ${String(theirs.size).padStart(5)}  ${outcome.padEnd(24)} ${file}`)
    }
    if (shares.length === 0) continue
    const found = shares.filter(share => share > 0).length
    rows[reader] = { 'files where it finds words': shares.length, 'Ragtime too': found, 'share of its words, median': quantile(shares, 0.5).toFixed(3), 'least': quantile(shares, 0).toFixed(3) }
  }
  readers.close()
  console.log('\nText found:')
  console.table(rows)
  if (missing.length > 0) console.log(`Less than half of the words of another reader:\n${missing.join('\n')}`)
}

async function allText(server: TestServer, id: string): Promise<string> {
  return (await server.fetch(`/api/documents/${id}/text`)).text()
}

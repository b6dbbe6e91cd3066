/**
 * Runs every file of the corpora of odd, old and broken documents through type detection and extraction.
 *
 *     node eval/corpora.ts [folder] [--list]
 *
 * Prints how many ended ready, rejected or failed by code, the slowest and the largest, and everything that has no
 * reason a person understands. `--list` prints each file.
 */
import { createHash } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { createExtractor } from '../server/extract/index.ts'
import { sniffMediaType } from '../server/extract/sniff.ts'
import { AppError } from '../server/utils/app-error.ts'

interface Outcome {
  file: string
  kind: string
  result: 'ready' | 'rejected' | 'failed' | 'BROKEN'
  code: string
  message: string
  ms: number
  peakMb: number
  pages: number
  characters: number
  digest: string
}

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
const folder = resolve(args.find(arg => !arg.startsWith('--')) ?? join(root, '../shared/corpora'))
const peaks = new Map<string, number>()
const extractor = createExtractor({
  entry: join(root, 'server/extract/child.ts'),
  observe: ({ path, peakMb }) => peaks.set(path, peakMb),
})

async function run(path: string): Promise<Outcome> {
  const started = performance.now()
  const outcome: Outcome = { file: relative(folder, path), kind: '', result: 'ready', code: '', message: '', ms: 0, peakMb: 0, pages: 0, characters: 0, digest: '' }
  const digest = createHash('sha256')
  try {
    const mediaType = await sniffMediaType(path, path)
    outcome.kind = mediaType
    for await (const page of extractor.extract({ path, mediaType, filename: path }, AbortSignal.timeout(300_000)).pages) {
      outcome.pages++
      outcome.characters += page.text.length
      digest.update(page.text)
    }
  }
  catch (error) {
    outcome.result = !(error instanceof AppError) || error.code === 'extractor_failed' ? 'BROKEN' : outcome.kind ? 'failed' : 'rejected'
    outcome.code = error instanceof AppError ? error.code : String(error)
    outcome.message = error instanceof AppError ? error.message : ''
    if (outcome.result === 'BROKEN') console.error(outcome.file, error)
  }
  outcome.digest = digest.digest('hex').slice(0, 12)
  outcome.ms = performance.now() - started
  outcome.peakMb = peaks.get(path) ?? 0
  return outcome
}

async function files(): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name)).sort()
}

if (!await stat(folder).catch(() => null)) {
  console.error(`There is no folder ${folder}: name one as the first argument.`)
  process.exit(1)
}
const outcomes: Outcome[] = []
const queue = await files()
const started = performance.now()
await Promise.all(Array.from({ length: 2 }, async () => {
  for (let path = queue.shift(); path; path = queue.shift()) outcomes.push(await run(path))
}))
await extractor.close()

const groups = Map.groupBy(outcomes, outcome => `${outcome.result} ${outcome.code}`.trim())
console.log(`${outcomes.length} files in ${((performance.now() - started) / 1000).toFixed(1)} s, two at a time\n`)
for (const [name, group] of [...groups].sort()) console.log(`${String(group.length).padStart(5)}  ${name}`)
const top = (by: 'ms' | 'peakMb') => outcomes.toSorted((a, b) => b[by] - a[by]).slice(0, 8)
console.log('\nslowest:')
for (const { file, ms } of top('ms')) console.log(`${ms.toFixed(0).padStart(7)} ms  ${file}`)
console.log('\nmost memory:')
for (const { file, peakMb } of top('peakMb')) console.log(`${peakMb.toFixed(0).padStart(7)} MB  ${file}`)
console.log('\nfailed:')
for (const { result, code, file, message } of outcomes.filter(({ result }) => result !== 'ready' && result !== 'rejected').sort((a, b) => a.code.localeCompare(b.code))) {
  console.log(`  ${result === 'BROKEN' ? 'BROKEN ' : ''}${code}  ${file}  ${message.slice(0, 60)}`)
}
if (args.includes('--list')) {
  console.log('\nall:')
  for (const { file, result, code, pages, characters, ms, digest, message } of outcomes.toSorted((a, b) => a.file.localeCompare(b.file))) {
    console.log([file, result, code, pages, characters, ms.toFixed(0), digest, result === 'rejected' ? message.slice(0, 70) : ''].join('\t'))
  }
}
process.exitCode = outcomes.some(({ result }) => result === 'BROKEN') ? 1 : 0

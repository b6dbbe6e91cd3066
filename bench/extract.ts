/**
 * Pages a second of PDF extraction, the child's start included, over the papers of the evaluation data, beside unpdf and
 * poppler's pdftotext (where it is installed), which give text without boxes, structure or reports.
 *
 *     npm run build && node bench/extract.ts [folder of PDFs] [--runs=5] [--entry=server/extract/child.ts]
 *
 * Wall time is what an upload waits for; processor time of the child says the same on a busy machine. The engines take turns,
 * so that each of them meets the same machine.
 */
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createExtractor } from '../server/extract/index.ts'
import { builtEntry } from './support/entries.ts'
import { pdftotext, unpdf, type Engine } from './support/other-engines.ts'

interface Run { pages: number, wallMs: number, cpuMs: number, peakMb: number }

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
const option = (name: string) => args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const folder = resolve(args.find(arg => !arg.startsWith('--')) ?? join(root, '../shared/eval/papers'))
const runs = Number(option('runs') ?? 5)
const entry = resolve(option('entry') ?? builtEntry('extract'))

let use = { peakMb: 0, cpuSeconds: 0 }
const extractor = createExtractor({ entry, observe: (observed) => {
  use = observed
} })

async function run(path: string): Promise<Run> {
  const started = performance.now()
  let pages = 0
  const extraction = extractor.extract({ path, mediaType: 'application/pdf', filename: path }, new AbortController().signal)
  for await (const page of extraction.pages) pages = page.number
  return { pages, wallMs: performance.now() - started, cpuMs: use.cpuSeconds * 1000, peakMb: use.peakMb }
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
}

const files = (await readdir(folder).catch(() => [])).filter(name => name.endsWith('.pdf'))
if (files.length === 0) {
  console.error(`There are no PDFs in ${folder}: name a folder as the first argument.`)
  process.exit(1)
}
console.log(`median of ${runs} runs, one after another; ${entry.endsWith('.ts') ? 'sources' : 'bundle'}\n`)
console.log('pages   wall ms  pages/s   cpu ms  pages/cpu s  peak MB')
const total = { pages: 0, wallMs: 0, cpuMs: 0, peakMb: 0 }
const others = { unpdf: { run: unpdf as Engine, cpuMs: 0, peakMb: 0 }, pdftotext: { run: pdftotext as Engine, cpuMs: 0, peakMb: 0 } }
for (const name of files) {
  const path = join(folder, name)
  const results: Run[] = []
  const times = { unpdf: [] as number[], pdftotext: [] as number[] }
  for (let index = 0; index < runs; index++) {
    results.push(await run(path))
    for (const engine of ['unpdf', 'pdftotext'] as const) {
      const took = others[engine].run(path)
      times[engine].push(took?.cpuMs ?? NaN)
      others[engine].peakMb = Math.max(others[engine].peakMb, took?.peakMb ?? 0)
    }
  }
  const { pages } = results[0]!
  const wallMs = median(results.map(result => result.wallMs))
  const cpuMs = median(results.map(result => result.cpuMs))
  const peakMb = Math.max(...results.map(result => result.peakMb))
  total.pages += pages
  total.wallMs += wallMs
  total.cpuMs += cpuMs
  total.peakMb = Math.max(total.peakMb, peakMb)
  for (const engine of ['unpdf', 'pdftotext'] as const) others[engine].cpuMs += median(times[engine])
  console.log(line(pages, wallMs, cpuMs, peakMb.toFixed(0), name))
}
console.log(line(total.pages, total.wallMs, total.cpuMs, total.peakMb.toFixed(0), 'all'))
console.log('\npages per processor-second, all files:')
console.log(`  Ragtime    ${(total.pages / total.cpuMs * 1000).toFixed(0).padStart(5)}`)
for (const [name, { cpuMs, peakMb }] of Object.entries(others)) {
  if (Number.isNaN(cpuMs)) console.log(`  ${name.padEnd(10)}     – (not installed)`)
  else console.log(`  ${name.padEnd(10)} ${(total.pages / cpuMs * 1000).toFixed(0).padStart(5)}, so Ragtime is ${(cpuMs / total.cpuMs).toFixed(2)} times as fast${peakMb > 0 ? `; peak ${peakMb.toFixed(0)} MB` : ''}`)
}
await extractor.close()

function line(pages: number, wallMs: number, cpuMs: number, peakMb: string, name: string): string {
  const column = (value: string, width: number) => value.padStart(width)
  return [
    column(String(pages), 5), column(wallMs.toFixed(0), 9), column((pages / wallMs * 1000).toFixed(0), 8),
    column(cpuMs.toFixed(0), 8), column((pages / cpuMs * 1000).toFixed(0), 12), column(peakMb, 8), ` ${name}`,
  ].join(' ')
}

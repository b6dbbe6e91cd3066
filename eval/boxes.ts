/**
 * Reads sentences back from under their boxes with another engine.
 *
 *     npm run eval -- boxes, or with options: node eval/boxes.ts [--sample=60] [--seed=1] [--list] [--only=part of a path]
 *
 * Samples sentences of every PDF of the evaluation papers and of the corpora of odd documents, as ingestion finds them, boxes
 * them as the reader's page does, collects the characters that pdf.js sees under the boxes, and compares. Both sides are
 * compared without white space and hyphens, in Unicode NFKC, with quotation marks and dashes of one kind; the bars between the
 * cells of a table, which the text alone has, are left out.
 *
 * exact: the same characters in the same order; in any order where some run from right to left, for engines differ in whether they
 * give the order of reading or of seeing. near: at least nine of ten pairs of neighbouring characters agree. other:
 * fewer. false: fewer than half, so the box stands on another text. unreadable: pdf.js does not find the sentence's characters
 * anywhere on the page, or the file does not tell what its characters mean.
 */
import { readFile, readdir } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import type { PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs'
import { createExtractor } from '../server/extract/index.ts'
import { decodeBoxes } from '../server/extract/boxes.ts'
import type { ExtractedPage } from '../server/extract/types.ts'
import { createSegmenter, type Unit } from '../server/ingest/segment.ts'
import { AppError } from '../server/utils/app-error.ts'
import { lineBoxes, type Box } from '../shared/utils/line-boxes.ts'
import { openForReading, readGlyphs, type ReadGlyph } from './support/read-back.ts'
import { isReadable, ORDERS, plain, readUnder, runsBothWays, sameCharacters, similarity } from './support/round-trip.ts'
import { sampler } from './support/sampler.ts'

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
const option = (name: string) => args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const sampleSize = Number(option('sample') ?? 60)
const seed = Number(option('seed') ?? 1)
const only = option('only') ?? ''
const COLLECTIONS = [join(root, '../shared/eval/papers'), join(root, '../shared/corpora')]
/** Below this share of agreeing pairs a box stands on another text, above that it is nearly right. */
const FALSE_BELOW = 0.5
const NEAR_FROM = 0.9

type Verdict = 'exact' | 'near' | 'other' | 'false' | 'unreadable' | 'not located'
const VERDICTS: Verdict[] = ['exact', 'near', 'other', 'false', 'unreadable', 'not located']

interface Finding { file: string, page: number, verdict: Verdict, unit: Unit, read: string }

/** A page with the place of its text in the document. */
interface Placed extends ExtractedPage { start: number, end: number }

const extractor = createExtractor({ entry: join(root, 'server/extract/child.ts') })

/** The document's pages and sentences; null when it has no text, with the reason. */
async function ingest(path: string): Promise<{ pages: Placed[], units: Unit[] } | string> {
  const pages: Placed[] = []
  const units: Unit[] = []
  const segmenter = createSegmenter()
  let length = 0
  try {
    for await (const page of extractor.extract({ path, mediaType: 'application/pdf', filename: path }, AbortSignal.timeout(300_000)).pages) {
      const placed = { ...page, start: length, end: length += page.text.length }
      pages.push(placed)
      const blocks = page.blocks.map(block => ({ ...block, start: block.start + placed.start, end: block.end + placed.start }))
      units.push(...segmenter.push({ ...placed, blocks, continues: page.flags.includes('continues') }))
    }
  }
  catch (error) {
    if (error instanceof AppError) return error.code
    throw error
  }
  units.push(...segmenter.finish())
  return { pages, units }
}

/** The boxes of a sentence on each page it stands on; null when one of its characters has no place. */
function locate(unit: Unit, pages: Placed[], boxes: Map<number, Float32Array>): { page: Placed, boxes: Box[] }[] | null {
  const found: { page: Placed, boxes: Box[] }[] = []
  for (const page of pages) {
    const [start, end] = [Math.max(unit.start, page.start) - page.start, Math.min(unit.end, page.end) - page.start]
    if (end <= start || !page.text.slice(start, end).trim()) continue
    if (!page.boxes) return null
    if (!boxes.has(page.number)) boxes.set(page.number, decodeBoxes(page.boxes))
    const { located, boxes: lines } = lineBoxes(boxes.get(page.number)!, page.text, start, end)
    if (!located) return null
    found.push({ page, boxes: lines })
  }
  return found.length > 0 ? found : null
}

async function check(path: string): Promise<Finding[] | string> {
  const ingested = await ingest(path)
  if (typeof ingested === 'string') return ingested
  const { pages, units } = ingested
  const pick = sampler(seed)
  const sample = pick(units.filter(unit => plain(unit.text, unit.kind).length > 0), sampleSize)
  let pdf: PDFDocumentProxy
  try {
    pdf = await openForReading(await readFile(path))
  }
  catch {
    return 'pdf.js cannot open it'
  }
  const glyphs = new Map<number, ReadGlyph[]>()
  const glyphsOf = async ({ number, flags }: Placed) => {
    if (!glyphs.has(number)) glyphs.set(number, await pdf.getPage(number).then(page => readGlyphs(page, { undrawn: flags.includes('recognised_text') })).catch(() => []))
    return glyphs.get(number)!
  }
  const boxes = new Map<number, Float32Array>()
  const findings: Finding[] = []
  for (const unit of sample) {
    const places = locate(unit, pages, boxes)
    const expected = plain(unit.text, unit.kind)
    if (!places) {
      findings.push({ file: path, page: 0, verdict: 'not located', unit, read: '' })
      continue
    }
    const all: ReadGlyph[] = []
    const reads: string[][] = []
    for (const place of places) {
      const there = await glyphsOf(place.page)
      all.push(...there)
      reads.push(readUnder(there, place.boxes))
    }
    const candidates = ORDERS.map((_, order) => plain(reads.map(read => read[order]!).join('')))
    const best = candidates.reduce((a, b) => similarity(b, expected) > similarity(a, expected) ? b : a)
    const score = similarity(best, expected)
    const garbled = places.some(({ page }) => page.flags.includes('unreadable_characters'))
    const isExact = best === expected || (runsBothWays(expected) && candidates.some(read => sameCharacters(read, expected)))
    const verdict = isExact
      ? 'exact'
      : garbled || !isReadable(expected, all) ? 'unreadable' : score >= NEAR_FROM ? 'near' : score < FALSE_BELOW ? 'false' : 'other'
    findings.push({ file: path, page: places[0]!.page.number, verdict, unit, read: best })
  }
  await pdf.loadingTask.destroy()
  return findings
}

async function pdfsIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.filter(entry => entry.isFile() && /\.pdf$/i.test(entry.name)).map(entry => join(entry.parentPath, entry.name)).filter(path => path.includes(only)).sort()
}

const groups = new Map<string, { files: number, skipped: Map<string, number>, findings: Finding[] }>()
for (const folder of COLLECTIONS) {
  for (const path of await pdfsIn(folder)) {
    const name = folder.endsWith('papers') ? 'papers' : relative(folder, path).split('/')[0]!
    const group = groups.get(name) ?? { files: 0, skipped: new Map<string, number>(), findings: [] }
    groups.set(name, group)
    group.files++
    const result = await check(path)
    if (typeof result === 'string') group.skipped.set(result, (group.skipped.get(result) ?? 0) + 1)
    else group.findings.push(...result)
  }
}
await extractor.close()
if (groups.size === 0) {
  console.error(`There are no PDFs in ${COLLECTIONS.join(' or ')}.`)
  process.exit(1)
}

const column = (value: string | number, width: number) => String(value).padStart(width)
console.log(`up to ${sampleSize} sentences of each file, seed ${seed}\n`)
console.log(`${'corpus'.padEnd(22)}${column('files', 6)}${column('sentences', 11)}${VERDICTS.map(verdict => column(verdict, 12)).join('')}${column('exact of readable', 19)}`)
const everything = [...groups.values()].flatMap(group => group.findings)
for (const [name, { files, findings }] of [...groups, ['all', { files: [...groups.values()].reduce((sum, group) => sum + group.files, 0), findings: everything }] as const]) {
  const count = (verdict: Verdict) => findings.filter(finding => finding.verdict === verdict).length
  const judged = findings.length - count('unreadable') - count('not located')
  console.log(`${name.padEnd(22)}${column(files, 6)}${column(findings.length, 11)}${VERDICTS.map(verdict => column(count(verdict), 12)).join('')}${column(judged > 0 ? `${(100 * count('exact') / judged).toFixed(2)} %` : '–', 19)}`)
}
console.log('\nfiles without sentences:')
for (const [name, { skipped }] of groups) if (skipped.size > 0) console.log(`  ${name}: ${[...skipped].map(([reason, count]) => `${reason} ${count}`).join(', ')}`)
if (args.includes('--list')) {
  for (const { file, page, verdict, unit, read } of everything.filter(finding => finding.verdict !== 'exact')) {
    const text = plain(unit.text, unit.kind)
    const from = Math.max(0, [...text].findIndex((character, index) => character !== [...read][index]) - 40)
    const around = (side: string) => JSON.stringify([...side].slice(from, from + 120).join(''))
    console.log(`\n${verdict}  ${relative(join(root, '../shared'), file)}  page ${page}, ${unit.kind}\n  text ${around(text)}\n  read ${around(read)}`)
  }
}
process.exitCode = everything.some(({ verdict }) => verdict === 'false') ? 1 : 0

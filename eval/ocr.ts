/**
 * How well scans are read: pages of known text are drawn by poppler (`pdftoppm`, package poppler-utils), wrapped into PDFs
 * that hold nothing but the picture, and recognised. What comes out is compared with what the same page gives when its own
 * characters are read, so mistakes of layout count as well; the share of words found counts them in any order.
 *
 *     node eval/ocr.ts [folder of PDFs] [--dpi=150,200,300] [--pages=2,4] [--list] [--entry=server/extract/child.ts]
 *
 * Prints error rates of characters and words (edit distance over length; case and punctuation count, kinds of white space,
 * of quotes and of dashes do not), processor seconds a page with the start of the reader, and its peak memory.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'
import { createExtractor } from '../server/extract/index.ts'
import type { ExtractedPage } from '../server/extract/types.ts'
import { editDistance } from './support/edit-distance.ts'

const root = resolve(import.meta.dirname, '..')
const args = process.argv.slice(2)
const option = (name: string) => args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
const numbers = (name: string, fallback: number[]) => option(name)?.split(',').map(Number) ?? fallback
const folder = resolve(args.find(arg => !arg.startsWith('--')) ?? join(root, '../shared/eval/papers'))
const work = mkdtempSync(join(tmpdir(), 'ragtime-ocr-'))
let use = { peakMb: 0, cpuSeconds: 0 }
const extractor = createExtractor({
  entry: resolve(option('entry') ?? join(root, 'server/extract/child.ts')),
  ocr: { languages: [{ code: 'eng', path: fileURLToPath(import.meta.resolve('@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz')) }], pages: 1 },
  observe: (observed) => {
    use = observed
  },
})

interface Result { characters: number, wrong: number, words: number, wrongWords: number, found: number, confidence: number, seconds: number, peakMb: number }

async function readPage(path: string): Promise<ExtractedPage | null> {
  try {
    for await (const page of extractor.extract({ path, mediaType: 'application/pdf', filename: 'page.pdf' }, AbortSignal.timeout(300_000)).pages) return page
  }
  catch {
    // A page without any text counts as wrong in full.
  }
  return null
}

/** One page of a paper as a file of its own, null where there is none. */
function separate(paper: string, page: number): string | null {
  const path = join(work, 'page.pdf')
  rmSync(path, { force: true })
  execFileSync('pdfseparate', ['-f', String(page), '-l', String(page), paper, path], { stdio: 'ignore' })
  return readdirSync(work).includes('page.pdf') ? path : null
}

/** A PDF whose only page is a picture of the page. */
function scan(pdf: string, dpi: number): string {
  const pgm = execFileSync('pdftoppm', ['-gray', '-r', String(dpi), '-singlefile', pdf], { maxBuffer: 256 * 1024 * 1024 })
  const [head, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(pgm.toString('latin1', 0, 60))!
  const data = deflateSync(pgm.subarray(head.length))
  const [w, h] = [Number(width) * 72 / dpi, Number(height) * 72 / dpi]
  const content = `q ${w} 0 0 ${h} 0 0 cm /I Do Q`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>', '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${w} ${h}] /Resources << /XObject << /I 4 0 R >> >> /Contents 5 0 R >>`,
    `<< /Type /XObject /Subtype /Image /Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode /Length ${data.length} >>\nstream\n${data.toString('latin1')}\nendstream`,
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
  ]
  const body = objects.map((object, index) => `${index + 1} 0 obj\n${object}\nendobj\n`).join('')
  const path = join(work, 'scan.pdf')
  // Without a table of its objects: readers build it themselves.
  writeFileSync(path, Buffer.from(`%PDF-1.7\n${body}trailer\n<< /Size 6 /Root 1 0 R >>\n%%EOF\n`, 'latin1'))
  return path
}

function comparable(text: string): string {
  return text.normalize('NFKC').replace(/[‘’`´]/g, '\'').replace(/[“”„]/g, '"').replace(/[‐‑‒–—−]/g, '-').replace(/\s+/g, ' ').trim()
}

function compare(truth: string, page: ExtractedPage | null): Result {
  const [wanted, found] = [comparable(truth), comparable(page?.text ?? '')]
  const [wantedWords, foundWords] = [wanted.split(' '), found.split(' ')]
  return {
    characters: wanted.length, wrong: editDistance(wanted, found), words: wantedWords.length, wrongWords: editDistance(wantedWords, foundWords), found: inCommon(wantedWords, foundWords),
    confidence: page?.report.ocr?.confidence ?? 0, seconds: use.cpuSeconds, peakMb: use.peakMb,
  }
}

/** Words that both have, each as often as both have it. */
function inCommon(wanted: string[], found: string[]): number {
  const left = new Map<string, number>()
  for (const word of found) left.set(word, (left.get(word) ?? 0) + 1)
  return wanted.filter((word) => {
    const count = left.get(word) ?? 0
    left.set(word, count - 1)
    return count > 0
  }).length
}

const papers = readdirSync(folder).filter(name => name.endsWith('.pdf'))
for (const dpi of numbers('dpi', [150, 200, 300])) {
  const results: Result[] = []
  for (const paper of papers) {
    for (const number of numbers('pages', [2, 4])) {
      const pdf = separate(join(folder, paper), number)
      const truth = pdf && (await readPage(pdf))?.text
      if (!pdf || !truth) continue
      const result = compare(truth, await readPage(scan(pdf, dpi)))
      results.push(result)
      if (args.includes('--list')) console.log(`  ${paper} page ${number}: ${percent(result.wrong, result.characters)} characters, ${percent(result.wrongWords, result.words)} words, ${percent(result.found, result.words)} of words found, confidence ${result.confidence}, ${result.seconds.toFixed(1)} s`)
    }
  }
  const sum = (of: (result: Result) => number) => results.reduce((total, result) => total + of(result), 0)
  console.log(`${dpi} dpi: ${results.length} pages, wrong: ${percent(sum(r => r.wrong), sum(r => r.characters))} of characters, ${percent(sum(r => r.wrongWords), sum(r => r.words))} of words, found in any order: ${percent(sum(r => r.found), sum(r => r.words))}; `
    + `${(sum(r => r.seconds) / results.length).toFixed(1)} processor seconds a page, at most ${Math.max(...results.map(r => r.peakMb)).toFixed(0)} MB`)
}
await extractor.close()
rmSync(work, { recursive: true })

function percent(part: number, whole: number): string {
  return `${(100 * part / Math.max(1, whole)).toFixed(2)} %`
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { createExtractor, type ExtractorOptions } from '../../../../../server/extract/index.ts'
import { sniffMediaType } from '../../../../../server/extract/sniff.ts'
import type { ExtractedPage, ExtractionLimits } from '../../../../../server/extract/types.ts'

export const ENTRY = fileURLToPath(new URL('../../../../../server/extract/child.ts', import.meta.url))

export const ENGLISH = fileURLToPath(import.meta.resolve('@tesseract.js-data/eng/4.0.0_best_int/eng.traineddata.gz'))
export const OCR = { languages: [{ code: 'eng', path: ENGLISH }], pages: 50 }

/** A folder for one test file's documents and an extractor over them, both gone afterwards. */
export async function setUp(limits: Partial<ExtractionLimits> = {}, ocr: ExtractorOptions['ocr'] = OCR) {
  const folder = await mkdtemp(join(tmpdir(), 'ragtime-extract-'))
  const extractor = createExtractor({ entry: ENTRY, limits, ocr })
  afterAll(async () => {
    await extractor.close()
    await rm(folder, { recursive: true, force: true })
  })
  let count = 0
  const store = async (bytes: Buffer | string, filename: string) => {
    const path = join(folder, `${count++}`)
    await writeFile(path, bytes)
    return { path, filename, mediaType: await sniffMediaType(path, filename) }
  }
  const extract = async (bytes: Buffer | string, filename: string, signal = new AbortController().signal): Promise<Extracted> => {
    const extraction = extractor.extract(await store(bytes, filename), signal)
    const pages: ExtractedPage[] = []
    for await (const page of extraction.pages) pages.push(page)
    return { ...await extraction.info, pages, text: pages.map(page => page.text).join('') }
  }
  return { folder, extractor, store, extract }
}

export interface Extracted { pages: ExtractedPage[], text: string, title: string | null }

/** Blocks of a document as `kind level: text`, which is what most tests look at. */
export function outline({ pages }: Pick<Extracted, 'pages'>): string[] {
  return pages.flatMap(page => page.blocks.map(block => `${block.kind}${block.level ?? ''}: ${page.text.slice(block.start, block.end)}`))
}

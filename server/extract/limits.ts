import { memoryMb } from '../utils/memory.ts'
import type { ExtractionLimits } from './types.ts'

const MB = 1024 * 1024

/**
 * Measured over 666 odd documents and seven papers (`eval/corpora.ts`, `bench/extract.ts`): the largest took 213 MB. A
 * text of 100 MB needs more, hence the headroom; but half of a small machine's memory at most, so that the server and
 * the child live side by side on it.
 */
export const DEFAULT_LIMITS: ExtractionLimits = {
  memoryMb: Math.min(768, Math.max(256, Math.floor(memoryMb() / 2))),
  wallMs: 180_000,
  cpuSeconds: 120,
  outputBytes: 1024 * MB,
  pages: 30_000,
}

/**
 * The longest line that the parent takes: a page with its boxes. In 666 odd documents and seven papers none had more than
 * 33 kB, and a PDF's page is cut at 200,000 characters. Parsing and checking one of this size, or of so many blocks, holds
 * the server's event loop up for some 20 ms.
 */
export const MAX_LINE_BYTES = 3 * MB
export const MAX_PAGE_BLOCKS = 10_000

/** Whatever a file's size, its pages may be this long: the largest of 666 odd documents and seven papers took a fraction of it. */
const OUTPUT_FLOOR_BYTES = 64 * MB
/**
 * Beyond that pages grow with their file. A workbook packs its rows about twenty to one, and a row that names its columns is
 * some times as long as it was; a file of 12 kB that means a gigabyte of rows is a bomb.
 */
const OUTPUT_PER_BYTE = 128

/** What a file of `bytes` may become, in bytes of lines. */
export function outputLimit({ outputBytes }: Pick<ExtractionLimits, 'outputBytes'>, bytes: number): number {
  return Math.min(outputBytes, Math.max(OUTPUT_FLOOR_BYTES, bytes * OUTPUT_PER_BYTE))
}

/** The child with the engine for text recognition and its data, without the picture. */
const RECOGNITION_MB = 160

/** Memory that is left for one decoded picture. On a machine of 512 MB that is 24 million pixels in colour. */
export function pictureBytes({ memoryMb }: ExtractionLimits): number {
  return Math.max(32, memoryMb - RECOGNITION_MB) * MB
}

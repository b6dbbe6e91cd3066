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

/** The child with the engine for text recognition and its data, without the picture. */
const RECOGNITION_MB = 160

/** Memory that is left for one decoded picture. On a machine of 512 MB that is 24 million pixels in colour. */
export function pictureBytes({ memoryMb }: ExtractionLimits): number {
  return Math.max(32, memoryMb - RECOGNITION_MB) * MB
}

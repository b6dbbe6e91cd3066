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

/** A page of text is some kilobytes, with boxes a few tens. The parent never holds a longer line than this. */
export const MAX_LINE_BYTES = 16 * MB

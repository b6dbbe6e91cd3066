import type { Block, PageReport } from '../../shared/schemas/documents.ts'
import type { MediaType } from '../../shared/utils/media-types.ts'

/** One page of normalised text as the extractor streams it. Formats without pages yield sections as pages. */
export interface ExtractedPage {
  /** From 1, without gaps. */
  number: number
  /** What the original calls the page, such as a sheet's name; null where its number says it all. At most 200 characters. */
  label: string | null
  /**
   * Normalised text (NFC, \n line ends, no control characters, well-formed). A non-empty page ends in "\n\n", so the
   * concatenation of the pages' texts is the document's canonical text.
   */
  text: string
  /** Points; null where the format has no pages. */
  width: number | null
  height: number | null
  /** Ascending, non-overlapping ranges in `text` (not yet in the canonical text). */
  blocks: Block[]
  /** For example `empty`, `looks_scanned`, `hidden_text`, `repaired`, `truncated`. */
  flags: string[]
  /** What was read, left out and mended; `characters` is the length of `text`. */
  report: PageReport
  /** Character boxes of `text`, encoded by boxes.ts; null where there are none. */
  boxes: Uint8Array | null
}

/** Lines of NDJSON the child writes to standard output; the last is `end` or `error`. Boxes travel as base64. */
export type ExtractorLine
  = | { type: 'document', pages: number | null, title: string | null }
    | ({ type: 'page' } & Omit<ExtractedPage, 'boxes'> & { boxes: string | null })
    | { type: 'recognising', page: number, pages: number }
  | { type: 'end', pages: number }
    | { type: 'error', code: string, message: string }

export interface ExtractionLimits {
  /** Address space or heap of the child. */
  memoryMb: number
  wallMs: number
  cpuSeconds: number
  outputBytes: number
  pages: number
}

export interface Extraction {
  /** Null until the `document` line has come. */
  info: Promise<{ pages: number | null, title: string | null }>
  /** Streams with backpressure: the child waits while the consumer does. Throws AppError with what a person should read. */
  pages: AsyncIterable<ExtractedPage>
}

/** Hears what takes long: text recognition of a page, of so many, begins. The page itself comes some pages later. */
export type ExtractionListener = (event: { recognising: number, pages: number }) => void

/** Runs the sandboxed child on a stored file. `signal` kills the child at once. */
export interface Extractor {
  extract: (file: { path: string, mediaType: MediaType, filename: string }, signal: AbortSignal, hear?: ExtractionListener) => Extraction
  close: () => Promise<void>
}

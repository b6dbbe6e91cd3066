import type { OcrSettings } from './ocr/types.ts'
import type { ExtractedPage } from './types.ts'

/** A document as the child holds it. */
export interface Source {
  bytes: Buffer
  /** For what a file's name says about its content, nothing else. */
  filename: string
  /** More pages than this fail with `too_many_pages`. */
  pageLimit: number
  /** Whether text that the original does not show becomes part of the text. It is reported either way. */
  hiddenText: HiddenText
  /** How to recognise text in pictures; null: not at all. */
  ocr: OcrSettings | null
}

export type HiddenText = 'exclude' | 'include'

export type FormatEvent
  = | { type: 'document', pages: number | null, title: string | null }
    | { type: 'page', page: ExtractedPage }
    /** Recognition of this page, of so many, begins; it takes seconds. The page itself comes later. */
    | { type: 'recognising', page: number, pages: number }

/** One format's reader: first one `document`, then its pages in order. Throws ExtractFailure. */
export type Format = (source: Source) => AsyncIterable<FormatEvent> | Iterable<FormatEvent>

const MAX_TITLE = 300

/** A title that can be shown, or null. */
export function cleanTitle(title: string | null | undefined): string | null {
  const clean = title?.trim() ?? ''
  return clean && /[\p{L}\p{N}]/u.test(clean) ? clean.slice(0, MAX_TITLE).toWellFormed() : null
}

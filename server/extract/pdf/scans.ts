import type { ScanReader } from '../pdf.ts'
import { MAX_RECOGNISED_PIXELS } from '../ocr/limits.ts'
import type { Recogniser } from '../ocr/recogniser.ts'
import type { OcrSettings } from '../ocr/types.ts'
import type { PageGlyphs } from './glyphs.ts'
import type { Pdfium } from './pdfium.ts'
import { renderGrey } from './render.ts'
import { SCAN_SHARE } from './visibility.ts'

/** Characters that a scanned page may have: a page number, a stamp, the name of the scanning program. */
const STRAY_CHARACTERS = 40

/** A picture with hardly any text of its own. */
export function looksScanned({ imageShare, glyphs }: PageGlyphs): boolean {
  return imageShare > SCAN_SHARE && glyphs.length < STRAY_CHARACTERS
}

/** Recognises the pages of a PDF that look scanned: draws each and reads the picture. */
export class PdfScans implements ScanReader {
  readonly #pdfium: Pdfium
  readonly #document: number
  readonly #settings: OcrSettings
  #recogniser: Recogniser | null = null

  constructor(pdfium: Pdfium, document: number, settings: OcrSettings) {
    this.#pdfium = pdfium
    this.#document = document
    this.#settings = settings
  }

  get ready(): boolean {
    return this.#recogniser?.ready ?? true
  }

  wants(page: PageGlyphs): boolean {
    return looksScanned(page)
  }

  async recognise(index: number, page: PageGlyphs): Promise<PageGlyphs> {
    const picture = renderGrey(this.#pdfium, this.#document, index, MAX_RECOGNISED_PIXELS)
    if (!picture) return page
    // Loaded for the first scan: a document without any does not pay for it.
    this.#recogniser ??= new (await import('../ocr/recogniser.ts')).Recogniser(this.#settings)
    const text = await this.#recogniser.read(picture, page, 1)
    // The picture shows stray characters, too, so what is recognised replaces them.
    return { ...page, ...text }
  }
}

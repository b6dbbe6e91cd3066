import type { PageReport } from '../../../shared/schemas/documents.ts'

/** A picture in shades of grey: one byte a pixel, row by row, 0 black and 255 white. */
export interface Grey {
  width: number
  height: number
  pixels: Uint8Array
}

/** How a picture must be turned to be upright, as EXIF and TIFF number it (TIFF 6.0, Orientation): 1 is as it is. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

/** Places are in pixels of the picture as it was read, turned upright: y grows downwards. */
export interface RecognisedWord {
  text: string
  /** 0 to 100. */
  confidence: number
  x0: number
  y0: number
  x1: number
  y1: number
}

export interface RecognisedLine {
  words: RecognisedWord[]
  /** From where the line begins to where it ends, in the direction of reading. */
  baseline: { x0: number, y0: number, x1: number, y1: number }
  /** From the lowest descender to the highest ascender. */
  height: number
  /** Lines of one paragraph share the number. */
  paragraph: number
}

/** Why a picture was not read although it was to be. */
export type Unread = 'recognition_limit' | 'recognition_timeout' | 'illegible'

/** What came of recognising the text of a page. */
export interface Scan {
  /** Null where there is none. */
  ocr: PageReport['ocr']
  /** Words that were left out because they are more likely none. */
  unsure: number
  unread: Unread | null
}

/** Data of one language: its code as Tesseract names it (`eng`, `deu`, `chi_sim`) and the file it lies in. */
export interface Language {
  code: string
  /** `*.traineddata`, or `*.traineddata.gz`. */
  path: string
}

export interface OcrSettings {
  /** At least one; the first weighs most. */
  languages: Language[]
  /** Pages of one document that are recognised; those beyond stay pictures. */
  pages: number
  /** Processor time that a page may take. */
  pageSeconds: number
  /** Memory that one decoded picture may take. */
  pictureBytes: number
}

import type { Scan } from '../ocr/types.ts'
import { flattenAnnotations } from './annotations.ts'
import { composeAccents, restoreLigatures } from './characters.ts'
import { Faces, type Face } from './faces.ts'
import { pagePlacement, readingPlacement, turnOf, type Affine, type Frame, type Rect, type Turn } from './frame.ts'
import type { Pdfium } from './pdfium.ts'
import { layDown } from './vertical.ts'
import { Visibility, type HiddenReason, type TextRun } from './visibility.ts'

/** Of one text object. `turn` is null when it runs aslant, like a watermark. */
export interface Style { bold: boolean, italic: boolean, mono: boolean, font: number, turn: Turn | null }

/**
 * One character with its place. Coordinates are in points in the direction of reading: x grows along the line, y from line
 * to line, whatever way the page or the text is turned. `toPage` leads back to the page as it is shown.
 */
export interface Glyph {
  text: string
  x0: number
  y0: number
  x1: number
  y1: number
  /** y of the baseline. */
  base: number
  size: number
  style: Style
  /** White space came before it. */
  spaced: boolean
  /** Of a script that is written from right to left. */
  rtl: boolean
  /** A letter or a digit. */
  word: boolean
  /** A hyphen that PDFium takes for one of hyphenation. */
  hyphen: boolean
  /** Why a reader of the page cannot see it; null when they can. */
  hidden: HiddenReason | null
}

export interface PageGlyphs extends Frame {
  /** In the direction of most of the text. */
  glyphs: Glyph[]
  /** The text runs aslant or in circles: its characters are in file order, their places say nothing about it. */
  slanted: boolean
  /** Share of the page that images cover, at most 1. */
  imageShare: number
  images: number
  /** The text is not drawn but lies with the picture of a scanned page: the recognised text of a scanner. */
  recognised: boolean
  /** Runs of characters that a reader of the page does not see, for one reason each; not among `glyphs` unless asked for. */
  hidden: Glyph[][]
  /** Text that runs other ways, one list for each, where it is more than stamps in margins. */
  asides: Glyph[][]
  /** Characters that run another way than most of the page's and are left out. */
  turned: number
  /** Characters whose meaning the file does not tell. */
  unmapped: number
  /** Accents that were put onto their letters. */
  accents: number
  truncated: boolean
  /** What came of recognising its text, where it is a picture. */
  scan?: Scan
}

/** A poster has some 10,000; more is an attack or a drawing made of text. */
const MAX_CHARS = 200_000
const RTL = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u
/** Of the page's characters. */
const ASIDE_SHARE = 0.1

interface Run extends TextRun { style: Style, signs: Face['signs'] }

/** Reads pages of one open document; remembers its fonts. */
export class GlyphReader {
  readonly #pdfium: Pdfium
  readonly #document: number
  readonly #visibility: Visibility
  readonly #includeHidden: boolean
  readonly #faces: Faces
  readonly #scratch: number

  /** `file` is what `document` was opened from. */
  constructor(pdfium: Pdfium, document: number, file: Buffer, includeHidden: boolean) {
    this.#pdfium = pdfium
    this.#document = document
    this.#faces = new Faces(pdfium)
    this.#visibility = new Visibility(pdfium, file)
    this.#includeHidden = includeHidden
    this.#scratch = pdfium.malloc(64)
  }

  /** Null when the page is damaged beyond reading. */
  read(index: number): PageGlyphs | null {
    const { api } = this.#pdfium
    let page = api.FPDF_LoadPage(this.#document, index)
    if (!page) return null
    if (flattenAnnotations(this.#pdfium, page)) {
      api.FPDF_ClosePage(page)
      page = api.FPDF_LoadPage(this.#document, index)
      if (!page) return null
    }
    const textPage = api.FPDFText_LoadPage(page)
    try {
      return textPage ? this.#collect(page, textPage) : null
    }
    finally {
      if (textPage) api.FPDFText_ClosePage(textPage)
      api.FPDF_ClosePage(page)
    }
  }

  #collect(page: number, textPage: number): PageGlyphs {
    const { api, direct, float32, float64 } = this.#pdfium
    const width = api.FPDF_GetPageWidthF(page)
    const height = api.FPDF_GetPageHeightF(page)
    const onPage = pagePlacement(this.#boundingBox(page, width, height), api.FPDFPage_GetRotation(page))
    const placements = ([0, 1, 2, 3] as const).map(turn => readingPlacement(onPage, turn, width, height))
    const scratch = this.#scratch
    const count = api.FPDFText_CountChars(textPage)
    const runs = new Map<number, Run>()
    const all: Glyph[] = []
    let spaced = true
    let unmapped = 0
    for (let index = 0; index < Math.min(count, MAX_CHARS); index++) {
      let code = direct.FPDFText_GetUnicode(textPage, index)
      if (isHighSurrogate(code) && index + 1 < count) {
        // The two halves of one character come as two.
        const low = direct.FPDFText_GetUnicode(textPage, index + 1)
        if (low >= 0xDC00 && low < 0xE000) code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
      }
      else if (code >= 0xDC00 && code < 0xE000 && isHighSurrogate(direct.FPDFText_GetUnicode(textPage, index - 1))) {
        continue
      }
      const hyphen = code === 2 || direct.FPDFText_IsHyphen(textPage, index) === 1
      if (code === 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) || code === 0xFFFD || code === 0xFFFE || code === 0xFFFF) {
        unmapped++
        continue
      }
      if (!hyphen && (code <= 0x20 || code === 0xA0)) {
        if (code < 0x20 && !(code >= 9 && code <= 13)) unmapped++
        spaced = true
        continue
      }
      const object = direct.FPDFText_GetTextObject(textPage, index)
      let run = runs.get(object)
      if (!run) runs.set(object, run = this.#run(textPage, index, object, onPage))
      direct.FPDFText_GetLooseCharBox(textPage, index, scratch)
      const left = float32(scratch)
      const top = float32(scratch + 4)
      const right = float32(scratch + 8)
      const bottom = float32(scratch + 12)
      direct.FPDFText_GetCharOrigin(textPage, index, scratch, scratch + 8)
      const turn = run.style.turn ?? 0
      const { xx, xy, x0: dx, yx, yy, y0: dy } = placements[turn]!
      const ax = xx * left + xy * top + dx
      const bx = xx * right + xy * bottom + dx
      const ay = yx * left + yy * top + dy
      const by = yx * right + yy * bottom + dy
      const base = yx * float64(scratch) + yy * float64(scratch + 8) + dy
      const x0 = Math.min(ax, bx)
      const x1 = Math.max(ax, bx)
      const y0 = Math.min(ay, by)
      const y1 = Math.max(ay, by)
      const [across, down] = turn % 2 === 0 ? [width, height] : [height, width]
      const size = Math.min(300, Math.max(1, run.size))
      const kind = kindOf(code)
      const glyph: Glyph = {
        text: hyphen ? '-' : run.signs?.[kind.text] ?? kind.text, rtl: kind.rtl, word: kind.word,
        // A font's box may be many times its letters: highlights and lines want the letters.
        x0, x1: Math.max(x1, x0 + 0.01), y0: Math.max(y0, base - 1.05 * size), y1: Math.max(Math.min(y1, base + 0.35 * size), base),
        base, size, style: run.style, spaced, hyphen, hidden: null,
      }
      all.push(glyph)
      if (x0 + x1 < 0 || x0 + x1 > 2 * across || y1 < 0 || y0 > down) glyph.hidden = 'off_page'
      else run.glyphs.push(glyph)
      // A place in the type, and no word on what stands there: the engine's guess is often right, and often not.
      if (direct.FPDFText_HasUnicodeMapError(textPage, index) === 1) unmapped++
      spaced = false
    }
    for (const run of runs.values()) layDown(run, width)
    const { images, imageShare, recognised } = this.#visibility.judge({ page, onPage, width, height }, [...runs.values()])
    const { glyphs: kept, hidden } = this.#split(all)
    const groups = Map.groupBy(kept, glyph => glyph.style.turn)
    const turn = ([0, 1, 2, 3] as const).reduce((best, other) => (groups.get(other)?.length ?? 0) > (groups.get(best)?.length ?? 0) ? other : best)
    const slanted = !groups.has(turn) && kept.length > 0
    const { glyphs, accents } = composeAccents(groups.get(slanted ? null : turn) ?? [])
    const rtl = glyphs.filter(glyph => glyph.rtl).length
    if (rtl > 0) restoreLigatures(glyphs)
    const mirrored = !slanted && rtl > 0.3 * glyphs.length
    if (mirrored) mirror(glyphs, turn % 2 === 0 ? width : height)
    const asides = slanted ? [] : ([0, 1, 2, 3, null] as const).filter(other => other !== turn).map(other => groups.get(other) ?? []).filter(group => group.length > ASIDE_SHARE * kept.length)
    const used = asides.reduce((sum, group) => sum + group.length, glyphs.length + accents)
    return {
      width, height, turn, mirrored, slanted, glyphs, hidden, asides, turned: kept.length - used,
      unmapped, accents, truncated: count > MAX_CHARS, images, imageShare, recognised,
    }
  }

  /** What goes into the text, and what a reader of the page does not see. */
  #split(all: Glyph[]): Pick<PageGlyphs, 'glyphs' | 'hidden'> {
    const glyphs: Glyph[] = []
    const hidden: Glyph[][] = []
    let before: Glyph | undefined
    for (const glyph of all) {
      if (!glyph.hidden) {
        if (before?.hidden) glyph.spaced = true
        glyphs.push(glyph)
      }
      else if (before?.hidden === glyph.hidden) {
        hidden.at(-1)!.push(glyph)
      }
      else {
        hidden.push([glyph])
      }
      before = glyph
    }
    return { glyphs: this.#includeHidden ? all : glyphs, hidden }
  }

  #boundingBox(page: number, width: number, height: number): Rect {
    if (!this.#pdfium.api.FPDF_GetPageBoundingBox(page, this.#scratch)) return [0, 0, width, height]
    const [left, top, right, bottom] = [0, 4, 8, 12].map(offset => this.#pdfium.float32(this.#scratch + offset)) as Rect
    return [Math.min(left, right), Math.min(top, bottom), Math.max(left, right), Math.max(top, bottom)]
  }

  #run(textPage: number, index: number, object: number, onPage: Affine): Run {
    const { api, direct, float32 } = this.#pdfium
    const known = direct.FPDFText_GetMatrix(textPage, index, this.#scratch) === 1
    const [a, b, c, d] = (known ? [0, 4, 8, 12].map(offset => float32(this.#scratch + offset)) : [1, 0, 0, 1]) as [number, number, number, number]
    const size = api.FPDFText_GetFontSize(textPage, index) * (Math.hypot(c, d) || 1)
    const font = object ? api.FPDFTextObj_GetFont(object) : 0
    const { embedded, signs, ...look } = this.#faces.get(font)
    return { style: { ...look, font, turn: turnOf(onPage, a, b) }, object, glyphs: [], size: Math.abs(size), embedded, signs }
  }
}

interface Kind { text: string, rtl: boolean, word: boolean }

const kinds = new Map<number, Kind>()

/** What is worth knowing of a character; remembered, for a page has thousands of some dozens. */
export function kindOf(code: number): Kind {
  let kind = kinds.get(code)
  if (!kind) {
    const text = String.fromCodePoint(code)
    kinds.set(code, kind = { text, rtl: RTL.test(text), word: /[\p{L}\p{N}]/u.test(text) })
  }
  return kind
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xD800 && code < 0xDC00
}

function mirror(glyphs: Glyph[], width: number): void {
  for (const glyph of glyphs) [glyph.x0, glyph.x1] = [width - glyph.x1, width - glyph.x0]
}

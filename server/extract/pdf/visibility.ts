import type { HIDDEN_REASONS } from '../../../shared/utils/page-notes.ts'
import { toPage, type Affine, type Rect, type Turn } from './frame.ts'
import type { Glyph } from './glyphs.ts'
import type { Pdfium } from './pdfium.ts'
import { clipOf, sceneOf, type Color, type Painter, type Scene } from './scene.ts'
import { drawnDifferences } from './shown.ts'

export type HiddenReason = typeof HIDDEN_REASONS[number]

/** The characters of one text object. */
export interface TextRun { object: number, glyphs: Glyph[], style: { turn: Turn | null }, size: number, embedded: boolean }

/** A page as it is shown; `onPage` leads there from the file's own space. */
export interface Shown { page: number, onPage: Affine, width: number, height: number }

/** Type is read down to some 4 points; this is a speck. */
const TINY = 1.5
const NORMAL = 5
const ENOUGH_NORMAL = 20
const THIN = 0.2
const CLIP_MODE = 7
const INVISIBLE_MODE = 3
const STROKE_MODES = new Set([1, 5])
/** Of 255: colours that differ by less than this in all channels are looked at more closely. */
const SIMILAR = 60
const FAINT_ALPHA = 60
const WHITE: Color = [255, 255, 255]
/** Of the page: a picture of this size with text that is not drawn is a scan with its recognised text. */
export const SCAN_SHARE = 0.5
/** See Scene.effort. A page that costs more is not drawn to look at, nor is one after a document's share is used up. */
const MAX_PAGE_EFFORT = 60_000
const MAX_EFFORT = 600_000
/** So many characters in a row have to be unseen before a part of a run counts as hidden. */
const STRETCH = 3
/** In points. */
const TOUCH = 2.5

/**
 * Finds text that a reader of the page cannot see. What is certain is judged by its properties; what may be hidden (text in
 * the colour of what lies behind it, under something drawn later, cut off, or in a layer) is judged by drawing the page with
 * and without it: text is hidden when that makes no difference.
 */
export class Visibility {
  readonly #pdfium: Pdfium
  readonly #formsMayBeOff: boolean
  readonly #scratch: number
  #effort = 0

  constructor(pdfium: Pdfium, file: Buffer) {
    this.#pdfium = pdfium
    this.#formsMayBeOff = hasOptionalForms(file)
    this.#scratch = pdfium.malloc(32)
  }

  /** Sets `hidden` on the page's characters and returns what is drawn on it. Coordinates are those before any mirroring. */
  judge(shown: Shown, runs: TextRun[]): Scene & { recognised: boolean } {
    const scene = sceneOf(this.#pdfium, shown.page, shown.onPage, shown.width * shown.height, this.#formsMayBeOff)
    const normal = runs.reduce((sum, run) => sum + (run.size >= NORMAL ? run.glyphs.length : 0), 0)
    const suspects = new Map<TextRun, HiddenReason>()
    for (const run of runs) {
      const mode = this.#pdfium.direct.FPDFTextObj_GetTextRenderMode(run.object)
      if (mode === INVISIBLE_MODE) {
        hide(run, 'invisible')
      }
      else if (normal >= ENOUGH_NORMAL && isTiny(run)) {
        hide(run, 'tiny')
      }
      else {
        const reason = this.#suspicion(run, mode, scene, shown)
        if (reason) suspects.set(run, reason)
      }
    }
    const recognised = isRecognised(scene, runs, suspects)
    if (recognised) {
      for (const { glyphs } of runs) for (const glyph of glyphs) if (glyph.hidden === 'invisible') glyph.hidden = null
    }
    else {
      this.#look(shown, scene, runs, suspects)
    }
    return { ...scene, recognised }
  }

  /** Why a run may not be seen; null when it surely is. */
  #suspicion(run: TextRun, mode: number, scene: Scene, shown: Shown): HiddenReason | null {
    const place = scene.texts.get(run.object)
    if (!place) return null
    if (place.optional) return 'invisible'
    const box = boxOf(run, shown)
    // Its letters are a window through which what is drawn next is seen.
    if (mode === CLIP_MODE && scene.painters.some(painter => painter.order > place.order && touches(box, painter.box))) return null
    if (mode === CLIP_MODE) return 'invisible'
    const clip = clipOf(this.#pdfium, run.object, place, this.#scratch)
    if (clip && overlap(box, clip) < 0.5) return 'off_page'
    let behind: Painter | null = null
    for (const painter of scene.painters) {
      if (painter.order > place.order) {
        if (touches(box, painter.box)) return 'covered'
      }
      else if (overlap(box, painter.box) > 0.8) {
        behind = painter
      }
    }
    if (behind && !behind.color) return 'background_colour'
    const color = this.#colorOf(run.object, mode)
    return color && isSimilar(color, behind?.color ?? WHITE) ? 'background_colour' : null
  }

  /** Null for patterns; text that hardly covers what is behind it counts as white, so that it is looked at. */
  #colorOf(object: number, mode: number): Color | null {
    const { direct, uint32 } = this.#pdfium
    const at = this.#scratch
    const known = STROKE_MODES.has(mode) ? direct.FPDFPageObj_GetStrokeColor(object, at, at + 4, at + 8, at + 12) : direct.FPDFPageObj_GetFillColor(object, at, at + 4, at + 8, at + 12)
    if (!known) return null
    return uint32(at + 12) < FAINT_ALPHA ? WHITE : [uint32(at), uint32(at + 4), uint32(at + 8)]
  }

  /** Draws the page with and without what is suspected; what is surely seen stays in both. */
  #look(shown: Shown, scene: Scene, runs: TextRun[], suspects: Map<TextRun, HiddenReason>): void {
    if (suspects.size === 0 || scene.effort > MAX_PAGE_EFFORT || this.#effort + scene.effort > MAX_EFFORT) return
    this.#effort += scene.effort
    // With the suspects go their doubles, which PDFium leaves out of the text.
    const objects = new Set(scene.texts.keys())
    for (const run of runs) if (!suspects.has(run) && run.glyphs[0]?.hidden === null) objects.delete(run.object)
    const checked = [...suspects.keys()].flatMap(run => run.glyphs.map(glyph => glyphBox(glyph, run, shown)))
    const differs = drawnDifferences(this.#pdfium, shown, objects, checked)
    if (!differs) return
    let at = 0
    for (const [run, reason] of suspects) {
      // A typeface that did not come with the file may lack letters here that a reader's machine has.
      const seen = run.glyphs.map(glyph => differs[at++]! || (!run.embedded && glyph.text > '~'))
      markUnseen(run.glyphs, seen, reason)
    }
  }
}

/** Scanned pages carry their recognised text undrawn, over the picture or under it. */
function isRecognised({ imageShare }: Scene, runs: TextRun[], suspects: Map<TextRun, HiddenReason>): boolean {
  if (imageShare <= SCAN_SHARE) return false
  let undrawn = 0
  let all = 0
  for (const run of runs) {
    all += run.glyphs.length
    if (suspects.get(run) === 'covered' || run.glyphs[0]?.hidden === 'invisible') undrawn += run.glyphs.length
  }
  return undrawn > all / 2
}

function hide({ glyphs }: TextRun, reason: HiddenReason): void {
  for (const glyph of glyphs) glyph.hidden = reason
}

/** Hides stretches of characters that are not seen; a lone one may be a speck that drawing lost. */
function markUnseen(glyphs: Glyph[], seen: boolean[], reason: HiddenReason): void {
  for (let from = 0; from < glyphs.length; from++) {
    if (seen[from]) continue
    let end = from
    while (end < glyphs.length && !seen[end]) end++
    const stretch = glyphs.slice(from, end)
    if ((end - from >= STRETCH || end - from === glyphs.length) && stretch.some(glyph => glyph.word)) for (const glyph of stretch) glyph.hidden = reason
    from = end
  }
}

function isTiny({ glyphs, size }: TextRun): boolean {
  if (size < TINY) return true
  const wide = glyphs.reduce((sum, glyph) => sum + glyph.x1 - glyph.x0, 0)
  return glyphs.length >= STRETCH && wide / glyphs.length < THIN
}

function boxOf(run: TextRun, shown: Shown): Rect {
  const box: Rect = [Infinity, Infinity, -Infinity, -Infinity]
  for (const glyph of run.glyphs) {
    box[0] = Math.min(box[0], glyph.x0)
    box[1] = Math.min(box[1], glyph.y0)
    box[2] = Math.max(box[2], glyph.x1)
    box[3] = Math.max(box[3], glyph.y1)
  }
  return onPage(box, run, shown)
}

function glyphBox({ x0, y0, x1, y1 }: Glyph, run: TextRun, shown: Shown): Rect {
  return onPage([x0, y0, x1, y1], run, shown)
}

function onPage([x0, y0, x1, y1]: Rect, { style: { turn } }: TextRun, { width, height }: Shown): Rect {
  const out = new Float32Array(4)
  toPage(x0, y0, x1, y1, { turn: turn ?? 0, width, height, mirrored: false }, out, 0)
  return [out[0]!, out[1]!, out[2]!, out[3]!]
}

/** Share of `box` that lies in `other`. */
function overlap(box: Rect, other: Rect): number {
  const width = Math.min(box[2], other[2]) - Math.max(box[0], other[0])
  const height = Math.min(box[3], other[3]) - Math.max(box[1], other[1])
  return width <= 0 || height <= 0 ? 0 : width * height / Math.max(1e-6, (box[2] - box[0]) * (box[3] - box[1]))
}

/** Whether they share an area that could hide a letter. */
function touches(a: Rect, b: Rect): boolean {
  return Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > TOUCH && Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > TOUCH
}

function isSimilar(a: Color, b: Color): boolean {
  return a.every((value, channel) => Math.abs(value - b[channel]!) < SIMILAR)
}

/**
 * Whether a form of the file belongs to a layer. Forms are streams, and a stream's dictionary always stands in the file as it
 * is (ISO 32000-1, 7.5.7), so looking for the key is enough.
 */
function hasOptionalForms(file: Buffer): boolean {
  for (let at = file.indexOf('/OC'); at >= 0; at = file.indexOf('/OC', at + 3)) {
    if (/^\s*(?:\d|<<)/.test(file.toString('latin1', at + 3, at + 8))) return true
  }
  return false
}

import type { Affine, Rect } from './frame.ts'
import type { Pdfium } from './pdfium.ts'

export type Color = [red: number, green: number, blue: number]

/** Something that is drawn over an area of the page. `color` is null where there is not one alone: pictures, gradients, glass. */
export interface Painter { order: number, box: Rect, color: Color | null }

/** A text object's place among what is drawn, from its own space to the page as shown, and whether it may be switched off. */
export interface PlacedText { order: number, placement: Affine, optional: boolean }

/** What is drawn on a page, in the order of drawing. */
export interface Scene {
  texts: Map<number, PlacedText>
  painters: Painter[]
  images: number
  /** Share of the page that images cover, at most 1. */
  imageShare: number
  /** What drawing the page costs: its objects, and a thousand pixels of its images as one more. */
  effort: number
}

const TEXT = 1
const PATH = 2
const IMAGE = 3
const SHADING = 4
const FORM = 5
/** A page has some hundreds or thousands; a map some ten thousand. What comes after is not looked at. */
const MAX_OBJECTS = 50_000
const MAX_DEPTH = 6
const MAX_PAINTERS = 1_000
/** What is smaller hides no word, in points. */
const MIN_SIDE = 3
const OPAQUE = 252
/** Bytes of "OC" in UTF-16 with its end: the mark of optional content (ISO 32000-1, 14.11.2). */
const OC_BYTES = 6

/** `formsMayBeOff`: the file holds drawings that belong to layers as a whole, and nothing tells which. */
export function sceneOf({ api, direct, malloc, free, uint32, float32 }: Pdfium, page: number, onPage: Affine, area: number, formsMayBeOff: boolean): Scene {
  const scene: Scene = { texts: new Map(), painters: [], images: 0, imageShare: 0, effort: 0 }
  const at = malloc(32)
  let order = 0

  const boxOf = (object: number, placement: Affine): Rect | null =>
    direct.FPDFPageObj_GetBounds(object, at, at + 4, at + 8, at + 12)
      ? placed([float32(at), float32(at + 4), float32(at + 8), float32(at + 12)], placement)
      : null
  const paint = (object: number, placement: Affine, color: Color | null) => {
    const box = boxOf(object, placement)
    if (box && box[2] - box[0] >= MIN_SIDE && box[3] - box[1] >= MIN_SIDE && scene.painters.length < MAX_PAINTERS) scene.painters.push({ order, box, color })
    return box
  }
  const visitImage = (object: number, placement: Affine) => {
    const box = paint(object, placement, null)
    scene.images++
    if (box) scene.imageShare += (box[2] - box[0]) * (box[3] - box[1]) / Math.max(1, area)
    if (direct.FPDFImageObj_GetImagePixelSize(object, at, at + 4)) scene.effort += uint32(at) * uint32(at + 4) / 1000
  }
  const visit = (object: number, placement: Affine, optional: boolean, depth: number): void => {
    order++
    const type = direct.FPDFPageObj_GetType(object)
    if (type === TEXT) {
      scene.texts.set(object, { order, placement, optional: optional || isOptional(object) })
    }
    else if (type === PATH) {
      if (direct.FPDFPath_GetDrawMode(object, at, at + 4) && uint32(at) !== 0) paint(object, placement, colorOf(object))
    }
    else if (type === IMAGE) {
      visitImage(object, placement)
    }
    else if (type === SHADING) {
      paint(object, placement, null)
    }
    else if (type === FORM && depth < MAX_DEPTH) {
      const inner = direct.FPDFPageObj_GetMatrix(object, at) ? combined(placement, [0, 4, 8, 12, 16, 20].map(offset => float32(at + offset))) : placement
      const off = optional || formsMayBeOff || isOptional(object)
      const count = api.FPDFFormObj_CountObjects(object)
      for (let index = 0; index < count && order < MAX_OBJECTS; index++) visit(api.FPDFFormObj_GetObject(object, index), inner, off, depth + 1)
    }
  }
  const isOptional = (object: number): boolean => {
    const marks = direct.FPDFPageObj_CountMarks(object)
    for (let index = 0; index < Math.min(marks, 8); index++) {
      if (direct.FPDFPageObjMark_GetName(direct.FPDFPageObj_GetMark(object, index), 0, 0, at) && uint32(at) === OC_BYTES) return true
    }
    return false
  }
  const colorOf = (object: number): Color | null => {
    if (!direct.FPDFPageObj_GetFillColor(object, at, at + 4, at + 8, at + 12) || uint32(at + 12) < OPAQUE) return null
    return [uint32(at), uint32(at + 4), uint32(at + 8)]
  }

  const count = api.FPDFPage_CountObjects(page)
  for (let index = 0; index < count && order < MAX_OBJECTS; index++) visit(api.FPDFPage_GetObject(page, index), onPage, false, 0)
  free(at)
  scene.imageShare = Math.min(1, scene.imageShare)
  scene.effort += order
  return scene
}

function placed([left, bottom, right, top]: Rect, { xx, xy, x0, yx, yy, y0 }: Affine): Rect {
  const xs = [xx * left + xy * bottom, xx * right + xy * top, xx * left + xy * top, xx * right + xy * bottom]
  const ys = [yx * left + yy * bottom, yx * right + yy * top, yx * left + yy * top, yx * right + yy * bottom]
  return [Math.min(...xs) + x0, Math.min(...ys) + y0, Math.max(...xs) + x0, Math.max(...ys) + y0]
}

/** First a form's matrix (a b c d e f), then what leads on from where the form stands. */
function combined(outer: Affine, matrix: number[]): Affine {
  const [a, b, c, d, e, f] = matrix as [number, number, number, number, number, number]
  return {
    xx: outer.xx * a + outer.xy * b, xy: outer.xx * c + outer.xy * d, x0: outer.xx * e + outer.xy * f + outer.x0,
    yx: outer.yx * a + outer.yy * b, yy: outer.yx * c + outer.yy * d, y0: outer.yx * e + outer.yy * f + outer.y0,
  }
}

/** The part of the page that a text object's clipping paths leave of it; null when nothing is cut off. */
export function clipOf({ direct, float32 }: Pdfium, object: number, { placement }: PlacedText, scratch: number): Rect | null {
  const clip = direct.FPDFPageObj_GetClipPath(object)
  const paths = clip ? direct.FPDFClipPath_CountPaths(clip) : 0
  let left: Rect | null = null
  for (let path = 0; path < Math.min(paths, 8); path++) {
    const box: Rect = [Infinity, Infinity, -Infinity, -Infinity]
    const segments = direct.FPDFClipPath_CountPathSegments(clip, path)
    if (segments <= 0 || segments > 64) continue
    for (let index = 0; index < segments; index++) {
      const segment = direct.FPDFClipPath_GetPathSegment(clip, path, index)
      if (!segment || !direct.FPDFPathSegment_GetPoint(segment, scratch, scratch + 4)) continue
      const [x, y] = [float32(scratch), float32(scratch + 4)]
      const [px, py] = [placement.xx * x + placement.xy * y + placement.x0, placement.yx * x + placement.yy * y + placement.y0]
      box[0] = Math.min(box[0], px)
      box[1] = Math.min(box[1], py)
      box[2] = Math.max(box[2], px)
      box[3] = Math.max(box[3], py)
    }
    left = left ? [Math.max(left[0], box[0]), Math.max(left[1], box[1]), Math.min(left[2], box[2]), Math.min(left[3], box[3])] : box
  }
  return left
}

import type { Rect } from './frame.ts'
import type { Pdfium } from './pdfium.ts'
import type { Shown } from './visibility.ts'

/** Pixels of a drawing, 4 bytes each: enough for type of 4 points on a usual page. */
const MAX_PIXELS = 1_000_000
const MAX_SCALE = 1.25
const BGRX = 3
const BYTES = 4
const WHITE = 0xFFFFFFFF
/** Of 255 in any channel; what differs by less is not seen. */
const VISIBLE = 10

/** The part of a page that is drawn, in pixels; `columns` and `rows` are those of the whole page. */
interface View { columns: number, rows: number, left: number, top: number, width: number, height: number }

/**
 * Draws a page with and without the given objects, which stay switched off after it, and tells for each box (in points, as
 * shown) whether they make a visible difference in it. Null when the page cannot be drawn.
 */
export function drawnDifferences(pdfium: Pdfium, { page, width, height }: Shown, objects: Iterable<number>, boxes: Rect[]): boolean[] | null {
  const { api, direct, view } = pdfium
  const scale = Math.min(MAX_SCALE, Math.sqrt(MAX_PIXELS / Math.max(1, width * height)))
  const cells = boxes.map(box => pixels(box, scale, width, height))
  const part = partOf(cells, Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)))
  if (part.width <= 0 || part.height <= 0) return boxes.map(() => false)
  if (part.width * part.height > 2 * MAX_PIXELS) return null
  const before = draw(pdfium, page, part)
  for (const object of objects) direct.FPDFPageObj_SetIsActive(object, 0)
  const after = before && draw(pdfium, page, part)
  try {
    if (!before || !after) return null
    const bytes = part.width * part.height * BYTES
    const a = view(api.FPDFBitmap_GetBuffer(before), bytes)
    const b = view(api.FPDFBitmap_GetBuffer(after), bytes)
    return cells.map(cell => differ(a, b, part, cell))
  }
  finally {
    for (const bitmap of [before, after]) if (bitmap) api.FPDFBitmap_Destroy(bitmap)
  }
}

function pixels([x0, y0, x1, y1]: Rect, scale: number, width: number, height: number): Rect {
  return [
    Math.floor(Math.max(0, x0) * scale), Math.floor(Math.max(0, y0) * scale),
    Math.ceil(Math.min(width, x1) * scale) + 1, Math.ceil(Math.min(height, y1) * scale) + 1,
  ]
}

function partOf(cells: Rect[], columns: number, rows: number): View {
  let [left, top, right, bottom] = [columns, rows, 0, 0]
  for (const [x0, y0, x1, y1] of cells) {
    left = Math.min(left, x0)
    top = Math.min(top, y0)
    right = Math.max(right, x1)
    bottom = Math.max(bottom, y1)
  }
  return { columns, rows, left, top, width: Math.min(columns, right) - left, height: Math.min(rows, bottom) - top }
}

function differ(a: Uint8Array, b: Uint8Array, { left, top, width, height }: View, [x0, y0, x1, y1]: Rect): boolean {
  const right = Math.min(width, x1 - left)
  const bottom = Math.min(height, y1 - top)
  for (let y = Math.max(0, y0 - top); y < bottom; y++) {
    for (let at = (y * width + Math.max(0, x0 - left)) * BYTES, end = (y * width + right) * BYTES; at < end; at++) {
      // The fourth byte means nothing.
      if ((at & 3) !== 3 && Math.abs(a[at]! - b[at]!) > VISIBLE) return true
    }
  }
  return false
}

function draw({ api }: Pdfium, page: number, { columns, rows, left, top, width, height }: View): number {
  const bitmap = api.FPDFBitmap_CreateEx(width, height, BGRX, 0, width * BYTES)
  if (!bitmap) return 0
  api.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE)
  api.FPDF_RenderPageBitmap(bitmap, page, -left, -top, columns, rows, 0, 0)
  return bitmap
}

import type { Grey } from '../ocr/types.ts'
import type { Pdfium } from './pdfium.ts'

/** Type of 8 points is 14 pixels high then, which recognition wants at least. */
const DPI = 250
const GREY_BITMAP = 1
const WHITE = 0xFFFFFFFF
/** FPDF_ANNOT: with what stamps and forms show. FPDF_GRAYSCALE. */
const FLAGS = 0x01 | 0x08

/** A page as it is shown, in grey, at 250 dots an inch or as many as make `maxPixels`. Null when it cannot be drawn. */
export function renderGrey({ api }: Pdfium, document: number, index: number, maxPixels: number): Grey | null {
  const page = api.FPDF_LoadPage(document, index)
  if (!page) return null
  const size = [api.FPDF_GetPageWidthF(page), api.FPDF_GetPageHeightF(page)] as const
  const scale = Math.min(DPI / 72, Math.sqrt(maxPixels / Math.max(1, size[0] * size[1])))
  const width = Math.max(1, Math.floor(size[0] * scale))
  const height = Math.max(1, Math.floor(size[1] * scale))
  // A page a thousand times as wide as high still has no side that a bitmap cannot have.
  const bitmap = Math.max(width, height) < 32_768 ? api.FPDFBitmap_CreateEx(width, height, GREY_BITMAP, 0, 0) : 0
  try {
    if (!bitmap) return null
    api.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, WHITE)
    api.FPDF_RenderPageBitmap(bitmap, page, 0, 0, width, height, 0, FLAGS)
    const stride = api.FPDFBitmap_GetStride(bitmap)
    const start = api.FPDFBitmap_GetBuffer(bitmap)
    const { HEAPU8 } = api.pdfium as unknown as { HEAPU8: Uint8Array }
    const pixels = new Uint8Array(width * height)
    for (let row = 0; row < height; row++) pixels.set(HEAPU8.subarray(start + row * stride, start + row * stride + width), row * width)
    return { width, height, pixels }
  }
  finally {
    if (bitmap) api.FPDFBitmap_Destroy(bitmap)
    api.FPDF_ClosePage(page)
  }
}

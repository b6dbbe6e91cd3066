import type { DocumentBoxes } from '../../shared/schemas/documents.ts'
import { lineBoxes } from '../../shared/utils/line-boxes.ts'
import { decodeBoxes } from './boxes.ts'

/** A page with its text's range in the canonical text and the stored boxes of its characters. */
export interface PlacedPage {
  number: number
  start: number
  end: number
  text: string
  width: number | null
  height: number | null
  boxes: Uint8Array | null
}

/**
 * Where a range of the canonical text stands on its pages. It is located as a whole or not at all: one character without
 * a place, on any of the pages, leaves all of them without boxes.
 *
 * @param pages those that the range touches, in order
 */
export function locateRange(pages: PlacedPage[], start: number, end: number): DocumentBoxes {
  const parts = pages.flatMap((page) => {
    const from = Math.max(start, page.start) - page.start
    const to = Math.min(end, page.end) - page.start
    // The blank line at the end of a page is on neither of two.
    if (page.text.slice(from, to).trim() === '') return []
    const found = page.boxes ? lineBoxes(decodeBoxes(page.boxes), page.text, from, to) : null
    return [{ page, boxes: found?.located ? found.boxes : null }]
  })
  const located = parts.length > 0 && parts.every(({ boxes }) => boxes !== null)
  return {
    located,
    pages: parts.map(({ page: { number, width, height }, boxes }) => ({
      number, width, height,
      boxes: located ? boxes!.map(box => box.map(tenth) as typeof box) : [],
    })),
  }
}

/** Boxes are stored in tenths of a point. */
const tenth = (value: number) => Math.round(value * 10) / 10

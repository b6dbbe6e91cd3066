import type { Box } from './line-boxes.ts'

/** Points around the letters, so that the outline does not touch them. */
const AROUND = 1.5

/**
 * Boxes as they are drawn: a little larger than the text, and cut in the middle where the boxes of two lines overlap, as
 * those of characters do that are taller than the distance of lines.
 */
export function drawnBoxes(boxes: Box[]): { x: number, y: number, width: number, height: number }[] {
  const cut = boxes.map(box => [...box] as Box)
  for (const [index, [x0, , x1]] of boxes.entries()) {
    const below = boxes[index + 1]
    if (!below || below[0] >= x1 || below[2] <= x0) continue
    const [, y0, , y1] = cut[index]!
    // One stands under the other: the next line of a paragraph, not the same line again.
    if (below[1] <= y0 || below[1] >= y1 || below[3] <= y1) continue
    cut[index]![3] = cut[index + 1]![1] = (below[1] + y1) / 2
  }
  return cut.map(([x0, y0, x1, y1]) => ({ x: x0 - AROUND, y: y0 - AROUND, width: x1 - x0 + 2 * AROUND, height: y1 - y0 + 2 * AROUND }))
}

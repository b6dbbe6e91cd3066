/** In points from the page's top left corner as it is shown, y down. */
export type Box = [x0: number, y0: number, x1: number, y1: number]

export interface LineBoxes {
  /** False when a character that should have a place on the page has none: then nothing is boxed, for a box might be wrong. */
  located: boolean
  /** One for each piece of a line, in reading order. */
  boxes: Box[]
}

/** Of the smaller of two extents: characters whose bands overlap this much stand on one line, however raised or small. */
const SAME_BAND = 0.5
/** In heights of a character, which are about 1.4 times the type size: wider than a word space, narrower than a gutter. */
const MAX_GAP = 1

/**
 * The boxes around `text.slice(start, end)` on its page, one for each piece of a line.
 *
 * A new box begins where the baseline changes or the gap is large: at a line's end, in the next column, after a cell of a
 * table. Text that runs up or down the page is boxed along y. White space needs no place, and neither does the bar
 * between two cells, which stands in the text alone.
 *
 * @param boxes four numbers for each UTF-16 unit of `text`: left, top, right, bottom; four zeros where there is no place
 */
export function lineBoxes(boxes: Float32Array, text: string, start: number, end: number): LineBoxes {
  const units: Box[] = []
  for (let unit = Math.max(0, start); unit < Math.min(end, text.length); unit++) {
    const box = [...boxes.subarray(unit * 4, unit * 4 + 4)] as Box
    if (box.length === 4 && box.some(value => value !== 0)) units.push(box)
    else if (!needsNoPlace(text, unit)) return { located: false, boxes: [] }
  }
  if (units.length === 0) return { located: false, boxes: [] }
  const isVertical = runsVertically(units)
  const turned = isVertical ? units.map(transposed) : units
  const lines = piecesOf(turned)
  return { located: true, boxes: isVertical ? lines.map(transposed) : lines }
}

function needsNoPlace(text: string, unit: number): boolean {
  if (/\s/.test(text[unit]!)) return true
  return text[unit] === '|' && !/\S/.test((text[unit - 1] ?? '') + (text[unit + 1] ?? ''))
}

/** Whether most characters stand below or above the one before them rather than beside it. */
function runsVertically(units: Box[]): boolean {
  let balance = 0
  for (let at = 1; at < units.length; at++) {
    const [a, b] = [units[at - 1]!, units[at]!]
    const beside = overlap(a, b, 1) >= SAME_BAND
    const below = overlap(a, b, 0) >= SAME_BAND
    if (beside !== below) balance += below ? 1 : -1
  }
  return balance > 0
}

/** Joins boxes that follow each other on one line, in whichever direction it is written. */
function piecesOf(units: Box[]): Box[] {
  const pieces: Box[] = []
  /** Bands are compared with the first and the last character: a piece must not climb a slanted line. */
  let first = units[0]!
  let last = units[0]!
  for (const unit of units) {
    const piece = pieces.at(-1)
    if (piece && isSameLine(first, unit) && isSameLine(last, unit) && gapBetween(piece, unit) <= MAX_GAP * Math.min(height(last), height(unit))) {
      piece[0] = Math.min(piece[0], unit[0])
      piece[1] = Math.min(piece[1], unit[1])
      piece[2] = Math.max(piece[2], unit[2])
      piece[3] = Math.max(piece[3], unit[3])
    }
    else {
      pieces.push([...unit])
      first = unit
    }
    last = unit
  }
  return pieces
}

const isSameLine = (a: Box, b: Box) => overlap(a, b, 1) >= SAME_BAND

const height = (box: Box) => box[3] - box[1]

/** Distance along the line; 0 where the two touch or overlap. */
const gapBetween = (a: Box, b: Box) => Math.max(0, b[0] - a[2], a[0] - b[2])

/** How much two boxes overlap along an axis (0 for x, 1 for y), as a share of the smaller one. */
function overlap(a: Box, b: Box, axis: 0 | 1): number {
  const shared = Math.min(a[axis + 2]!, b[axis + 2]!) - Math.max(a[axis]!, b[axis]!)
  const smaller = Math.min(a[axis + 2]! - a[axis]!, b[axis + 2]! - b[axis]!)
  // A box without extent lies in the other's band or not.
  return smaller <= 0 ? Number(shared >= 0) : shared / smaller
}

const transposed = ([x0, y0, x1, y1]: Box): Box => [y0, x0, y1, x1]

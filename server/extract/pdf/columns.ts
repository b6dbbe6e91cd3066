import type { Segment } from './lines.ts'

/** Middles of gutters that were sure columns on a page before: a page full of tables keeps the columns of its neighbours. */
export type KnownGutters = number[]

const MAX_DEPTH = 3
/** In points. */
const BIN = 2
const MIN_SEGMENTS = 6
/** Of the region's text height that must lie on each side of a gutter. */
const MIN_SIDE = 0.12
/** No column of text is narrower than this, in multiples of the type size. */
const MIN_COLUMN = 9
/** A line that reaches this far into both columns spans them. */
const SPAN = 0.12

/** Segments of a page as runs that are read one after another: columns from left to right, spanning parts where they stand. */
export function columnsOf(segments: Segment[], known: KnownGutters): Segment[][] {
  return split(segments, known, 0)
}

function split(segments: Segment[], known: KnownGutters, depth: number): Segment[][] {
  if (depth >= MAX_DEPTH || segments.length < MIN_SEGMENTS) return [segments]
  const gutter = findGutter(segments)
  if (gutter === null) return [segments]
  const left = Math.min(...segments.map(segment => segment.x0))
  const right = Math.max(...segments.map(segment => segment.x1))
  const middle = (gutter[0] + gutter[1]) / 2
  const spans = (segment: Segment) =>
    segment.x0 < middle - SPAN * (middle - left) && segment.x1 > middle + SPAN * (right - middle)
  const sideOf = (segment: Segment) => (segment.x0 + segment.x1) / 2 < middle ? 0 : 1

  const runs: Segment[][] = []
  let plain: Segment[] = []
  let band: [Segment[], Segment[]] = [[], []]
  const closePlain = () => {
    if (plain.length > 0) runs.push(plain)
    plain = []
  }
  const closeBand = () => {
    const [a, b] = band
    const verdict = a.length > 0 && b.length > 0 ? compare(a, b, [left, gutter[0]], [gutter[1], right]) : 'rows'
    if (verdict === 'columns' || (verdict === 'unclear' && isKnown(known, middle))) {
      if (verdict === 'columns' && !isKnown(known, middle)) known.push(middle)
      closePlain()
      runs.push(...split(a, known, depth + 1), ...split(b, known, depth + 1))
    }
    else {
      plain.push(...a, ...b)
    }
    band = [[], []]
  }
  const ordered = [...segments].sort((a, b) => a.base - b.base)
  for (const [index, segment] of ordered.entries()) {
    const last = plain.at(-1)
    const trails = last !== undefined && band[0].length + band[1].length === 0 && isLastLine(last, segment, ordered[index + 1])
    if (spans(segment) || trails) {
      closeBand()
      plain.push(segment)
    }
    else {
      band[sideOf(segment)]!.push(segment)
    }
  }
  closeBand()
  closePlain()
  return runs
}

/** Whether a short line ends the paragraph of the spanning line above it, rather than begin a column. */
function isLastLine(above: Segment, line: Segment, next: Segment | undefined): boolean {
  return Math.abs(line.x0 - above.x0) < 2 && Math.abs(line.size - above.size) < 0.05 * line.size
    && line.base - above.base < 1.4 * line.size && (next === undefined || next.base - line.base > 0.5 * line.size)
}

/** The upright strip that the fewest lines cross, if there is text enough on both of its sides. */
function findGutter(segments: Segment[]): [number, number] | null {
  const left = Math.min(...segments.map(segment => segment.x0))
  const right = Math.max(...segments.map(segment => segment.x1))
  const size = median(segments.map(segment => segment.size))
  if (!(right - left > 18 * size)) return null
  const bins = Math.ceil((right - left) / BIN)
  if (bins > 20_000) return null
  const cover = new Float64Array(bins)
  let total = 0
  for (const segment of segments) {
    const height = segment.y1 - segment.y0
    total += height
    const end = Math.min(bins - 1, Math.floor((segment.x1 - left) / BIN))
    for (let bin = Math.max(0, Math.floor((segment.x0 - left) / BIN)); bin <= end; bin++) cover[bin]! += height
  }
  const from = Math.floor(bins * 0.2)
  const to = Math.ceil(bins * 0.8)
  const least = Math.min(...cover.subarray(from, to))
  const limit = least + 0.02 * total
  let best: [number, number] | null = null
  for (let bin = from; bin < to; bin++) {
    if (cover[bin]! > limit) continue
    let end = bin
    while (end + 1 < to && cover[end + 1]! <= limit) end++
    if (!best || end - bin > best[1] - best[0]) best = [bin, end]
    bin = end
  }
  if (!best) return null
  const gutter: [number, number] = [left + best[0] * BIN, left + (best[1] + 1) * BIN]
  if (gutter[1] - gutter[0] < 0.5 * size) return null
  const height = (side: Segment[]) => side.reduce((sum, segment) => sum + segment.y1 - segment.y0, 0)
  const middle = (gutter[0] + gutter[1]) / 2
  const enough = MIN_SIDE * total
  if (height(segments.filter(segment => segment.x1 <= middle)) < enough) return null
  return height(segments.filter(segment => segment.x0 >= middle)) < enough ? null : gutter
}

/**
 * Whether two stacks of lines are columns of text or rows of a table. Text fills its column; the rows of a table stand on
 * common baselines and leave their cells half empty.
 */
function compare(a: Segment[], b: Segment[], left: [number, number], right: [number, number]): 'columns' | 'rows' | 'unclear' {
  const rowsA = rows(a)
  const rowsB = rows(b)
  const size = median([...a, ...b].map(segment => segment.size))
  if (Math.min(left[1] - left[0], right[1] - right[0]) < MIN_COLUMN * size) return 'rows'
  const full = (side: Row[], [from, to]: [number, number]) => side.filter(row => row.filled > 0.72 * (to - from)).length / side.length
  const fullA = full(rowsA, left)
  const fullB = full(rowsB, right)
  const [few, many] = rowsA.length < rowsB.length ? [rowsA, rowsB] : [rowsB, rowsA]
  const aligned = few.filter(row => many.some(other => Math.abs(other.base - row.base) < 0.2 * row.size)).length / few.length
  if (few.length < 2 || rowsA.length + rowsB.length < 6) return Math.max(fullA, fullB) > 0.5 || aligned < 0.5 ? 'unclear' : 'rows'
  if (fullA >= 0.4 && fullB >= 0.4) return 'columns'
  if (aligned < 0.6 && Math.max(fullA, fullB) >= 0.3) return 'columns'
  return aligned > 0.75 && Math.max(fullA, fullB) < 0.3 ? 'rows' : 'unclear'
}

/** `filled` is the width of its text, gaps between its segments left out. */
interface Row { base: number, filled: number, size: number }

function rows(segments: Segment[]): Row[] {
  const found: Row[] = []
  for (const { base, x0, x1, size } of [...segments].sort((a, b) => a.base - b.base)) {
    const last = found.at(-1)
    if (last && Math.abs(last.base - base) < 0.35 * size) {
      last.filled += x1 - x0
    }
    else {
      found.push({ base, filled: x1 - x0, size })
    }
  }
  return found
}

function isKnown(known: KnownGutters, middle: number): boolean {
  return known.some(gutter => Math.abs(gutter - middle) < 8)
}

export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

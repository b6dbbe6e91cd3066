import type { Segment } from './lines.ts'

/** Middles of gutters that were sure columns on a page before: a page full of tables keeps the columns of its neighbours. */
export type KnownGutters = number[]

const MAX_DEPTH = 3
/** In points. */
const BIN = 2
const MIN_SEGMENTS = 6
/** Of the region's text height that must lie on each side of a gutter. */
const MIN_SIDE = 0.12
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
    if (a.length > 0 && b.length > 0 && (isKnown(known, middle) || areColumns(a, b, [left, gutter[0]], [gutter[1], right]))) {
      if (areColumns(a, b, [left, gutter[0]], [gutter[1], right]) && !isKnown(known, middle)) known.push(middle)
      closePlain()
      runs.push(...split(a, known, depth + 1), ...split(b, known, depth + 1))
    }
    else {
      plain.push(...a, ...b)
    }
    band = [[], []]
  }
  for (const segment of [...segments].sort((a, b) => a.base - b.base)) {
    if (spans(segment)) {
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
 * Whether two stacks of lines are columns of text rather than columns of a table. Text fills its column; the rows of a
 * table stand on common baselines and leave their cells half empty.
 */
function areColumns(a: Segment[], b: Segment[], left: [number, number], right: [number, number]): boolean {
  const rowsA = rows(a)
  const rowsB = rows(b)
  if (Math.min(rowsA.length, rowsB.length) < 2 || rowsA.length + rowsB.length < 6) return false
  const full = (side: Row[], [from, to]: [number, number]) => side.filter(row => row.x1 - row.x0 > 0.72 * (to - from)).length / side.length
  const fullA = full(rowsA, left)
  const fullB = full(rowsB, right)
  if (fullA >= 0.4 && fullB >= 0.4) return true
  const [few, many] = rowsA.length < rowsB.length ? [rowsA, rowsB] : [rowsB, rowsA]
  const aligned = few.filter(row => many.some(other => Math.abs(other.base - row.base) < 0.2 * row.size)).length / few.length
  return aligned < 0.6 && Math.max(fullA, fullB) >= 0.3
}

interface Row { base: number, x0: number, x1: number, size: number }

function rows(segments: Segment[]): Row[] {
  const found: Row[] = []
  for (const { base, x0, x1, size } of [...segments].sort((a, b) => a.base - b.base)) {
    const last = found.at(-1)
    if (last && Math.abs(last.base - base) < 0.35 * size) {
      last.x0 = Math.min(last.x0, x0)
      last.x1 = Math.max(last.x1, x1)
    }
    else {
      found.push({ base, x0, x1, size })
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

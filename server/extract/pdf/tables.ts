import { textOf, wordsOf, type Line, type Segment } from './lines.ts'

/** Lines that are rows of one table, and the x positions that separate its columns. */
export interface Table { lines: Line[], separators: number[] }

type Interval = [from: number, to: number]

/** In multiples of the type size: narrower strips are chance, or the spaces of justified text. */
const RIVER = 0.7
/** Rows farther apart than this many line heights belong to different things. */
const MAX_ROW_GAP = 3
const MAX_ROWS = 400
const NARROW_RIVER = 0.35
const FIGURES = /^[\d.,%±$€£()+/–—*†‡-]+$/
const LABEL = /^(?:\W{1,3}|[[(]?[\p{L}\p{N}.]{1,5}[\]).:]?)$/u

/**
 * The table that starts at `lines[from]`, or null. A table is found by its rivers: strips without text that run through
 * several lines which have text on both sides of them.
 */
export function tableAt(lines: Line[], from: number): Table | null {
  const first = lines[from]!
  if (first.segments.length < 2) return null
  const left = Math.min(...lines.map(line => line.x0))
  const right = Math.max(...lines.map(line => line.x1))
  let rivers = gapsOf(first, left, right)
  let end = from + 1
  while (end < lines.length && end - from < MAX_ROWS) {
    const line = lines[end]!
    if (line.base - lines[end - 1]!.base > MAX_ROW_GAP * line.size * 1.2) break
    const next = intersect(rivers, gapsOf(line, left, right)).filter(([a, b]) => b - a >= RIVER * line.size)
    const rows = lines.slice(from, end + 1)
    if (!next.some(river => separates(rows, river))) break
    rivers = next
    end++
  }
  let rows = lines.slice(from, end)
  let inner = rivers.filter(river => separates(rows, river))
  const cellCount = (line: Line) => cellsOf(line, inner.map(middle)).filter(cell => cell.length > 0).length
  while (rows.length > 0 && cellCount(rows.at(-1)!) < 2) rows = rows.slice(0, -1)
  inner = inner.filter(river => separates(rows, river))
  const full = rows.filter(line => cellCount(line) > 1).length
  if (inner.length === 0 || full < (inner.length > 1 ? 2 : 3) || full < rows.length / 3) return null
  const separators = inner.map(middle)
  // A list with hanging numbers or bullets has one river, too.
  if (inner.length === 1 && rows.every(line => LABEL.test(cellText(cellsOf(line, separators)[0]!)) || cellsOf(line, separators)[0]!.length === 0)) return null
  return { lines: rows, separators: [...separators, ...narrowSeparators(rows, separators)].sort((a, b) => a - b) }
}

/**
 * Columns of figures are set closer together than other columns: rivers as narrow as a word space count where figures
 * stand on their right in nearly every row.
 */
function narrowSeparators(rows: Line[], wide: number[]): number[] {
  const left = Math.min(...rows.map(line => line.x0))
  const right = Math.max(...rows.map(line => line.x1))
  const split = rows.map(line => ({ ...line, segments: line.segments.flatMap(wordsOf) }))
  let rivers: Interval[] = [[left, right]]
  for (const line of split) rivers = intersect(rivers, gapsOf(line, left, right)).filter(([a, b]) => b - a >= NARROW_RIVER * line.size)
  return rivers.filter((river) => {
    if (!separates(split, river) || wide.some(x => x > river[0] && x < river[1])) return false
    const after = split.map(line => line.segments.find(segment => segment.x0 >= middle(river))).filter(segment => segment !== undefined)
    return after.length > 1 && after.filter(segment => FIGURES.test(segment.glyphs.map(glyph => glyph.text).join(''))).length >= 0.8 * after.length
  }).map(middle)
}

/** The segments of a row by column; empty columns are empty lists. */
export function cellsOf(line: Line, separators: number[]): Segment[][] {
  const cells: Segment[][] = Array.from({ length: separators.length + 1 }, () => [])
  for (const segment of line.segments) {
    const inside = separators.some(x => x > segment.x0 && x < segment.x1)
    for (const part of inside ? wordsOf(segment) : [segment]) {
      cells[separators.filter(x => x < (part.x0 + part.x1) / 2).length]!.push(part)
    }
  }
  return cells
}

function cellText(cell: Segment[]): string {
  const [first] = cell
  return first ? textOf({ segments: cell, x0: 0, x1: 0, y0: 0, y1: 0, base: 0, size: first.size, bold: false, mono: false }) : ''
}

function gapsOf(line: Line, left: number, right: number): Interval[] {
  const gaps: Interval[] = []
  let at = left - 1
  for (const segment of line.segments) {
    if (segment.x0 > at) gaps.push([at, segment.x0])
    at = Math.max(at, segment.x1)
  }
  if (right + 1 > at) gaps.push([at, right + 1])
  return gaps
}

function intersect(a: Interval[], b: Interval[]): Interval[] {
  const both: Interval[] = []
  for (const [from, to] of a) {
    for (const [start, end] of b) if (Math.min(to, end) > Math.max(from, start)) both.push([Math.max(from, start), Math.min(to, end)])
  }
  return both
}

function separates(rows: Line[], [from, to]: Interval): boolean {
  return rows.some(row => row.x0 < from && row.x1 > to)
}

function middle([from, to]: Interval): number {
  return (from + to) / 2
}

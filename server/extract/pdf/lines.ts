import { rightBrackets } from './characters.ts'
import type { Glyph } from './glyphs.ts'

/** A piece of one line without wide gaps: what a column, a table cell or a whole line is made of. */
export interface Segment {
  glyphs: Glyph[]
  x0: number
  x1: number
  y0: number
  y1: number
  base: number
  /** Of most of its characters. */
  size: number
}

/** One line of a column: its segments from left to right. */
export interface Line {
  segments: Segment[]
  x0: number
  x1: number
  y0: number
  y1: number
  base: number
  size: number
  /** Nearly all of its letters are bold. */
  bold: boolean
  mono: boolean
}

/** In multiples of the type size. Justified lines stretch spaces to about 0.7; columns and cells stand farther apart. */
const SEGMENT_GAP = 0.85
const SPACE_GAP = 0.22
const MIXED_GAP = 4
/** PDFium sees a space where a link ends; before these there is none unless the eye sees one. */
const CLOSING = /^[,.;:)\]!?%]$/
const SAME_LINE = 0.55
/** Raised and lowered marks are a few characters, or a word. */
const MARK_LENGTH = 12

/** Chains characters in file order into segments. PDFium has put the characters of one text run in order already. */
export function segmentsOf(glyphs: Glyph[]): Segment[] {
  const segments: Segment[] = []
  let current: Glyph[] = []
  /** Extent of the current segment, and whether it holds characters of both directions. */
  let [x0, x1, mixed] = [0, 0, false]
  for (const glyph of glyphs) {
    const previous = current.at(-1)
    if (previous && !(mixed || glyph.rtl ? isBeside(x0, x1, previous, glyph) : follows(previous, glyph))) {
      segments.push(segmentOf(current))
      current = []
    }
    else if (previous && !glyph.rtl && glyph.x0 - previous.x1 > SPACE_GAP * Math.min(previous.size, glyph.size)) {
      glyph.spaced = true
    }
    if (previous && current.length > 0 && glyph.spaced && CLOSING.test(glyph.text) && Math.abs(glyph.x0 - previous.x1) < 0.08 * glyph.size) glyph.spaced = false
    const first = current.length === 0
    x0 = first ? glyph.x0 : Math.min(x0, glyph.x0)
    x1 = first ? glyph.x1 : Math.max(x1, glyph.x1)
    mixed = first ? glyph.rtl : mixed || glyph.rtl
    current.push(glyph)
  }
  if (current.length > 0) segments.push(segmentOf(current))
  return segments
}

function follows(before: Glyph, after: Glyph): boolean {
  const size = Math.max(before.size, after.size)
  const gap = after.x0 - before.x1
  return Math.abs(after.base - before.base) <= SAME_LINE * size && gap <= SEGMENT_GAP * size && gap >= -0.5 * size - (before.x1 - before.x0)
}

/**
 * Right-to-left lines hold numbers and names that run the other way, so their characters, which PDFium gives in the
 * order of reading, jump to and fro by the length of such a run. All that lies next to the segment belongs to it.
 */
function isBeside(x0: number, x1: number, before: Glyph, after: Glyph): boolean {
  const size = Math.max(before.size, after.size)
  const gap = Math.max(after.x0 - x1, x0 - after.x1)
  return Math.abs(after.base - before.base) <= SAME_LINE * size && gap <= MIXED_GAP * size
}

function segmentOf(glyphs: Glyph[]): Segment {
  if (glyphs.some(glyph => glyph.rtl)) rightBrackets(glyphs)
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const glyph of glyphs) {
    x0 = Math.min(x0, glyph.x0)
    y0 = Math.min(y0, glyph.y0)
    x1 = Math.max(x1, glyph.x1)
    y1 = Math.max(y1, glyph.y1)
  }
  const size = mainSize(glyphs)
  const base = glyphs.find(glyph => Math.abs(glyph.size - size) < 0.1)!.base
  return { glyphs, x0, x1, y0, y1, base, size }
}

function mainSize(glyphs: Glyph[]): number {
  const counts = new Map<number, number>()
  for (const { size } of glyphs) {
    const rounded = Math.round(size * 10) / 10
    counts.set(rounded, (counts.get(rounded) ?? 0) + 1)
  }
  let best = 0
  for (const [size, count] of counts) if (count > (counts.get(best) ?? 0)) best = size
  return glyphs.find(glyph => Math.round(glyph.size * 10) / 10 === best)!.size
}

/** The words of a segment. */
export function wordsOf(segment: Segment): Segment[] {
  const words: Glyph[][] = []
  for (const glyph of segment.glyphs) {
    if (words.length === 0 || glyph.spaced) words.push([])
    words.at(-1)!.push(glyph)
  }
  return words.length === 1 ? [segment] : words.map(segmentOf)
}

/** Groups the segments of one column into its lines, top to bottom. */
export function linesOf(segments: Segment[]): Line[] {
  const rows: Segment[][] = []
  for (const segment of [...segments].sort((a, b) => a.base - b.base || a.x0 - b.x0)) {
    const row = rows.at(-1)
    const last = row?.[0]
    if (last && sameLine(last, segment)) row!.push(segment)
    else rows.push([segment])
  }
  return joinMarks(rows).map(lineOf)
}

function sameLine(a: Segment, b: Segment): boolean {
  const tolerance = 0.3 * Math.min(a.size, b.size)
  return Math.abs(a.base - b.base) <= tolerance
}

/** Raised or lowered marks whose baseline is their own join the line that they lie in. */
function joinMarks(rows: Segment[][]): Segment[][] {
  const kept: Segment[][] = []
  for (const [index, row] of rows.entries()) {
    const height = (segment: Segment) => segment.y1 - segment.y0
    const small = row.every(segment => segment.glyphs.length <= MARK_LENGTH)
    const host = small
      ? [kept.at(-1), rows[index + 1]].find(other => other !== undefined && row.every(mark => other.some(segment =>
          mark.size < 0.85 * segment.size && Math.abs(mark.base - segment.base) < 0.6 * segment.size
          && Math.min(mark.y1, segment.y1) - Math.max(mark.y0, segment.y0) > 0.4 * height(mark)
          && mark.x0 < segment.x1 + segment.size && mark.x1 > segment.x0 - segment.size)))
      : undefined
    if (host) host.push(...row)
    else kept.push(row)
  }
  return kept
}

function lineOf(row: Segment[]): Line {
  const segments = row.sort((a, b) => a.x0 - b.x0)
  const widest = segments.reduce((a, b) => b.glyphs.length > a.glyphs.length ? b : a)
  let letters = 0
  let bold = 0
  let mono = 0
  for (const { glyphs } of segments) {
    for (const { word, style } of glyphs) {
      if (!word) continue
      letters++
      if (style.bold) bold++
      if (style.mono) mono++
    }
  }
  return {
    segments, size: widest.size, base: widest.base,
    x0: segments[0]!.x0, x1: Math.max(...segments.map(segment => segment.x1)),
    y0: Math.min(...segments.map(segment => segment.y0)), y1: Math.max(...segments.map(segment => segment.y1)),
    bold: letters > 0 && bold / letters > 0.85, mono: letters > 0 && mono / letters > 0.85,
  }
}

/** Characters of a line in order; the first of each segment counts as spaced unless it touches the one before. */
export function glyphsOf(line: Line): Glyph[] {
  const glyphs: Glyph[] = []
  for (const segment of line.segments) {
    const last = glyphs.at(-1)
    const [first, ...rest] = segment.glyphs
    const touches = last !== undefined && !first!.spaced && first!.x0 - last.x1 < SPACE_GAP * Math.min(last.size, first!.size)
    glyphs.push({ ...first!, spaced: !touches }, ...rest)
  }
  return glyphs
}

/** Plain text of a line, for looking at, not for showing. */
export function textOf(line: Line): string {
  return glyphsOf(line).map(glyph => (glyph.spaced ? ' ' : '') + glyph.text).join('').trim()
}

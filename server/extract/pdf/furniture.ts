import { textOf, type Line, type Segment } from './lines.ts'

/** What stands at the edges of a page, remembered to be compared with its neighbours. */
export interface Edges { top: EdgeRow[], bottom: EdgeRow[] }

interface EdgeRow { key: string, base: number, text: string, segments: Segment[], gap: number, size: number, extreme: boolean }

const ROWS = 3
/** Of the page's height, at the top and at the bottom. */
const ZONE = 0.14
const SAME_PLACE = 6
const PAGE_NUMBER = /^(?:(?:page|seite|p\.)\s*)?[-–—|[(\s]*(?:\d{1,4}|[ivxlc]{1,6})[-–—|\])\s]*(?:(?:of|\/|von)\s*\d{1,4})?$/i

/** The outermost lines of a page. */
export function edgesOf(rows: Line[], height: number): Edges {
  const top: EdgeRow[] = []
  const bottom: EdgeRow[] = []
  for (let index = 0; index < Math.min(ROWS, rows.length); index++) {
    const row = rows[index]!
    if (row.base < ZONE * height) top.push(edgeRow(row, rows[index + 1] ? rows[index + 1]!.base - row.base : Infinity, index === 0))
    const last = rows[rows.length - 1 - index]!
    const above = rows[rows.length - 2 - index]
    if (last.base > (1 - ZONE) * height && last !== row) bottom.push(edgeRow(last, above ? last.base - above.base : Infinity, index === 0))
  }
  return { top, bottom }
}

function edgeRow(row: Line, gap: number, extreme: boolean): EdgeRow {
  const text = textOf(row)
  const key = text.toLowerCase().replace(/[\d\s]+/g, '').replace(/^[ivxlc]{1,6}$/, '')
  return { key, base: row.base, text, segments: row.segments, gap, size: row.size, extreme }
}

/** Segments of a page's running headers, footers and page numbers, found by their repetition on pages near it. */
export function furnitureOf(page: Edges, neighbours: Edges[]): Set<Segment> {
  const dropped = new Set<Segment>()
  const needed = neighbours.length >= 5 ? 2 : 1
  for (const side of ['top', 'bottom'] as const) {
    // From the edge inwards: a repeated line inside of the text is none.
    const found: EdgeRow[] = []
    for (const row of page[side]) {
      const repeats = neighbours.filter(other => other[side].some(candidate =>
        candidate.key === row.key && Math.abs(candidate.base - row.base) < SAME_PLACE)).length
      const isNumber = PAGE_NUMBER.test(row.text)
      if (repeats >= needed && (row.key.length > 0 || isNumber)) found.push(row)
      else if (isNumber && row.extreme && row.gap > 2 * row.size && (repeats > 0 || side === 'bottom')) found.push(row)
      else break
    }
    const innermost = found.at(-1)
    if (!innermost) continue
    // What stands as close to the text as its own lines may be a table's head repeated on each page.
    if (innermost.gap < 1.35 * innermost.size && !PAGE_NUMBER.test(innermost.text)) continue
    for (const row of found) for (const segment of row.segments) dropped.add(segment)
  }
  return dropped
}

import type { RetrievedChunk } from '../retrieval/types.ts'
import type { Piece } from './sentences.ts'

export interface Headers {
  /** By the place of a row: the row above that names its cells, and the line before the table. */
  rows: Map<number, { header: Piece, caption: Piece | null }>
  /** Places of all rows, and of those that name the cells of others. */
  isRow: Set<number>
  isHeader: Set<number>
}

const BETWEEN_CELLS = /\s\|\s/
/** Rows of sheets say themselves what each cell is: `Row 12 | Name: Maple Leaf Rag`. */
const NAMED_CELL = /\|\s[^|]+:\s/

/**
 * Which rows of a result name the cells of those below: the first of several in a row that have as many cells. One that opens the
 * result may be any row of a longer table, so it has to be without numbers.
 */
export function headersOf(result: RetrievedChunk, pieces: Piece[]): Headers {
  const rows: Headers['rows'] = new Map()
  const isRow = new Set<number>()
  const isHeader = new Set<number>()
  let first: number | null = null
  for (const [index, piece] of pieces.entries()) {
    if (!BETWEEN_CELLS.test(piece.text) || NAMED_CELL.test(piece.text)) {
      first = null
      continue
    }
    isRow.add(index)
    const above = pieces[index - 1]
    const goesOn = first !== null && above !== undefined && isLineEnd(result.text.slice(above.end - result.start, piece.start - result.start))
    if (!goesOn || first === null) {
      first = index
      continue
    }
    const header = pieces[first]!
    const isNamed = cells(header) === cells(piece) && !(first === 0 ? /\p{N}/u : /^[\p{N}\s|.,%$€£+-]+$/u).test(header.text)
    if (!isNamed) continue
    isHeader.add(first)
    rows.set(index, { header, caption: pieces[first - 1] ?? null })
  }
  return { rows, isRow, isHeader }
}

function cells({ text }: Piece): number {
  return text.split('|').length
}

/** Rows follow each other on lines of their own, without an empty one between them. */
function isLineEnd(gap: string): boolean {
  return /^[^\S\n]*\n[^\S\n]*$/.test(gap)
}

import { ExtractFailure } from '../failures.ts'

/** What a value is: names of columns are text, what stands under them often is not. */
export type CellKind = 'text' | 'number' | 'date' | 'other'

export interface Cell {
  /** From 0. */
  column: number
  /** As the sheet shows it, normalised and not empty. */
  text: string
  kind: CellKind
  /** Columns that it is merged over; 1 unless given. */
  span?: number
}

/** A row that holds anything at all: empty cells and rows are never materialised. */
export interface SheetRow {
  /** From 1, the sheet's own. */
  number: number
  /** What can be seen, by column. */
  cells: Cell[]
  /** What cannot: the cells of hidden rows and columns. */
  hidden?: Cell[]
  /** Kinds of what was left out or mended in this row, one entry an occurrence. */
  dropped?: string[]
  repairs?: string[]
  /** The original marks it as a heading of the rows below. */
  isHeader?: boolean
}

export interface Sheet {
  /** Null where a file is a single table without a name. */
  name: string | null
  hidden: boolean
  rows: Iterable<SheetRow>
  /** Kinds of what stands beside the cells and was left out, by count; complete when the rows have been read. */
  dropped?: Readonly<Record<string, number>>
  /** What stands over the cells, such as text boxes and titles of charts. */
  captions?: string[]
}

/** A sheet of Excel has no more columns and rows than this. */
export const MAX_COLUMNS = 16_384
export const MAX_ROWS = 1_048_576
/** All parts of a workbook that are read: a sheet of 100,000 rows has some 50 MB. */
export const MAX_WORKBOOK_BYTES = 128 * 1024 * 1024
/** Of one cell in Excel; what is longer is cut. */
export const MAX_CELL_CHARS = 32_767
/** Cells with content in one document. */
const MAX_CELLS = 2_000_000
/** Text of one document with the names of columns in each row: shared strings can turn kilobytes into terabytes. */
const MAX_CHARS = 64 * 1024 * 1024

/** Counts what one document takes. */
export class SheetBounds {
  #cells = 0
  #chars = 0

  /** @throws ExtractFailure `too_complex` */
  addCells(count: number): void {
    this.#cells += count
    if (this.#cells > MAX_CELLS) throw new ExtractFailure('too_complex')
  }

  /** @throws ExtractFailure `too_large` */
  addChars(count: number): void {
    this.#chars += count
    if (this.#chars > MAX_CHARS) throw new ExtractFailure('too_large')
  }
}

/** 0 is A, 25 Z, 26 AA. */
export function columnLetters(column: number): string {
  let letters = ''
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + (rest - 1) % 26) + letters
  return letters
}

/** What a text stands for, where nothing else tells. */
export function kindOf(text: string): CellKind {
  if (/^(?:\d{4}-\d\d?-\d\d?|\d\d?[./-]\d\d?[./-]\d{2,4})(?:[T ]\d\d?:\d\d.{0,20})?$|^\d\d?:\d\d(?::\d\d)?$/.test(text)) return 'date'
  if (/^\p{Sc}?\s?[-+−(]?\s?\p{Sc}?\s?(?:\d[\d.,'’ ]{0,40}|\.\d{1,40})(?:e[-+]?\d{1,3})?\s?[%)]?\s?\p{Sc}?$/iu.test(text)) return 'number'
  if (/^(?:true|false|yes|no|n\/a|null|-+|#.{1,8}[!?A])$/i.test(text)) return 'other'
  return 'text'
}

/** At most `max` units, never half a character. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text
  const end = /[\uD800-\uDBFF]/.test(text[max - 1]!) ? max - 1 : max
  return text.slice(0, end)
}

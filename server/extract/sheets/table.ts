import type { RawBlock } from '../sections.ts'
import type { SheetRow } from './cells.ts'
import { ColumnNames, findHeader } from './header.ts'
import { cellText, dataRow, headerRow } from './row-text.ts'

/** Rows that are looked at before the first of them is written. */
const LOOKAHEAD = 32
/** After an empty row the names of another table come at once, or after its title. */
const TITLES = 2
/** Alone in its row after an empty one, a text under this many columns is a title or a note. */
const NOTE_COLUMNS = 3

/** A row of a sheet as it is written; a row of hidden cells alone has no blocks. */
export interface WrittenRow { row: SheetRow, blocks: RawBlock[], repairs: string[] }

/**
 * Writes the rows of a sheet. Rows of names are found by looking ahead, at the sheet's beginning and after each empty row,
 * since one sheet may hold several tables. Titles and notes, which stand alone in their rows, become paragraphs.
 */
export function* writeRows(rows: Iterable<SheetRow>): Generator<WrittenRow> {
  const ahead = new Lookahead(rows, LOOKAHEAD)
  let names: ColumnNames | null = null
  let letters = new ColumnNames()
  let before: SheetRow | null = null
  // How many of the rows to come stand before the row of names, which is the last of them; -1 where there is none.
  let header = -1
  for (let window = ahead.window; window.length > 0; window = ahead.window) {
    const row = window[0]!
    const isGap = before === null || row.number > before.number + 1
    if (isGap && header < 0) {
      const found = findHeader(window, { strict: names !== null })
      if (found >= 0 && (names === null || found <= TITLES)) header = found
    }
    if (header === 0) {
      names = new ColumnNames(row, groupAbove(before, row))
      letters = new ColumnNames()
      yield { row, blocks: headerRow(row.number, names.named), repairs: [] }
    }
    else if (isNote(row, header > 0 || !names, isGap, names)) {
      yield { row, blocks: [{ kind: 'paragraph', text: row.cells[0]!.text }], repairs: [] }
    }
    else if (!(header === 1 && groupAbove(row, window[1]))) {
      yield written(row, header > 0 || !names ? letters : names)
    }
    else {
      yield { row, blocks: [], repairs: [] }
    }
    header = Math.max(-1, header - 1)
    before = row
    ahead.next()
  }
}

function written(row: SheetRow, names: ColumnNames): WrittenRow {
  const cells = row.cells.map(({ column, text }) => ({ name: names.of(column), text: cellText(text) }))
  const barred = cells.filter(({ text }, index) => text !== row.cells[index]!.text)
  return { row, blocks: cells.length > 0 ? dataRow(row.number, cells) : [], repairs: barred.map(() => 'separator') }
}

/** The row right above the names if its merged cells name several of them at once. */
function groupAbove(above: SheetRow | null, row: SheetRow | undefined): SheetRow | undefined {
  if (!above || !row || above.number !== row.number - 1) return undefined
  const isGroup = above.cells.length > 1 && above.cells.some(({ span = 1 }) => span > 1) && above.cells.every(({ kind }) => kind === 'text' || kind === 'date' || kind === 'number')
  return isGroup ? above : undefined
}

function isNote({ cells, isHeader }: SheetRow, isOutside: boolean, isGap: boolean, names: ColumnNames | null): boolean {
  const [cell] = cells
  if (!cell || cells.length > 1 || isHeader || cell.kind !== 'text') return false
  return isOutside || (isGap && names !== null && names.count >= NOTE_COLUMNS)
}

/** The next rows of an iterable that hold something, without reading on further than needed. */
class Lookahead {
  readonly #rows: Iterator<SheetRow>
  window: SheetRow[] = []

  constructor(rows: Iterable<SheetRow>, size: number) {
    this.#rows = rows[Symbol.iterator]()
    while (this.window.length < size && this.#pull());
  }

  next(): void {
    this.window.shift()
    this.#pull()
  }

  #pull(): boolean {
    const next = this.#rows.next()
    if (!next.done) this.window.push(next.value)
    return !next.done
  }
}

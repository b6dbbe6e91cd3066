import { columnLetters, cutText, type Cell, type SheetRow } from './cells.ts'
import { columnName } from './row-text.ts'

/** Rows of a table's beginning among which the names of its columns are looked for. */
const SEARCHED = 12
/** Rows below that a row of names is compared with. */
const SAMPLED = 20
/** Names are short. */
const MAX_NAME_CHARS = 80
/** Share of the columns in use that the names must cover. */
const COVERED = 0.6

/**
 * The row of `rows` that names the columns of those below it, or -1: the first that can, unless a wider one further down,
 * before an empty row, has more to say for it. `strict` wants evidence, not only a row of words.
 */
export function findHeader(rows: SheetRow[], { strict = false } = {}): number {
  let best = { index: -1, score: -1 }
  let widest = 0
  for (const [index, row] of rows.slice(0, SEARCHED).entries()) {
    if (row.isHeader && !rows[index + 1]?.isHeader && row.cells.length > 1 && row.cells.every(canName)) return index
    if (best.index >= 0 && row.number > rows[index - 1]!.number + 1) break
    const below = rowsBelow(rows, index)
    const isApart = below.length > 0 && below[0]!.number > row.number + 1
    const score = row.cells.length > widest ? headerScore(row, below, strict || isApart) : -1
    if (score > best.score) best = { index, score }
    widest = Math.max(widest, row.cells.length)
  }
  return best.index
}

/** Up to the next empty row; one right below the names is no end. */
function rowsBelow(rows: SheetRow[], index: number): SheetRow[] {
  const below: SheetRow[] = []
  for (const row of rows.slice(index + 1, index + 1 + SAMPLED)) {
    const before = below.at(-1)
    if (before && row.number > before.number + 1) break
    if (row.cells.length > 0) below.push(row)
  }
  return below
}

/** What speaks for a row of names, from 0; -1 where it is none. */
function headerScore({ cells }: SheetRow, below: SheetRow[], strict: boolean): number {
  const texts = cells.filter(cell => cell.kind === 'text')
  const used = usedColumns(below)
  if (cells.length < Math.min(2, used.size) || texts.length === 0 || texts.length * 2 < cells.length || below.length === 0) return -1
  if (strict && (cells.length < 2 || texts.length < cells.length)) return -1
  if (!cells.every(canName) || new Set(cells.map(({ text }) => text.toLowerCase())).size * 2 < cells.length) return -1
  const own = new Set(cells.filter(({ span = 1 }) => span === 1).map(({ column }) => column))
  const covered = [...used].filter(column => own.has(column)).length
  if (covered < COVERED * used.size) return -1
  // A form: labels on the left, what they label beside them.
  if (below.filter(other => other.cells[0]?.text.endsWith(':')).length * 2 >= below.length) return -1
  const columns = below.map(other => new Map(other.cells.map(cell => [cell.column, cell])))
  const votes = cells.reduce((sum, cell) => sum + vote(cell, columns.flatMap(column => column.get(cell.column) ?? [])), 0)
  const needed = strict ? 2 : used.size === 1 ? 1 : 0
  return votes >= needed ? votes : -1
}

/** Columns that at least a third of the rows use, or the widest one if there is no such. */
function usedColumns(rows: SheetRow[]): Set<number> {
  const counts = new Map<number, number>()
  for (const { cells } of rows) for (const { column } of cells) counts.set(column, (counts.get(column) ?? 0) + 1)
  const often = [...counts].filter(([, count]) => count * 3 >= rows.length).map(([column]) => column)
  return new Set(often.length > 0 ? often : counts.keys())
}

/** Words, or a year or a date over figures. */
function canName({ text, kind }: Cell): boolean {
  if (text.length > MAX_NAME_CHARS) return false
  return kind === 'text' || kind === 'date' || /^(?:1[5-9]|20|21)\d\d$/.test(text)
}

/** Whether a cell names the values below it (2), tells nothing (0), or is rather one of them (less than 0). */
function vote(cell: Cell, values: Cell[]): number {
  if (cell.kind !== 'text' || values.length === 0) return 0
  if (values.some(({ text }) => text === cell.text)) return -2
  if (values.filter(({ kind }) => kind !== 'text').length * 2 > values.length) return 2
  // "rag-001" over "rag-002": of one kind.
  return /\d/.test(cell.text) && values.filter(({ text }) => /\d/.test(text)).length * 5 > values.length * 4 ? -1 : 0
}

/**
 * The name of each column, different from all others. Columns without one go by their letters. `group` is the row above,
 * whose merged cells name several columns at once: "2019" over "Q1" and "Q2".
 */
export class ColumnNames {
  readonly #names = new Map<number, string>()
  readonly #taken = new Set<string>()
  readonly #copies = new Map<string, number>()

  constructor(row?: SheetRow, group?: SheetRow) {
    for (const { column, text } of row?.cells ?? []) {
      const over = group?.cells.find(cell => cell.column <= column && column < cell.column + (cell.span ?? 1))?.text
      this.#add(column, over && over !== text ? `${over} ${text}` : text)
    }
  }

  /** In the order of the columns. */
  get named(): string[] {
    return [...this.#names].sort(([a], [b]) => a - b).map(([, name]) => name)
  }

  get count(): number {
    return this.#names.size
  }

  of(column: number): string {
    return this.#names.get(column) ?? this.#add(column, columnLetters(column))
  }

  #add(column: number, text: string): string {
    const base = cutText(columnName(text), MAX_NAME_CHARS).trim() || columnLetters(column)
    let name = base
    for (let copy = this.#copies.get(base) ?? 2; this.#taken.has(name); copy++) {
      name = `${base} (${copy})`
      this.#copies.set(base, copy + 1)
    }
    this.#taken.add(name)
    this.#names.set(column, name)
    return name
  }
}

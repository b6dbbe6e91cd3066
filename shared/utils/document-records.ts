import type { PageNode, Piece, TableCell, TableRow } from './document-layout.ts'

type Table = PageNode & { type: 'table' }

/** `Row 12`, and `Row 12 (continued)` where a row was too long for one block. */
const ROW = /^Row (\d+)( \(continued\))?$/
/** Between a column's name and a value, as in `Year: 1899`; names hold none. */
const COLON = ': '

/**
 * Tables of a sheet, whose rows say their number and the names of their columns (`Row 12 | Name: Maple Leaf Rag | Year:
 * 1899`): one head, and each value under its name. Null where these rows are none.
 */
export function recordTables(table: Table): Table[] | null {
  const kinds = table.rows.map(kindOf)
  if (kinds.includes(null) || !kinds.includes('record')) return null
  const tables: Builder[] = []
  for (const [index, row] of table.rows.entries()) {
    const kind = kinds[index]!
    // Names of columns begin another table, unless they are the rest of the names before them.
    if (tables.length === 0 || (kind === 'names' && !isContinued(row))) tables.push(new Builder())
    tables.at(-1)!.add(row, kind)
  }
  return tables.map(builder => builder.table)
}

function kindOf({ cells: [first, ...others] }: TableRow): 'record' | 'names' | null {
  if (!first || others.length === 0 || !ROW.test(textOf(first))) return null
  const named = others.filter(cell => textOf(cell).includes(COLON)).length
  return named === others.length ? 'record' : named === 0 ? 'names' : null
}

class Builder {
  readonly #names: string[] = []
  readonly #head = new Map<string, Piece[]>()
  readonly #rows: { start: number, end: number, number: Piece[], values: Map<string, Piece[]> }[] = []
  #start: number | null = null
  #end = 0
  #headRow: { start: number, end: number } | null = null

  add(row: TableRow, kind: 'record' | 'names'): void {
    this.#start ??= row.start
    this.#end = row.end
    if (kind === 'names') this.#addNames(row)
    else this.#addRecord(row)
  }

  get table(): Table {
    const cells = (number: Piece[], values: Map<string, Piece[]>): TableCell[] => [number, ...this.#names.map(name => values.get(name) ?? [])].map(pieces => ({ pieces, span: 1 }))
    return {
      type: 'table', start: this.#start!, end: this.#end, columns: this.#names.length + 1, names: ['Row', ...this.#names],
      head: this.#headRow && { ...this.#headRow, cells: cells([], this.#head) },
      rows: this.#rows.map(({ start, end, number, values }) => ({ start, end, cells: cells(number, values) })),
    }
  }

  #addNames({ start, end, cells }: TableRow): void {
    this.#headRow = { start: this.#headRow?.start ?? start, end }
    for (const cell of cells.slice(1)) {
      const name = textOf(cell)
      this.#names.push(name)
      this.#head.set(name, cell.pieces)
    }
  }

  #addRecord({ start, end, cells: [first, ...cells] }: TableRow): void {
    const [, number] = ROW.exec(textOf(first!))!
    const before = this.#rows.at(-1)
    const goesOn = before !== undefined && textOf(first!) === `Row ${number} (continued)` && joined(before.number) === number
    const row = goesOn ? before : { start, end, number: slice(first!.pieces, 'Row '.length, 'Row '.length + number!.length), values: new Map<string, Piece[]>() }
    if (!goesOn) this.#rows.push(row)
    row.end = end
    const names = cells.map(cell => textOf(cell).split(COLON, 1)[0]!)
    for (const [index, cell] of cells.entries()) {
      const text = textOf(cell)
      const name = names[index]!
      this.#place(name, names.slice(index + 1))
      const value = slice(cell.pieces, name.length + COLON.length, text.length)
      const known = row.values.get(name)
      // What goes on begins with the row's first cell once more.
      if (known && index === 0 && joined(known) === joined(value)) continue
      row.values.set(name, [...known ?? [], ...value])
    }
  }

  /** A name that was not met before comes before the first of those that follow it in its row. */
  #place(name: string, following: string[]): void {
    if (this.#names.includes(name)) return
    const next = following.find(other => this.#names.includes(other))
    this.#names.splice(next === undefined ? this.#names.length : this.#names.indexOf(next), 0, name)
  }
}

function isContinued({ cells: [first] }: TableRow): boolean {
  return ROW.exec(textOf(first!))?.[2] !== undefined
}

function textOf({ pieces }: TableCell): string {
  return joined(pieces)
}

function joined(pieces: Piece[]): string {
  return pieces.map(piece => piece.text).join('')
}

/** The characters `from` to `to` of pieces that follow each other. */
function slice(pieces: Piece[], from: number, to: number): Piece[] {
  let at = 0
  return pieces.flatMap((piece) => {
    const [start, end] = [Math.max(0, from - at), Math.min(piece.text.length, to - at)]
    at += piece.text.length
    return start < end ? [{ ...piece, start: piece.start + start, end: piece.start + end, text: piece.text.slice(start, end) }] : []
  })
}

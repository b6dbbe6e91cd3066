import { kindOf, MAX_COLUMNS, MAX_ROWS, type Cell, type CellKind, type SheetBounds, type SheetRow } from '../sheets/cells.ts'
import { Merges } from '../sheets/merges.ts'
import type { NumberFormats } from '../sheets/number-format.ts'
import { normalise } from '../normalise.ts'
import { readXml, stepXml, type Attributes } from '../xml.ts'
import { plainString, StringCollector } from './strings.ts'
import { isTrue } from './workbook.ts'

/** Rows that stay in sight while one scrolls are the heads of tables; more of them than this are a picture. */
const MAX_FROZEN_ROWS = 10
const MAX_COLUMN_RANGES = 1_000

export interface SheetContext {
  strings: string[]
  /** Number format of each style. */
  formats: string[]
  numbers: NumberFormats
  bounds: SheetBounds
}

/** Rows of a worksheet part, as they come. */
export function* readRows(bytes: Buffer, context: SheetContext): Generator<SheetRow> {
  const reader = new SheetReader(context, readMerges(bytes))
  for (const _ of stepXml(bytes, reader)) yield* reader.take()
  yield* reader.take()
}

/** They stand behind the cells, where a stream would come too late to them. */
function readMerges(bytes: Buffer): Merges {
  const merges = new Merges()
  const end = bytes.lastIndexOf('sheetData')
  if (end < 0) return merges
  readXml(bytes.subarray(bytes.indexOf('>', end) + 1), {
    open(name, { ref }) {
      const match = name === 'mergeCell' ? /^\$?([A-Z]{1,3})\$?(\d{1,7}):\$?([A-Z]{1,3})\$?(\d{1,7})$/.exec(ref ?? '') : null
      if (!match) return
      const [from, to] = [columnNumber(match[1]!), columnNumber(match[3]!)]
      merges.add({ row: Number(match[2]), rows: Number(match[4]) - Number(match[2]) + 1, column: from, columns: to - from + 1 })
    },
  })
  return merges
}

class SheetReader {
  readonly #context: SheetContext
  readonly #merges: Merges
  readonly #rows: SheetRow[] = []
  readonly #hiddenColumns: [from: number, to: number][] = []
  readonly #inline = new StringCollector()
  #hidesRows = false
  #frozen = 0
  #isData = false
  #row: SheetRow | null = null
  #isHidden = false
  #lastRow = 0
  #column = -1
  #type = 'n'
  #style = 0
  #value = ''
  #formula: 'none' | 'own' = 'none'
  #reads: 'value' | 'inline' | 'nothing' = 'nothing'

  constructor(context: SheetContext, merges: Merges) {
    this.#context = context
    this.#merges = merges
  }

  take(): SheetRow[] {
    return this.#rows.splice(0)
  }

  open(name: string, attributes: Attributes): void {
    if (name === 'sheetData') this.#isData = true
    else if (!this.#isData) this.#before(name, attributes)
    else if (name === 'row') this.#openRow(attributes)
    else if (name === 'c') this.#openCell(attributes)
    else if (name === 'v') this.#reads = 'value'
    else if (name === 'is') this.#reads = 'inline'
    else if (name === 'f') this.#formula = 'own'
    if (this.#reads === 'inline') this.#inline.open(name)
  }

  close(name: string): void {
    if (name === 'sheetData') this.#isData = false
    if (!this.#isData) return
    if (this.#reads === 'inline') this.#inline.close(name)
    if (name === 'v') this.#reads = 'nothing'
    else if (name === 'is') this.#closeInline()
    else if (name === 'c') this.#closeCell()
    else if (name === 'row') this.#closeRow()
  }

  text(text: string): void {
    if (this.#reads === 'inline') this.#inline.text(text)
    else if (this.#reads === 'value' && this.#value.length < 100_000) this.#value += text
  }

  /** What stands before the cells: hidden columns, rows that stay in sight. */
  #before(name: string, attributes: Attributes): void {
    if (name === 'sheetFormatPr') this.#hidesRows = isTrue(attributes.zeroHeight)
    if (name === 'pane' && /^frozen/i.test(attributes.state ?? '')) this.#frozen = Number(attributes.ySplit ?? 0)
    if (name === 'col' && (isTrue(attributes.hidden) || Number(attributes.width ?? 1) === 0) && this.#hiddenColumns.length < MAX_COLUMN_RANGES) {
      this.#hiddenColumns.push([Number(attributes.min) - 1, Number(attributes.max) - 1])
    }
  }

  #openRow({ r, hidden, ht }: Attributes): void {
    const number = Number(r)
    this.#lastRow = Number.isInteger(number) && number > this.#lastRow && number <= MAX_ROWS ? number : this.#lastRow + 1
    this.#isHidden = hidden === undefined ? (this.#hidesRows && ht === undefined) || Number(ht ?? 1) === 0 : isTrue(hidden)
    this.#column = -1
    this.#row = { number: this.#lastRow, cells: [], hidden: [], dropped: [], isHeader: this.#frozen <= MAX_FROZEN_ROWS && this.#lastRow <= this.#frozen }
  }

  #closeRow(): void {
    const row = this.#row
    this.#row = null
    if (!row) return
    row.cells = this.#merges.apply(row.number, row.cells)
    this.#context.bounds.addCells(row.cells.length + row.hidden!.length)
    if (row.cells.length + row.hidden!.length + row.dropped!.length > 0) this.#rows.push(row)
  }

  #openCell({ r, t, s }: Attributes): void {
    const letters = /^\$?([A-Z]{1,3})/i.exec(r ?? '')?.[1]
    this.#column = letters ? columnNumber(letters.toUpperCase()) : this.#column + 1
    this.#type = t ?? 'n'
    this.#style = Number(s ?? 0)
    this.#value = ''
    this.#formula = 'none'
    this.#reads = 'nothing'
  }

  #closeInline(): void {
    this.#value = this.#inline.value
    this.#inline.reset()
    this.#reads = 'nothing'
  }

  #closeCell(): void {
    const row = this.#row
    if (!row) return
    if (this.#formula !== 'none') row.dropped!.push(this.#value === '' ? 'formula_without_value' : 'formula')
    if (this.#value === '' || this.#column >= MAX_COLUMNS) return
    const { text, kind, isInvisible } = this.#shown()
    if (!text) return
    const cell: Cell = { column: this.#column, text, kind }
    const isHidden = this.#isHidden || isInvisible || this.#hiddenColumns.some(([from, to]) => this.#column >= from && this.#column <= to)
    if (isHidden) row.hidden!.push(cell)
    else row.cells.push(cell)
  }

  #shown(): { text: string, kind: CellKind, isInvisible: boolean } {
    const value = this.#value
    const show = (text: string, kind: CellKind) => ({ text, kind, isInvisible: false })
    switch (this.#type) {
      case 's': {
        const text = this.#context.strings[Number(value)] ?? ''
        return show(text, kindOf(text))
      }
      case 'inlineStr': return show(value, kindOf(value))
      case 'b': return show(isTrue(value.trim()) ? 'TRUE' : 'FALSE', 'other')
      case 'e': return show(normalise(value), 'other')
      case 'd': return show(normalise(value.replace(/T00:00:00(?:\.0+)?Z?$/, '').replace('T', ' ')), 'date')
      case 'str': {
        const text = plainString(value)
        return show(text, kindOf(text))
      }
      default: return this.#number(value)
    }
  }

  #number(value: string): { text: string, kind: CellKind, isInvisible: boolean } {
    const number = Number(value)
    if (!Number.isFinite(number) || value.trim() === '') return { text: plainString(value), kind: 'text', isInvisible: false }
    const shown = this.#context.numbers.show(number, this.#context.formats[this.#style] ?? '')
    const text = normalise(shown.text)
    // A format of nothing, such as `;;;`, keeps a value out of sight.
    return text ? { text, kind: shown.kind, isInvisible: false } : { text: String(number), kind: 'number', isInvisible: true }
  }
}

/** `A` is 0. */
function columnNumber(letters: string): number {
  let number = 0
  for (const letter of letters) number = number * 26 + letter.charCodeAt(0) - 64
  return number - 1
}

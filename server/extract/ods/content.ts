import { normalise } from '../normalise.ts'
import { count } from '../notes.ts'
import { cutText, kindOf, MAX_CELL_CHARS, MAX_COLUMNS, MAX_ROWS, type Cell, type CellKind, type Sheet, type SheetBounds, type SheetRow } from '../sheets/cells.ts'
import { Merges } from '../sheets/merges.ts'
import { stepXml, type Attributes } from '../xml.ts'

/** A value that is said to stand in more neighbouring cells or rows than this stands in as many; the others are counted. */
const MAX_REPEATED = 1_000
const MAX_COLUMN_RANGES = 1_000
/** Parts of a cell or sheet that are not its value. */
const LEFT_OUT: Record<string, string> = { 'annotation': 'comment', 'tracked-changes': 'deleted_text', 'frame': 'drawing', 'ruby-text': '', 'dde-links': '', 'forms': '', 'shapes': 'drawing' }

type Event
  = | { type: 'sheet', name: string, hidden: boolean, dropped: Record<string, number> }
    | { type: 'row', row: SheetRow, repeated: number, merges: Merges }

/** The sheets of a content part, in order. The rows of one have to be read before the next one is asked for. */
export function* readSheets(bytes: Buffer, bounds: SheetBounds): Generator<Sheet> {
  const events = readEvents(bytes, bounds)
  let event = events.next()
  function* rows(): Generator<SheetRow> {
    for (event = events.next(); !event.done && event.value.type === 'row'; event = events.next()) {
      yield* repeat(event.value, bounds)
    }
  }
  while (!event.done) {
    if (event.value.type === 'sheet') {
      const { name, hidden, dropped } = event.value
      yield { name, hidden, dropped, rows: rows() }
    }
    else event = events.next()
  }
}

/** A row as often as it stands there. */
function* repeat({ row, repeated, merges }: Extract<Event, { type: 'row' }>, bounds: SheetBounds): Generator<SheetRow> {
  const times = Math.min(repeated, MAX_REPEATED)
  for (let index = 0; index < times; index++) {
    const number = row.number + index
    const cells = merges.apply(number, row.cells)
    bounds.addCells(cells.length + row.hidden!.length)
    const isLast = index === times - 1 && repeated > times
    yield { ...row, number, cells, dropped: [...row.dropped ?? [], ...isLast ? ['repeated_row'] : []] }
  }
}

function* readEvents(bytes: Buffer, bounds: SheetBounds): Generator<Event> {
  const reader = new ContentReader(bounds)
  for (const _ of stepXml(bytes, reader)) yield* reader.take()
  yield* reader.take()
}

class ContentReader {
  readonly #bounds: SheetBounds
  readonly #events: Event[] = []
  /** Styles of tables that are not displayed. */
  readonly #hiddenStyles = new Set<string>()
  #style = ''
  /** Depth inside of an element that is left out; 0 outside. */
  #leftOut = 0
  #sheet: Extract<Event, { type: 'sheet' }> | null = null
  #tables = 0
  #merges = new Merges()
  #hiddenColumns: [from: number, to: number][] = []
  #columns = 0
  #rowNumber = 0
  #headerDepth = 0
  #row: SheetRow | null = null
  #isHidden = false
  #repeatedRows = 1
  #column = 0
  #cell: Attributes | null = null
  #text = ''
  #paragraphs = 0

  constructor(bounds: SheetBounds) {
    this.#bounds = bounds
  }

  take(): Event[] {
    return this.#events.splice(0)
  }

  open(name: string, attributes: Attributes): void {
    if (this.#leftOut > 0 || LEFT_OUT[name] !== undefined) {
      if (this.#leftOut++ === 0 && LEFT_OUT[name]) this.#drop(LEFT_OUT[name])
      return
    }
    switch (name) {
      case 'style': this.#style = attributes['style:name'] ?? ''
        break
      case 'table-properties': if (attributes['table:display'] === 'false') this.#hiddenStyles.add(this.#style)
        break
      case 'table': this.#openTable(attributes)
        break
      case 'table-column': this.#openColumn(attributes)
        break
      case 'table-header-rows': this.#headerDepth++
        break
      case 'table-row': this.#openRow(attributes)
        break
      case 'table-cell':
      case 'covered-table-cell': this.#openCell(attributes)
        break
      default: this.#openText(name, attributes)
    }
  }

  close(name: string): void {
    if (this.#leftOut > 0) {
      this.#leftOut--
      return
    }
    if (name === 'table') this.#tables--
    else if (name === 'table-header-rows') this.#headerDepth--
    else if (name === 'table-row') this.#closeRow()
    else if (name === 'table-cell' || name === 'covered-table-cell') this.#closeCell()
  }

  text(text: string): void {
    if (this.#leftOut === 0 && this.#cell && this.#paragraphs > 0) this.#add(text)
  }

  #openTable(attributes: Attributes): void {
    // A table in a cell goes on in the rows of the sheet.
    if (this.#tables++ > 0) return
    const sheet: Event = {
      type: 'sheet', name: normalise(attributes['table:name'] ?? ''), hidden: this.#hiddenStyles.has(attributes['table:style-name'] ?? ''), dropped: {},
    }
    this.#sheet = sheet
    this.#merges = new Merges()
    this.#hiddenColumns = []
    this.#columns = 0
    this.#rowNumber = 0
    this.#headerDepth = 0
    this.#events.push(sheet)
  }

  #openColumn(attributes: Attributes): void {
    const count = repeated(attributes['table:number-columns-repeated'], MAX_COLUMNS)
    if (isCollapsed(attributes) && this.#hiddenColumns.length < MAX_COLUMN_RANGES) this.#hiddenColumns.push([this.#columns, this.#columns + count - 1])
    this.#columns += count
  }

  #openRow(attributes: Attributes): void {
    this.#repeatedRows = repeated(attributes['table:number-rows-repeated'], MAX_ROWS)
    this.#isHidden = isCollapsed(attributes)
    this.#column = 0
    this.#row = { number: this.#rowNumber + 1, cells: [], hidden: [], dropped: [], isHeader: this.#headerDepth > 0 }
  }

  #closeRow(): void {
    const row = this.#row
    this.#row = null
    if (!row) return
    this.#rowNumber = Math.min(MAX_ROWS * 2, this.#rowNumber + this.#repeatedRows)
    if (row.cells.length + row.hidden!.length + row.dropped!.length > 0) this.#events.push({ type: 'row', row, repeated: this.#repeatedRows, merges: this.#merges })
  }

  #openCell(attributes: Attributes): void {
    this.#cell = attributes
    this.#text = ''
    this.#paragraphs = 0
  }

  #closeCell(): void {
    const cell = this.#cell
    const row = this.#row
    this.#cell = null
    if (!cell || !row) return
    const count = repeated(cell['table:number-columns-repeated'], MAX_COLUMNS)
    const { text, kind } = shown(cell, this.#text)
    if (cell['table:formula'] !== undefined) row.dropped!.push(text ? 'formula' : 'formula_without_value')
    if (text) this.#put(row, { column: this.#column, text, kind }, count)
    this.#merge(cell, row)
    this.#column += count
  }

  #put(row: SheetRow, cell: Cell, count: number): void {
    const times = Math.min(count, MAX_REPEATED, MAX_COLUMNS - cell.column)
    if (times < count) row.dropped!.push('repeated_cell')
    // Counted here as well: one step of the reader sees many cells before they are handed on.
    this.#bounds.addCells(Math.max(0, times - 1))
    for (let index = 0; index < times; index++) {
      const column = cell.column + index
      const isHidden = this.#isHidden || this.#hiddenColumns.some(([from, to]) => column >= from && column <= to)
      ;(isHidden ? row.hidden! : row.cells).push({ ...cell, column })
    }
  }

  #merge(cell: Attributes, row: SheetRow): void {
    const rows = repeated(cell['table:number-rows-spanned'], MAX_ROWS)
    const columns = repeated(cell['table:number-columns-spanned'], MAX_COLUMNS)
    if (rows > 1 || columns > 1) this.#merges.add({ row: row.number, rows, column: this.#column, columns })
  }

  #openText(name: string, attributes: Attributes): void {
    if (!this.#cell) return
    if (name === 'p' && this.#paragraphs++ > 0) this.#add(' ')
    else if (name === 's') this.#add(' '.repeat(Math.min(100, repeated(attributes['text:c'], 100))))
    else if (name === 'tab' || name === 'line-break') this.#add(' ')
  }

  #add(text: string): void {
    if (this.#text.length < MAX_CELL_CHARS) this.#text += text
  }

  #drop(kind: string): void {
    if (this.#sheet) count(this.#sheet.dropped, kind)
  }
}

/** A cell's text is what the sheet shows. A whole date is written as 1899-09-18, since the order of its parts is not the same everywhere. */
function shown(cell: Attributes, raw: string): { text: string, kind: CellKind } {
  const type = cell['office:value-type'] ?? cell['calcext:value-type'] ?? ''
  const text = normalise(cutText(raw, MAX_CELL_CHARS))
  if (type === 'date') return { text: date(cell['office:date-value'] ?? '', text), kind: 'date' }
  if (type === 'time') return { text: text || normalise(cell['office:time-value'] ?? ''), kind: 'date' }
  if (type === 'boolean') return { text: text || (cell['office:boolean-value'] === 'true' ? 'TRUE' : 'FALSE'), kind: 'other' }
  if (type === 'float' || type === 'percentage' || type === 'currency') return { text: text || normalise(cell['office:value'] ?? ''), kind: 'number' }
  const string = text || normalise(cutText(cell['office:string-value'] ?? '', MAX_CELL_CHARS))
  return { text: string, kind: kindOf(string) }
}

/** The value where the text shows a whole date as well, else the text: "September 1899" is no day. */
function date(value: string, text: string): string {
  const [, day, time] = /^(-?\d{4,6}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?))?/.exec(value) ?? []
  if (!day || (text && (text.match(/\p{L}{3,}|\d+/gu)?.length ?? 0) < 3)) return text || normalise(value)
  const showsTime = time && (!text || /\d:\d\d/.test(text))
  return showsTime ? `${day} ${time.endsWith(':00') && !/\d:\d\d:\d\d/.test(text) ? time.slice(0, 5) : time}` : day
}

function isCollapsed(attributes: Attributes): boolean {
  return /^(?:collapse|filter)$/.test(attributes['table:visibility'] ?? '')
}

function repeated(value: string | undefined, max: number): number {
  const count = Number(value ?? 1)
  return Number.isInteger(count) && count > 0 ? Math.min(count, max) : 1
}

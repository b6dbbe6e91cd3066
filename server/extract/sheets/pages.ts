import type { PageReport } from '../../../shared/schemas/documents.ts'
import { MAX_HIDDEN_CHARS } from '../../../shared/utils/page-notes.ts'
import type { HiddenText } from '../format.ts'
import { normalise } from '../normalise.ts'
import { addNotes, count, noNotes, isEmpty, withNotes, type Notes } from '../notes.ts'
import { sections, type RawBlock } from '../sections.ts'
import type { ExtractedPage } from '../types.ts'
import { columnLetters, cutText, type Cell, type Sheet, type SheetBounds, type SheetRow } from './cells.ts'
import { writeRows } from './table.ts'

/** Bound of `ExtractedPage.label`. */
const MAX_LABEL_CHARS = 200
const MAX_NAME_CHARS = 300

/**
 * Pages of a document's sheets: each sheet begins a page with its name as heading and goes on over as many sections as its
 * rows need. One page is held back, so that what follows the last one and is shown nowhere, such as a hidden sheet, still
 * finds its place in a report.
 */
export class SheetPages {
  readonly #bounds: SheetBounds
  readonly #shows: HiddenText
  #count = 0
  #held: ExtractedPage | null = null
  /** What belongs to the next block, whichever sheet it is in. */
  #notes = noNotes()

  constructor(bounds: SheetBounds, hiddenText: HiddenText) {
    this.#bounds = bounds
    this.#shows = hiddenText
  }

  /** Pages with text so far. */
  get count(): number {
    return this.#count
  }

  * add(sheet: Sheet): Generator<ExtractedPage> {
    const name = sheet.name === null ? null : cutText(normalise(sheet.name), MAX_NAME_CHARS).trim() || null
    if (sheet.hidden && this.#shows === 'exclude') return this.#hideSheet(sheet, name)
    const rows = this.#shows === 'include' ? revealed(sheet) : sheet.rows
    for (const page of sections(this.#blocks({ ...sheet, rows }, name), { first: this.#count + 1, label: name && cutText(name, MAX_LABEL_CHARS) })) {
      this.#count = page.number
      if (this.#held) yield this.#held
      this.#held = page
    }
  }

  /** What is left. */
  * finish(): Generator<ExtractedPage> {
    if (this.#held) yield withNotes(this.#held, this.#notes)
    this.#held = null
  }

  /** A sheet that shows nothing has no heading either. */
  * #blocks(sheet: Sheet, name: string | null): Generator<RawBlock> {
    let heading: RawBlock[] = name ? [{ kind: 'heading', level: 1, text: name }] : []
    for (const { row, blocks, repairs } of writeRows(sheet.rows)) {
      this.#note(row, repairs)
      if (blocks.length === 0) continue
      yield* this.#place([...heading, ...blocks])
      heading = []
    }
    for (const text of sheet.captions ?? []) {
      yield* this.#place([...heading, { kind: 'caption', text }])
      heading = []
    }
    for (const [kind, by] of Object.entries(sheet.dropped ?? {})) count(this.#notes.dropped, kind, by)
  }

  * #place(blocks: RawBlock[]): Generator<RawBlock> {
    for (const block of blocks) {
      this.#bounds.addChars(block.text.length)
      const notes = this.#takeNotes()
      yield notes ? { ...block, notes } : block
    }
  }

  #takeNotes(): Notes | null {
    if (isEmpty(this.#notes)) return null
    const notes = this.#notes
    this.#notes = noNotes()
    return notes
  }

  #note({ number, hidden = [], dropped = [], repairs = [] }: SheetRow, mended: string[]): void {
    for (const kind of dropped) count(this.#notes.dropped, kind)
    for (const kind of [...repairs, ...mended]) count(this.#notes.repairs, kind)
    if (hidden.length > 0) addNotes(this.#notes, { ...noNotes(), hidden: [new HiddenRun('').add(number, hidden).report] })
  }

  #hideSheet(sheet: Sheet, name: string | null): void {
    const run = new HiddenRun(`${name ?? 'Sheet'}: `)
    for (const { number, cells, hidden = [] } of sheet.rows) run.add(number, [...cells, ...hidden])
    if (run.characters > 0) addNotes(this.#notes, { ...noNotes(), hidden: [run.report] })
  }
}

/** Rows with what they hide in its place, which is reported all the same. */
function* revealed({ rows, hidden: isHidden }: Sheet): Generator<SheetRow> {
  for (const row of rows) {
    const { cells, hidden = [] } = row
    const all = [...cells, ...hidden].sort((a, b) => a.column - b.column)
    yield { ...row, cells: all, hidden: isHidden ? all : hidden }
  }
}

/** Cells that cannot be seen, as one run of the report: its beginning is kept, all of it counted. */
class HiddenRun {
  #text: string
  characters = 0

  constructor(title: string) {
    this.#text = title
  }

  add(number: number, cells: Cell[]): this {
    for (const { column, text } of cells) {
      if (this.#text.length < MAX_HIDDEN_CHARS) this.#text += `${this.characters > 0 ? ' | ' : ''}${columnLetters(column)}${number}: ${text}`
      this.characters += text.length
    }
    return this
  }

  get report(): PageReport['hidden'][number] {
    return { reason: 'markup', text: cutText(this.#text, MAX_HIDDEN_CHARS), characters: this.characters }
  }
}

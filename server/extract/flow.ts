import type { HIDDEN_REASONS } from '../../shared/utils/page-notes.ts'
import { ExtractFailure } from './failures.ts'
import type { HiddenText } from './format.ts'
import { tableRow } from './html/walker.ts'
import { normalise } from './normalise.ts'
import { addNotes, closeNotes, count, hide, isEmpty, noNotes, type Notes } from './notes.ts'
import type { RawBlock } from './sections.ts'

export type ParagraphStyle = Pick<RawBlock, 'kind' | 'level'>

/** A row with more text than this is page layout, not a table. */
const MAX_ROW = 3000
/** A row of one cell is a box; with more text than this its sentences are worth more than its being a row. */
const MAX_BOX = 300
/** Cells of one row that are kept. */
const MAX_CELLS = 1000
/** Blocks of one document: honest ones of 100 MB have some hundred thousand. */
const MAX_BLOCKS = 1_000_000

const PARAGRAPH: ParagraphStyle = { kind: 'paragraph' }

/** Paragraphs that follow each other: a document's body, a cell, or what stands aside of a paragraph. */
interface Frame {
  blocks: RawBlock[]
  style: ParagraphStyle
  inline: string
  notes: Notes
  /** Text that is hidden and not yet at its end. */
  hidden: { reason: (typeof HIDDEN_REASONS)[number], text: string } | null
  /** The paragraph before goes on in the next. */
  joined: boolean
  /** What belongs behind the paragraph at hand: text boxes, notes. */
  after: RawBlock[]
}

/**
 * Takes paragraphs, tables and what stands aside of them as a reader of an office format meets them, and makes blocks of
 * them: rows of cells that read as a table, and the paragraphs of cells that are layout. Calls that do not match, as
 * damaged files bring them about, do no harm.
 */
export class Flow {
  readonly #includeHidden: boolean
  readonly #body = newFrame()
  #frame = this.#body
  readonly #frames: Frame[] = []
  readonly #tables: { cells: Frame[] | null }[] = []
  #count = 0

  constructor(hiddenText: HiddenText = 'exclude') {
    this.#includeHidden = hiddenText === 'include'
  }

  /** All blocks; ends what is still open. `notes` are what is known of a document without any block. */
  finish(): { blocks: RawBlock[], notes: Notes } {
    while (this.#frames.length > 0) this.endCell()
    while (this.#tables.length > 0) this.endTable()
    this.#flush()
    const { blocks, notes } = this.#body
    closeNotes(blocks, notes)
    return { blocks, notes: blocks.length > 0 ? noNotes() : notes }
  }

  /** True where the paragraph at hand has text. */
  get hasText(): boolean {
    return this.#frame.inline.trim() !== ''
  }

  beginParagraph(style: ParagraphStyle = PARAGRAPH): void {
    if (!this.#frame.joined) this.#flush()
    this.#frame.joined = false
    this.#frame.style = style
  }

  /** `joined`: the next paragraph goes on where this one ends, as when the mark between them was deleted. */
  endParagraph({ joined = false } = {}): void {
    if (joined) this.#frame.joined = true
    else this.#flush()
  }

  /** Of the paragraph at hand, for those that learn of it late. */
  style(style: ParagraphStyle): void {
    this.#frame.style = style
  }

  text(text: string): void {
    if (this.#frame.hidden && text.trim()) this.#endHidden()
    this.#frame.inline += text
  }

  /** One break is a space in a sentence; two in a row are how some people write paragraphs. */
  break(): void {
    const { inline, style } = this.#frame
    if (style.kind !== 'code' && /\n\s*$/.test(inline.slice(-50))) this.#flush()
    else this.text('\n')
  }

  hide(reason: (typeof HIDDEN_REASONS)[number], text: string): void {
    if (this.#frame.hidden?.reason !== reason) this.#endHidden()
    this.#frame.hidden ??= { reason, text: '' }
    this.#frame.hidden.text += text
    if (this.#includeHidden) this.#frame.inline += text
  }

  /** The paragraph so far is one that is not shown. */
  hideParagraph(reason: (typeof HIDDEN_REASONS)[number]): void {
    const { inline } = this.#frame
    this.#frame.inline = ''
    if (inline.trim()) this.hide(reason, inline)
  }

  drop(kind: string, by = 1): void {
    count(this.#frame.notes.dropped, kind, by)
  }

  repair(kind: string, by = 1): void {
    count(this.#frame.notes.repairs, kind, by)
  }

  /** Blocks that stand behind the paragraph at hand. */
  aside(blocks: RawBlock[]): void {
    for (const block of blocks) this.#frame.after.push(block)
  }

  /** What comes until `endAside` stands behind the paragraph at hand. */
  beginAside(): void {
    this.#push()
  }

  endAside(): void {
    const frame = this.#pop()
    if (!frame) return
    this.aside(frame.blocks)
    addNotes(this.#frame.notes, frame.notes)
  }

  beginTable(): void {
    this.#flush()
    this.#tables.push({ cells: null })
  }

  endTable(): void {
    if (this.#tables.at(-1)?.cells) this.endRow()
    this.#tables.pop()
  }

  beginRow(): void {
    const table = this.#tables.at(-1)
    if (table) table.cells = []
  }

  beginCell(): void {
    this.#push()
  }

  /** `times`: the cell stands for so many in a row, as far as a row goes. */
  endCell(times = 1): void {
    const frame = this.#pop()
    const cells = this.#tables.at(-1)?.cells
    if (!frame) return
    if (!cells || cells.length >= MAX_CELLS) {
      for (const block of frame.blocks) this.#add(block)
      return
    }
    cells.push(frame)
    const length = frame.blocks.reduce((sum, block) => sum + block.text.length, 1)
    const copies = Math.min(times - 1, MAX_CELLS - cells.length, Math.floor(MAX_ROW / length) - 1)
    for (let copy = 0; copy < copies; copy++) cells.push({ ...newFrame(), blocks: frame.blocks.map(({ kind, level, text }) => ({ kind, level, text })) })
  }

  /** `dropped`: the row is not part of the document, as a deleted one. */
  endRow({ dropped = false } = {}): void {
    const table = this.#tables.at(-1)
    const cells = table?.cells
    if (!cells) return
    table.cells = null
    for (const cell of cells) addNotes(this.#frame.notes, cell.notes)
    if (!dropped) for (const block of rowBlocks(cells)) this.#add(block)
  }

  #push(): void {
    this.#frames.push(this.#frame)
    this.#frame = newFrame()
  }

  #pop(): Frame | null {
    const outer = this.#frames.pop()
    if (!outer) return null
    this.#flush()
    const frame = this.#frame
    this.#frame = outer
    return frame
  }

  #endHidden(): void {
    const { hidden, notes } = this.#frame
    if (hidden) hide(notes, hidden.reason, normalise(hidden.text))
    this.#frame.hidden = null
  }

  #flush(): void {
    const frame = this.#frame
    frame.joined = false
    if (!frame.inline && !frame.hidden && frame.after.length === 0) return
    const code = frame.style.kind === 'code'
    const text = normalise(frame.inline, { keepLines: code })
    frame.inline = ''
    this.#endHidden()
    if (text.trim()) this.#add({ ...frame.style, text })
    const { after } = frame
    frame.after = []
    for (const block of after) this.#add(block)
  }

  #add(block: RawBlock): void {
    if (++this.#count > MAX_BLOCKS) throw new ExtractFailure('too_complex')
    const { blocks, notes } = this.#frame
    const last = blocks.at(-1)
    if (block.kind === 'code' && last?.kind === 'code' && !block.notes) {
      // Each line of a listing is a paragraph of its own.
      last.text += `\n${block.text}`
      return
    }
    if (!isEmpty(notes)) {
      if (block.notes) addNotes(notes, block.notes)
      block.notes = notes
      this.#frame.notes = noNotes()
    }
    blocks.push(block)
  }
}

function newFrame(): Frame {
  return { blocks: [], style: PARAGRAPH, inline: '', notes: noNotes(), hidden: null, joined: false, after: [] }
}

/** The row as one block; the blocks of its cells one after another where it lays out a page. */
function rowBlocks(cells: Frame[]): RawBlock[] {
  const blocks = cells.flatMap(cell => cell.blocks)
  const length = blocks.reduce((sum, block) => sum + block.text.length, 0)
  const full = cells.filter(cell => cell.blocks.length > 0)
  const layout = length > MAX_ROW || blocks.some(block => block.kind === 'heading' || block.kind === 'code' || block.kind === 'table_row')
    || (full.length === 1 && cells.length === 1 && (blocks.length > 1 || length > MAX_BOX))
  if (layout) return blocks
  const text = tableRow(cells.map(cell => cell.blocks.map(block => block.text).join(' ')))
  if (!text) return []
  const notes = noNotes()
  for (const block of blocks) if (block.notes) addNotes(notes, block.notes)
  return [{ kind: 'table_row', text, ...(isEmpty(notes) ? {} : { notes }) }]
}

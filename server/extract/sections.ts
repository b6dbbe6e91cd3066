import type { Block } from '../../shared/schemas/documents.ts'
import { cleanTitle } from './format.ts'
import { reportOf, type Notes } from './notes.ts'
import type { ExtractedPage } from './types.ts'

/** A block before it has a place; `text` is normalised and not empty. */
export interface RawBlock {
  kind: Block['kind']
  level?: number
  text: string
  /** What was left out, hidden or mended since the block before; counted on the page that the block comes to stand on. */
  notes?: Notes
}

/** A page is closed at the first block end after this many characters: about a screen and a half for the reader. */
const TARGET = 4000
const MAX = 5000
/** From here on a heading starts a new page rather than end up at the foot of one. */
const HEADING_BREAK = 2500

/** Looked at for a title. */
const TITLE_BLOCKS = 20

const TIGHT = new Set<Block['kind']>(['list_item', 'table_row'])

/** What stands between two blocks of one page: rows and items of one list follow each other without a blank line. */
export function separator(before: Block['kind'], after: Block['kind']): string {
  return before === after && TIGHT.has(before) ? '\n' : '\n\n'
}

/** The first heading near the start, for a document whose properties name no title. */
export function titleOf(blocks: RawBlock[]): string | null {
  return cleanTitle(blocks.slice(0, TITLE_BLOCKS).find(block => block.kind === 'heading')?.text)
}

/** Joins placed blocks into the text of a page. A page with text ends in a blank line. `notes` are those of no block. */
export function composePage(number: number, blocks: RawBlock[], flags: string[] = [], notes?: Notes): ExtractedPage {
  const placed: Block[] = []
  let text = ''
  let previous: RawBlock | undefined
  for (const block of blocks) {
    if (previous) text += separator(previous.kind, block.kind)
    placed.push({ kind: block.kind, ...(block.level === undefined ? {} : { level: block.level }), start: text.length, end: text.length + block.text.length })
    text += block.text
    previous = block
  }
  if (text) text += '\n\n'
  const report = reportOf(text, blocks, notes)
  const noted = [...flags, ...(report.hidden.length > 0 ? ['hidden_text'] : []), ...(report.repairs.length > 0 ? ['repaired'] : [])]
  return { number, label: null, text, width: null, height: null, blocks: placed, flags: noted, report, boxes: null }
}

/**
 * Cuts a document without pages into pages ("sections") of 3,000 to 5,000 characters that end where blocks end. Where the
 * blocks are a part of the document, such as a chapter, its pages are numbered from `first` and have its `label`.
 */
export function* sections(blocks: Iterable<RawBlock>, { first = 1, label = null }: { first?: number, label?: string | null } = {}): Generator<ExtractedPage> {
  let number = first
  let page: RawBlock[] = []
  let length = 0
  for (const block of blocks) {
    for (const piece of cut(block)) {
      const full = length >= TARGET || (length > 0 && length + piece.text.length > MAX)
      if (full || (piece.kind === 'heading' && length >= HEADING_BREAK)) {
        yield { ...composePage(number++, page), label }
        page = []
        length = 0
      }
      page.push(piece)
      length += piece.text.length + 2
    }
  }
  if (page.length > 0) yield { ...composePage(number, page), label }
}

/** A block longer than a page becomes several of its kind, cut after a sentence where there is one, else at a space. */
function* cut(block: RawBlock): Generator<RawBlock> {
  let { text: rest, notes } = block
  while (rest.length > MAX) {
    const end = cutPoint(rest.slice(0, TARGET))
    const head = rest.slice(0, end).trimEnd()
    if (head) {
      yield { ...block, text: head, notes }
      notes = undefined
    }
    rest = block.kind === 'code' ? rest.slice(end).replace(/^\n+/, '') : rest.slice(end).trimStart()
  }
  if (rest) yield { ...block, text: rest, notes }
}

function cutPoint(window: string): number {
  const from = Math.floor(window.length / 2)
  const sentence = Math.max(...['. ', '? ', '! ', '。', '\n'].map(mark => window.lastIndexOf(mark)))
  if (sentence >= from) return sentence + 1
  const space = window.lastIndexOf(' ')
  if (space >= from) return space
  // No place to cut: keep surrogate pairs and marks with their base.
  let end = window.length
  while (end > from && /[\uDC00-\uDFFF\p{M}\u200D]/u.test(window[end - 1]!)) end--
  return Math.max(1, end - 1)
}

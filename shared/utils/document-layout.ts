import type { Block, DocumentPage } from '../schemas/documents.ts'
import { recordTables } from './document-records.ts'

/** Half-open range of UTF-16 code units in the canonical text. */
export interface TextRange { start: number, end: number }

/** A run of canonical text that is cited as a whole or not at all. */
export interface Piece extends TextRange { text: string, cited: boolean }

/** A block of a page, or what lies between two blocks (`gap`). The segments of a page are its text without holes. */
export interface Segment extends TextRange { kind: Block['kind'] | 'gap', level?: number, pieces: Piece[] }

export interface TableCell { pieces: Piece[], span: number }
export interface TableRow extends TextRange { cells: TableCell[] }
export interface ListItem extends TextRange { level: number, marker: boolean, pieces: Piece[] }

/** What a page is drawn from. `start` is unique within a document. */
export type PageNode
  = | TextRange & { type: 'heading', level: number, pieces: Piece[] }
    | TextRange & { type: 'paragraph' | 'code' | 'caption', pieces: Piece[] }
    | TextRange & { type: 'list', items: ListItem[] }
    /** `names` are those of a sheet's columns, which each of its rows repeats; the head has them where it stands in the text. */
    | TextRange & { type: 'table', columns: number, names?: string[], head: TableRow | null, rows: TableRow[] }

type PageText = Pick<DocumentPage, 'start' | 'end' | 'text' | 'blocks'>

/** Cells are separated by ` | ` or a tab; empty ones leave a bar at the start of the line or two bars in a row. */
const CELL_SEPARATOR = /(?<=^| )\|(?= |$)|\t/g
/** List items of plain text keep the sign they were written with. */
const LIST_MARKER = /^(?:[•‣◦▪●○–—*+-]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s/i

/** Cuts `text`, which begins at `offset`, at the ends of `range`. */
export function cutPieces(text: string, offset: number, range: TextRange | null): Piece[] {
  const end = offset + text.length
  const from = range ? Math.min(Math.max(range.start, offset), end) : end
  const to = range ? Math.max(from, Math.min(range.end, end)) : end
  return [[offset, from], [from, to], [to, end]].flatMap(([a, b], part) => a! < b!
    ? [{ start: a!, end: b!, text: text.slice(a! - offset, b! - offset), cited: part === 1 }]
    : [])
}

/** Divides a page into its blocks and what lies between them. Their pieces joined are the page's text. */
export function segmentPage(page: PageText, range: TextRange | null): Segment[] {
  const slice = (start: number, end: number) => page.text.slice(start - page.start, end - page.start)
  const segments: Segment[] = []
  let at = page.start
  const add = (kind: Segment['kind'], start: number, end: number, level?: number) => {
    if (start < end) segments.push({ kind, level, start, end, pieces: cutPieces(slice(start, end), start, range) })
    at = Math.max(at, end)
  }
  for (const block of page.blocks) {
    // Blocks ascend without overlap; one that does not is cut rather than drawn twice.
    const start = Math.max(block.start, at)
    const end = Math.min(block.end, page.start + page.text.length)
    if (start >= end) continue
    add('gap', at, start)
    add(block.kind, start, end, block.level)
  }
  add('gap', at, page.start + page.text.length)
  return segments
}

/** Turns a page into what is drawn: list items and table rows that follow each other become lists and tables. */
export function layoutPage(page: PageText, range: TextRange | null): PageNode[] {
  const nodes: PageNode[] = []
  for (const segment of segmentPage(page, range)) {
    const { kind, start, end, pieces } = segment
    const last = nodes.at(-1)
    if (kind === 'gap') {
      // Text that no block covers is still text of the document.
      if (pieces.some(piece => piece.text.trim())) nodes.push({ type: 'paragraph', start, end, pieces })
    }
    else if (kind === 'list_item') {
      const item: ListItem = { start, end, level: segment.level ?? 1, marker: LIST_MARKER.test(textOf(pieces)), pieces }
      if (last?.type === 'list') Object.assign(last, { items: [...last.items, item], end })
      else nodes.push({ type: 'list', start, end, items: [item] })
    }
    else if (kind === 'table_row') {
      const row: TableRow = { start, end, cells: cutCells(pieces) }
      if (last?.type === 'table') Object.assign(last, { rows: [...last.rows, row], end })
      else nodes.push({ type: 'table', start, end, columns: 0, head: null, rows: [row] })
    }
    else if (kind === 'heading') nodes.push({ type: 'heading', level: segment.level ?? 1, start, end, pieces })
    else nodes.push({ type: kind, start, end, pieces })
  }
  return nodes.flatMap(node => node.type === 'table' ? recordTables(node) ?? finishTable(node) : node)
}

/** The pieces of each cell, without separators and the spaces beside them. */
function cutCells(pieces: Piece[]): TableCell[] {
  const text = textOf(pieces)
  const offset = pieces[0]!.start
  const separators = [...text.matchAll(CELL_SEPARATOR)].map(match => match.index)
  return [...separators, text.length].map((to, index) => {
    const from = index === 0 ? 0 : separators[index - 1]! + 1
    const cell = text.slice(from, to)
    const start = offset + from + (cell.length - cell.trimStart().length)
    const cited = pieces.find(piece => piece.cited) ?? null
    return { pieces: cutPieces(cell.trim(), start, cited), span: 1 }
  })
}

/** Rows of one width; a first row of names is the head. A row with one cell runs across the table. */
function finishTable(table: PageNode & { type: 'table' }): PageNode {
  const columns = Math.max(...table.rows.map(row => row.cells.length))
  const isHead = table.rows.length > 1 && table.rows[0]!.cells.length === columns && columns > 1
    && table.rows[0]!.cells.every(({ pieces }) => /\p{L}/u.test(textOf(pieces)))
  const rows = table.rows.map(row => ({
    ...row,
    cells: row.cells.map((cell, index) => index === row.cells.length - 1 ? { ...cell, span: columns - index } : cell),
  }))
  return { ...table, columns, head: isHead ? rows[0]! : null, rows: isHead ? rows.slice(1) : rows }
}

export function textOf(pieces: Piece[]): string {
  return pieces.map(piece => piece.text).join('')
}

/** All pieces that are drawn, in reading order. */
export function piecesOf(node: PageNode): Piece[] {
  if (node.type === 'list') return node.items.flatMap(item => item.pieces)
  if (node.type === 'table') return [...node.head ? [node.head] : [], ...node.rows].flatMap(row => row.cells.flatMap(cell => cell.pieces))
  return node.pieces
}

export function isCited(node: PageNode): boolean {
  return piecesOf(node).some(piece => piece.cited)
}

/** Where the first cited piece of these nodes begins, or null. */
export function firstCited(nodes: PageNode[]): number | null {
  for (const node of nodes) {
    const piece = piecesOf(node).find(({ cited }) => cited)
    if (piece) return piece.start
  }
  return null
}

export interface DrawnPage { number: number, label?: string | null, nodes: PageNode[] }

/**
 * The cited nodes with at least `context` characters before and after them, cut at whole nodes. A heading right before
 * what is shown comes along, so that the passage says where it stands. Empty when nothing is cited.
 */
export function citedPassage(pages: DrawnPage[], context: number): DrawnPage[] {
  const flat = pages.flatMap(page => page.nodes.map(node => ({ number: page.number, node })))
  let first = flat.findIndex(({ node }) => isCited(node))
  if (first < 0) return []
  let last = flat.findLastIndex(({ node }) => isCited(node))
  for (let room = context; first > 0 && (room > 0 || flat[first - 1]!.node.type === 'heading'); first--) room -= length(flat[first - 1]!.node)
  for (let room = context; last < flat.length - 1 && room > 0; last++) room -= length(flat[last + 1]!.node)
  // A heading at the very end would announce what is not shown.
  while (flat[last]!.node.type === 'heading' && !isCited(flat[last]!.node)) last--
  const shown = flat.slice(first, last + 1)
  return pages
    .map(page => ({ ...page, nodes: shown.filter(({ number }) => number === page.number).map(({ node }) => node) }))
    .filter(page => page.nodes.length > 0)
}

function length(node: PageNode): number {
  return node.end - node.start
}

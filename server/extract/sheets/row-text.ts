import type { RawBlock } from '../sections.ts'

/**
 * A row is one unit of citation, so it has to fit a chunk: the longest is below what the segmenter cuts at (600
 * characters) and, by a cautious estimate, what an embedding model of 256 word-pieces reads.
 */
const MAX_CHARS = 550
const MAX_PIECES = 160
/** What names a row is repeated where it goes on, unless it is longer than this. */
const MAX_KEY_CHARS = 80
const MAX_KEY_PIECES = 30
const SEPARATOR = ' | '

export interface NamedCell { name: string, text: string }

/**
 * A data row that stands for itself, as `Row 12 | Name: Maple Leaf Rag | Year: 1899`. A row that is too long becomes
 * several blocks, each with the row's number and its first cell: `Row 12 (continued) | Name: Maple Leaf Rag | Notes: …`.
 */
export function dataRow(number: number, cells: NamedCell[]): RawBlock[] {
  const parts = cells.map(cell => ({ label: `${cell.name}: `, text: cell.text }))
  const key = parts[0] ? parts[0].label + parts[0].text : ''
  return pack(number, parts, key.length <= MAX_KEY_CHARS && wordPieces(key) <= MAX_KEY_PIECES ? key : null)
}

/** The row of the columns' names, as `Row 1 | Name | Year`. */
export function headerRow(number: number, names: string[]): RawBlock[] {
  return pack(number, names.map(text => ({ label: '', text })), null)
}

/** `key` begins each block but the first. */
function pack(number: number, parts: { label: string, text: string }[], key: string | null): RawBlock[] {
  const blocks: RawBlock[] = []
  const next = `Row ${number} (continued)${key === null ? '' : SEPARATOR + key}`
  const room = MAX_CHARS - next.length
  const pieces = MAX_PIECES - wordPieces(next)
  let text = `Row ${number}`
  let cost = wordPieces(text)
  let isEmpty = true
  const close = () => {
    blocks.push({ kind: 'table_row', text })
    text = next
    cost = wordPieces(text)
    isEmpty = true
  }
  for (const { label, text: value } of parts) {
    for (const piece of cutValue(value, room - label.length - SEPARATOR.length, pieces - wordPieces(label) - 1)) {
      const part = SEPARATOR + label + piece
      const price = wordPieces(part)
      if (!isEmpty && (text.length + part.length > MAX_CHARS || cost + price > MAX_PIECES)) close()
      text += part
      cost += price
      isEmpty = false
    }
  }
  if (!isEmpty) close()
  return blocks
}

/** Cuts between words, or anywhere in a word that is too long itself. */
function* cutValue(value: string, chars: number, pieces: number): Generator<string> {
  if (value.length <= chars && wordPieces(value) <= pieces) return yield value
  let part = ''
  let cost = 0
  for (const [word] of value.matchAll(/\S{1,40}(?:[\uDC00-\uDFFF]|\p{M}){0,8}\s*/gu)) {
    const price = wordPieces(word)
    if (part && (part.length + word.length > chars || cost + price > pieces)) {
      yield part.trimEnd()
      part = ''
      cost = 0
    }
    part += word
    cost += price
  }
  if (part) yield part.trimEnd()
}

/** Rather too many: half of a number's digits, one and a quarter of the further letters of a Latin word, each character of other scripts. */
function wordPieces(text: string): number {
  let quarters = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code >= 0x30 && code <= 0x39) quarters += 2
    else if (isLetter(code)) quarters += isLetter(text.charCodeAt(index - 1)) ? 1 : 4
    else if (code !== 0x20) quarters += 4
  }
  return Math.ceil(quarters / 4)
}

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7A
}

/**
 * A value in a row. The cells of a row are told apart by a bar with spaces beside it, so such a bar inside a value
 * becomes a broken one.
 */
export function cellText(text: string): string {
  return text.includes('|') ? text.replace(/(?<=^| )\|(?= |$)/g, '¦') : text
}

/** The name of a column: what stands before the first colon of a cell, so it holds none itself. */
export function columnName(text: string): string {
  return cellText(text).replace(/[:\s]+$/, '').replaceAll(': ', ' – ')
}

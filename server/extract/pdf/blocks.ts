import type { Block } from '../../../shared/schemas/documents.ts'
import { median } from './columns.ts'
import type { Glyph } from './glyphs.ts'
import { glyphsOf, textOf, type Line } from './lines.ts'
import { cellsOf, tableAt } from './tables.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A block as it lies on the page: its characters in order, with the text that stands between them. */
export interface LayoutBlock {
  kind: Block['kind']
  level?: number
  pieces: (Glyph | string)[]
  size: number
  bold: boolean
  lines: Line[]
  /** Words that line ends had broken and that are whole again. */
  hyphenations: number
}

const BULLET = /^[•◦▪▫●○■□►▶‣⁃∙·*–—-]$/
const NUMBERED = /^(?:\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]|\[\d{1,3}\])$/
const CAPTION = /^(?:Figure|Fig\.|Table|Algorithm|Listing|Scheme|Plate|Abbildung|Abb\.|Tabelle|Tab\.|Tableau)\s*[\dA-Z][\dA-Za-z.]*\s*[:.|–-]/
const ENDS_SENTENCE = /[.!?:;…。！？]["'”’»)\]]*\s*(?:\d{1,2})?$/
/** Dots that lead the eye from an entry to its page number. */
const LEADER = /(?:\.\s?){5,}\s*\S{0,6}$/

/** Blocks of one column from its lines, top to bottom. */
export function blocksOf(lines: Line[], vocabulary: Vocabulary): LayoutBlock[] {
  const blocks: LayoutBlock[] = []
  let paragraph: Line[] = []
  const column = columnOf(lines)
  const close = () => {
    if (paragraph.length > 0) blocks.push(paragraphOf(paragraph, vocabulary))
    paragraph = []
  }
  for (let index = 0; index < lines.length; index++) {
    const table = tableAt(lines, index)
    if (table) {
      close()
      for (const line of table.lines) blocks.push(rowOf(line, table.separators))
      index += table.lines.length - 1
      continue
    }
    const line = lines[index]!
    if (paragraph.length > 0 && startsBlock(paragraph, line, lines[index + 1], column)) close()
    paragraph.push(line)
  }
  close()
  return blocks
}

interface Column { x0: number, x1: number, leading: number }

function columnOf(lines: Line[]): Column {
  const steps = lines.slice(1).map((line, index) => (line.base - lines[index]!.base) / line.size).filter(step => step > 0.8 && step < 2.5)
  return {
    x0: Math.min(...lines.map(line => line.x0)),
    x1: Math.max(...lines.map(line => line.x1)),
    leading: median(steps) || 1.2,
  }
}

function startsBlock(paragraph: Line[], line: Line, next: Line | undefined, column: Column): boolean {
  const previous = paragraph.at(-1)!
  const first = paragraph[0]!
  const size = line.size
  if (Math.abs(previous.size - size) > 0.08 * size) return true
  const leading = Math.max(column.leading, paragraph.length > 1 ? (previous.base - paragraph.at(-2)!.base) / size : 0)
  const step = (line.base - previous.base) / size
  if (step > leading * 1.3 + 0.05 || step < 0) return true
  const text = textOf(line)
  const before = textOf(previous)
  if (LEADER.test(before) || LEADER.test(text)) return true
  if (line.mono && previous.mono) return false
  if (line.mono !== previous.mono && paragraph.every(other => other.mono)) return true
  if (/[\p{L}\p{N}][-\u2010\u00AD]$/u.test(before)) return false
  if (CAPTION.test(text)) return true
  const ended = ENDS_SENTENCE.test(before)
  const short = previous.x1 + 0.25 * size + firstWordWidth(line) < column.x1 - 0.6 * size
  if (line.bold !== previous.bold && (short || ended || (previous.bold && paragraph.every(other => other.bold) && step > leading * 1.02))) return true
  const marker = markerOf(line)
  if (marker && (marker.bullet || ended || short || line.x0 <= first.x0 + 0.3 * size)) {
    return marker.bullet || ended || short || markerOf(first) !== null
  }
  const item = markerOf(first)
  if (item) return line.x0 < first.x0 + 0.3 * size && first.x0 > column.x0 - 1 && (short || ended || line.x0 < first.x0 - 0.5 * size)
  if (line.bold && previous.bold) return false
  const indent = (line.x0 - previous.x0) / size
  if (indent > 0.7) {
    const hanging = next !== undefined && Math.abs(next.x0 - line.x0) < 0.3 * size
    return !hanging && (ended || short)
  }
  if (indent < -0.7 && paragraph.length > 1) return true
  return short && (ended || /^[\p{Lu}\p{N}“"(]/u.test(text))
}

function firstWordWidth(line: Line): number {
  const glyphs = glyphsOf(line)
  const end = glyphs.findIndex((glyph, index) => index > 0 && glyph.spaced)
  return glyphs[(end < 0 ? glyphs.length : end) - 1]!.x1 - glyphs[0]!.x0
}

/** The bullet or number that a line starts with, as its count of characters. */
function markerOf(line: Line): { length: number, bullet: boolean } | null {
  const glyphs = glyphsOf(line)
  let word = ''
  for (const [index, glyph] of glyphs.entries()) {
    if (index > 0 && (glyph.spaced || glyph.x0 - glyphs[index - 1]!.x1 > 0.4 * glyph.size)) break
    word += glyph.text
    if (word.length > 6) return null
  }
  if (glyphs.length <= word.length) return null
  if (BULLET.test(word) || word === '\uF0B7' || word === '\uF0A7') return { length: [...word].length, bullet: true }
  return NUMBERED.test(word) ? { length: [...word].length, bullet: false } : null
}

function paragraphOf(lines: Line[], vocabulary: Vocabulary): LayoutBlock {
  const common = { size: lines[0]!.size, bold: lines.every(line => line.bold), lines }
  if (lines.length > 1 && lines.every(line => line.mono)) return { ...common, kind: 'code', pieces: codePieces(lines), hyphenations: 0 }
  const marker = markerOf(lines[0]!)
  const pieces: (Glyph | string)[] = []
  let hyphenations = 0
  for (const [index, line] of lines.entries()) {
    const glyphs = withoutLeader(glyphsOf(line))
    if (index === 0 && marker?.bullet) glyphs.splice(0, marker.length)
    if (index > 0 && joinLines(pieces, glyphs, vocabulary)) hyphenations++
    glyphs.forEach((glyph, at) => {
      if (at > 0 && glyph.spaced) pieces.push(' ')
      pieces.push(glyph)
    })
  }
  const text = textOf(lines[0]!)
  if (CAPTION.test(text)) return { ...common, kind: 'caption', pieces, hyphenations }
  if (marker) return { ...common, kind: 'list_item', level: 1, pieces, hyphenations }
  return { ...common, kind: 'paragraph', pieces, hyphenations }
}

/**
 * Puts between two lines what belongs there: a space, or nothing after a hyphen, a dash or the slash of an address. True when
 * it took away a hyphen that only the line's end had called for.
 */
export function joinLines(pieces: (Glyph | string)[], after: Glyph[], vocabulary: Vocabulary): boolean {
  const last = pieces.at(-1)
  if (last === undefined || typeof last === 'string') return false
  const tail = pieces.slice(-60).map(piece => typeof piece === 'string' ? piece : piece.text).join('')
  const head = after.slice(0, 40).map((glyph, index) => (index > 0 && glyph.spaced ? ' ' : '') + glyph.text).join('')
  const broken = /([\p{L}\p{N}\p{M}’'-]+)[-\u2010\u00AD]$/u.exec(tail)
  const start = /^[\p{L}\p{N}\p{M}]+/u.exec(head)
  if (broken && start) {
    const joins = vocabulary.isHyphenation(broken[1]!, start[0])
    if (joins) pieces.pop()
    return joins
  }
  if (/(?:https?:\/\/|www\.)\S*[/.?=&_-]$/.test(tail) && /^[\w%#?=&./~-]/.test(head)) return false
  if (/\S[—\u2014]$/.test(tail)) return false
  // Chinese and Japanese have no spaces between words, Korean has.
  if (/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。，]$/u.test(tail) && /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}、。，（「]/u.test(head)) return false
  pieces.push(' ')
  return false
}

function withoutLeader(glyphs: Glyph[]): Glyph[] {
  let run = 0
  const dropped = new Set<number>()
  for (let index = 0; index <= glyphs.length; index++) {
    if (glyphs[index]?.text === '.') {
      run++
      continue
    }
    if (run >= 5) {
      for (let at = index - run; at < index; at++) dropped.add(at)
      if (glyphs[index]) glyphs[index]!.spaced = true
    }
    run = 0
  }
  return dropped.size === 0 ? glyphs : glyphs.filter((_, index) => !dropped.has(index))
}

function codePieces(lines: Line[]): (Glyph | string)[] {
  const left = Math.min(...lines.map(line => line.x0))
  const pieces: (Glyph | string)[] = []
  for (const [index, line] of lines.entries()) {
    const glyphs = glyphsOf(line)
    const width = glyphs[0]!.x1 - glyphs[0]!.x0 || 1
    if (index > 0) pieces.push('\n')
    const indent = Math.min(40, Math.round((line.x0 - left) / width))
    if (indent > 0) pieces.push(' '.repeat(indent))
    glyphs.forEach((glyph, at) => {
      const gap = at > 0 && glyph.spaced ? Math.min(40, Math.max(1, Math.round((glyph.x0 - glyphs[at - 1]!.x1) / width))) : 0
      if (gap > 0) pieces.push(' '.repeat(gap))
      pieces.push(glyph)
    })
  }
  return pieces
}

function rowOf(line: Line, separators: number[]): LayoutBlock {
  const pieces: (Glyph | string)[] = []
  const cells = cellsOf(line, separators)
  while (cells.length > 0 && cells.at(-1)!.length === 0) cells.pop()
  for (const [column, segments] of cells.entries()) {
    if (column > 0) pieces.push(pieces.length > 0 && pieces.at(-1) !== ' | ' ? ' | ' : '| ')
    if (segments.length === 0) continue
    glyphsOf({ ...line, segments }).forEach((glyph, index) => {
      if (index > 0 && glyph.spaced) pieces.push(' ')
      pieces.push(glyph)
    })
  }
  return { kind: 'table_row', pieces, size: line.size, bold: line.bold, lines: [line], hyphenations: 0 }
}

/** The text that a block's pieces spell, before normalisation. */
export function spell(block: LayoutBlock): string {
  return block.pieces.map(piece => typeof piece === 'string' ? piece : piece.text).join('')
}

/** Whether a paragraph breaks off in the middle of a sentence. */
export function isUnfinished(block: LayoutBlock): boolean {
  return (block.kind === 'paragraph' || block.kind === 'list_item') && !ENDS_SENTENCE.test(spell(block).slice(-40))
}

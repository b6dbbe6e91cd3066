import { kindOf, type Glyph, type PageGlyphs } from '../pdf/glyphs.ts'
import type { Turn } from '../pdf/frame.ts'
import type { RecognisedLine, RecognisedWord, Scan } from './types.ts'

/** What was recognised on a page, laid out like the characters of any other page. */
export type ScannedText = Pick<PageGlyphs, 'glyphs' | 'turn' | 'mirrored' | 'turned' | 'asides'> & { scan: Scan }

/** Below this a word is more likely a stain, a line or part of a picture than what it says. */
const MIN_WORD = 30
/** A page of words as unsure as these is a photograph, handwriting or a language that was not chosen. */
const MIN_PAGE = 55
/** Letters and digits that make a page worth keeping: two words, such as a signpost in a photograph has. */
const MIN_CHARACTERS = 8
/** Of the height from descender to ascender that the type size is. */
const SIZE = 1.1
/** Lines whose size differs less than this from the page's text are set in it: heights are measured to a pixel or two. */
const SAME_SIZE = 0.16

/**
 * Characters with their places in points from recognised lines. The engine knows places of words; a word's characters
 * share its width evenly.
 *
 * @param scale points a pixel
 * @returns null when there is too little to read, or the words are too unsure
 */
export function scannedText(lines: RecognisedLine[], page: { width: number, height: number }, scale: number, languages: string[]): ScannedText | null {
  const kept = lines.map(line => ({ ...line, words: line.words.filter(word => word.confidence >= MIN_WORD && word.text.trim()) })).filter(line => line.words.length > 0)
  const words = kept.flatMap(line => line.words)
  const letters = (word: RecognisedWord) => word.text.match(/[\p{L}\p{N}]/gu)?.length ?? 0
  const characters = words.reduce((sum, word) => sum + letters(word), 0)
  const confidence = words.reduce((sum, word) => sum + word.confidence * letters(word), 0) / Math.max(1, characters)
  if (characters < MIN_CHARACTERS || confidence < MIN_PAGE) return null
  const turn = mainTurn(kept)
  const placed = kept.filter(line => turnOf(line) === turn)
  const sizes = sizesOf(placed, scale)
  const glyphs = placed.flatMap((line, index) => lineGlyphs(line, sizes[index]!, scale, turn, page))
  const mirrored = glyphs.filter(glyph => glyph.rtl).length > 0.3 * glyphs.length
  const across = turn % 2 === 0 ? page.width : page.height
  if (mirrored) for (const glyph of glyphs) [glyph.x0, glyph.x1] = [across - glyph.x1, across - glyph.x0]
  const all = lines.reduce((sum, line) => sum + line.words.length, 0)
  const turned = kept.filter(line => turnOf(line) !== turn).reduce((sum, line) => sum + line.words.reduce((length, word) => length + word.text.length, 0), 0)
  return { glyphs, turn, mirrored, turned, asides: [], scan: { ocr: { confidence: Math.round(confidence * 10) / 10, languages }, unsure: all - words.length, unread: null } }
}

function turnOf({ baseline: { x0, y0, x1, y1 } }: RecognisedLine): Turn {
  const [across, down] = [x1 - x0, y1 - y0]
  if (Math.abs(across) >= Math.abs(down)) return across >= 0 ? 0 : 2
  return down > 0 ? 1 : 3
}

function mainTurn(lines: RecognisedLine[]): Turn {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  for (const line of lines) counts[turnOf(line)] += line.words.length
  return counts.indexOf(Math.max(...counts)) as Turn
}

/** Type sizes of lines: what is measured wavers, and a paragraph must not fall apart over it. */
function sizesOf(lines: RecognisedLine[], scale: number): number[] {
  const measured = lines.map(line => SIZE * line.height * scale)
  const body = weightedMedian(lines.map((line, index) => [measured[index]!, line.words.length]))
  const paragraphs = Map.groupBy(lines.keys(), index => lines[index]!.paragraph)
  const sizes: number[] = []
  for (const indexes of paragraphs.values()) {
    const size = weightedMedian(indexes.map(index => [measured[index]!, lines[index]!.words.length]))
    const same = Math.abs(size - body) < SAME_SIZE * body
    for (const index of indexes) sizes[index] = Math.min(300, Math.max(1, Math.round(2 * (same ? body : size)) / 2))
  }
  return sizes
}

function weightedMedian(values: [value: number, weight: number][]): number {
  const sorted = values.toSorted(([a], [b]) => a - b)
  const half = sorted.reduce((sum, [, weight]) => sum + weight, 0) / 2
  let sum = 0
  for (const [value, weight] of sorted) {
    sum += weight
    if (sum >= half) return value
  }
  return 0
}

function lineGlyphs(line: RecognisedLine, size: number, scale: number, turn: Turn, { width, height }: { width: number, height: number }): Glyph[] {
  /** From pixels as shown to points in the direction of reading: the inverse of `toPage`. */
  const read = (x: number, y: number): [number, number] => {
    const [px, py] = [x * scale, y * scale]
    return turn === 0 ? [px, py] : turn === 1 ? [py, width - px] : turn === 2 ? [width - px, height - py] : [height - py, px]
  }
  const style = { bold: false, italic: false, mono: false, font: 0, turn }
  const { baseline } = line
  // One for the whole line, although scans lie askew: what follows takes characters of one height for one line.
  const base = (read(baseline.x0, baseline.y0)[1] + read(baseline.x1, baseline.y1)[1]) / 2
  return line.words.flatMap((word) => {
    const [ax, ay] = read(word.x0, word.y0)
    const [bx, by] = read(word.x1, word.y1)
    const [x0, x1] = [Math.min(ax, bx), Math.max(ax, bx)]
    const [y0, y1] = [Math.min(ay, by), Math.max(ay, by)]
    const kinds = [...word.text.trim()].map(character => kindOf(character.codePointAt(0)!))
    const step = (x1 - x0) / kinds.length
    const rtl = kinds.some(kind => kind.rtl)
    return kinds.map((kind, index): Glyph => {
      const from = rtl ? kinds.length - 1 - index : index
      return {
        ...kind, x0: x0 + from * step, x1: x0 + (from + 1) * step, y0, y1, base, size, style, spaced: index === 0,
        hyphen: false, hidden: null,
      }
    })
  })
}

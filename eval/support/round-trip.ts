import type { Block } from '../../shared/schemas/documents.ts'
import { normaliseMapped } from '../../server/extract/normalise.ts'
import { MARKS } from '../../server/extract/pdf/characters.ts'
import type { Box } from '../../shared/utils/line-boxes.ts'
import type { ReadGlyph } from './read-back.ts'

/** In points: what two engines may differ in about a character's width. */
const SLACK = 0.3
/** In type sizes. */
const DOUBLE = 0.15

/** Accents as characters of their own, before their letter or after it; those of ASCII are more often something else. */
const ACCENT = `[${Object.keys(MARKS).filter(accent => accent > '\x7F').join('')}]`
const ACCENT_FIRST = new RegExp(`(${ACCENT})(\\p{L})`, 'gu')
const ACCENT_LAST = new RegExp(`(\\p{L})(${ACCENT})`, 'gu')

/** What is compared: no white space, no hyphens, one kind of quotation mark, dash and angle bracket, compatibility forms spelled out. */
export function plain(text: string, kind?: Block['kind']): string {
  const words = kind === 'table_row' ? text.replace(/(?:^|\s)\|(?=\s|$)/g, ' ') : text
  const accented = words.replace(/[ıȷ]/g, letter => letter === 'ı' ? 'i' : 'j')
    .replace(ACCENT_FIRST, (_, accent: string, letter: string) => letter + MARKS[accent]!)
    .replace(ACCENT_LAST, (both, letter: string, accent: string) => (letter + MARKS[accent]!).normalize('NFC').length === 1 ? letter + MARKS[accent]! : both)
  return normaliseMapped(accented.normalize('NFKC')).text.normalize('NFKC')
    .replace(/[\s\-\u2010\u2011\u00AD\u2212\u2043]/gu, '')
    .replace(/[\u2018\u2019\u201A\u201B\u2032`\u00B4]/gu, '\'')
    .replace(/[\u201C-\u201F\u2033]/gu, '"')
    .replace(/[\u2012-\u2015]/gu, '–')
    .replace(/[\u27E8\u2329\u3008]/gu, '<').replace(/[\u27E9\u232A\u3009]/gu, '>')
}

/** Orders in which the characters under boxes may be read. */
export const ORDERS = ['from left to right', 'as in the file', 'from right to left', 'with what is drawn twice'] as const

/** The characters under the boxes, line by line, once for each of ORDERS. */
export function readUnder(glyphs: ReadGlyph[], boxes: Box[]): string[] {
  const orders: string[][] = ORDERS.map(() => [])
  const taken = new Set<ReadGlyph>()
  for (const [x0, y0, x1, y1] of boxes) {
    const isUpright = y1 - y0 > 2 * (x1 - x0)
    const inside = glyphs.filter(glyph => !taken.has(glyph) && glyph.x >= x0 - SLACK && glyph.x <= x1 + SLACK && glyph.y >= y0 - SLACK && glyph.y <= y1 + SLACK)
    for (const glyph of inside) taken.add(glyph)
    const once = withoutDoubles(inside)
    const sorted = once.toSorted((a, b) => isUpright ? a.y - b.y : a.x - b.x)
    orders[0]!.push(...sorted.map(glyph => glyph.text))
    orders[1]!.push(...once.map(glyph => glyph.text))
    orders[2]!.push(...sorted.toReversed().map(glyph => glyph.text))
    orders[3]!.push(...inside.map(glyph => glyph.text))
  }
  return orders.map(order => order.join(''))
}

/** Bold and shadowed letters are drawn several times, next to themselves. */
function withoutDoubles(glyphs: ReadGlyph[]): ReadGlyph[] {
  return glyphs.filter((glyph, index) => !glyphs.slice(Math.max(0, index - 2000), index).some(other =>
    other.text === glyph.text && Math.abs(other.x - glyph.x) < DOUBLE * glyph.size && Math.abs(other.y - glyph.y) < DOUBLE * glyph.size))
}

/** Whether a text holds characters that run from right to left: engines differ in whether they give its order as seen or as read. */
export function runsBothWays(text: string): boolean {
  return /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u.test(text)
}

/** The same characters in any order. */
export function sameCharacters(a: string, b: string): boolean {
  const mirrored = (text: string) => [...text.replace(/[()[\]{}]/g, '|')].sort().join('')
  return mirrored(a) === mirrored(b)
}

/** Share of the pairs of neighbouring characters that two texts have in common (Dice), 0 to 1. */
export function similarity(a: string, b: string): number {
  if (a === b) return 1
  const [left, right] = [pairs(a), pairs(b)]
  let common = 0
  for (const [pair, count] of left) common += Math.min(count, right.get(pair) ?? 0)
  return 2 * common / Math.max(1, a.length + b.length + 2)
}

function pairs(text: string): Map<string, number> {
  const counts = new Map<string, number>()
  const framed = `^${text}$`
  for (let at = 1; at < framed.length; at++) {
    const pair = framed.slice(at - 1, at + 1)
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  }
  return counts
}

/** Whether the page's characters, as the other engine reads them, could spell the text at all. */
export function isReadable(text: string, glyphs: ReadGlyph[]): boolean {
  const there = new Map<string, number>()
  for (const character of plain(glyphs.map(glyph => glyph.text).join(''))) there.set(character, (there.get(character) ?? 0) + 1)
  for (const character of text) {
    const left = (there.get(character) ?? 0) - 1
    if (left < 0) return false
    there.set(character, left)
  }
  return true
}

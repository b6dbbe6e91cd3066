import { describe, expect, test } from 'vitest'
import { composeAccents, restoreLigatures, rightBrackets, signsOf } from '../../../../../server/extract/pdf/characters.ts'
import type { Glyph, Style } from '../../../../../server/extract/pdf/glyphs.ts'

const STYLE: Style = { bold: false, italic: false, mono: false, font: 1, turn: 0 }

function glyph(text: string, x0: number, more: Partial<Glyph> = {}): Glyph {
  return {
    text, x0, x1: x0 + 5, y0: 90, y1: 102, base: 100, size: 10, style: STYLE, spaced: false,
    rtl: /[\p{Script=Hebrew}\p{Script=Arabic}]/u.test(text), word: /[\p{L}\p{N}]/u.test(text), hyphen: false, hidden: null, ...more,
  }
}

const spell = (glyphs: Glyph[]) => glyphs.map(({ spaced, text }) => (spaced ? ' ' : '') + text).join('')

describe('accents that are drawn as characters of their own', () => {
  test.each<[string, Glyph[], string]>([
    ['before the letter', [glyph('D', 0), glyph('u', 5), glyph('ˇ', 10.2, { x1: 13.5 }), glyph('s', 10), glyph('e', 15)], 'Duše'],
    ['after the letter', [glyph('e', 0), glyph('´', 0.5, { x1: 4 }), glyph('t', 5)], 'ét'],
    ['raised over a capital', [glyph('`', 0.5, { x1: 4, base: 97 }), glyph('A', 0)], 'À'],
    ['at the line’s end', [glyph('s', 0), glyph('a', 5), glyph('b', 10), glyph('c', 15), glyph('d', 20), glyph('ˇ', 0.2, { x1: 3 })], 'šabcd'],
    ['over a dotless letter', [glyph('¨', 0.2, { x1: 4 }), glyph('ı', 0)], 'ï'],
    ['under the letter', [glyph('¸', 0.5, { x1: 4 }), glyph('c', 0)], 'ç'],
  ])('%s', (_, glyphs, text) => {
    const composed = composeAccents(glyphs)
    expect(spell(composed.glyphs)).toBe(text)
    expect(composed.accents).toBe(1)
  })

  test.each<[string, Glyph[]]>([
    ['beside it', [glyph('a', 0), glyph('ˇ', 5), glyph('b', 10)]],
    ['on another line', [glyph('a', 0), glyph('ˇ', 0.2, { base: 112 })]],
    ['over a letter that does not take it', [glyph('ˇ', 0.2), glyph('x', 0)]],
  ])('stay as they are %s', (_, glyphs) => {
    expect(composeAccents(glyphs)).toEqual({ glyphs, accents: 0 })
  })

  test('keep the space before their letter', () => {
    expect(spell(composeAccents([glyph('a', 0), glyph('´', 10.5, { x1: 14, spaced: true }), glyph('e', 10)]).glyphs)).toBe('a é')
  })
})

test('a right-to-left ligature gets its characters back in the order of reading', () => {
  const glyphs = [glyph('ب', 20), glyph('ا', 10, { spaced: true }), glyph('ل', 10), glyph('س', 5)]
  restoreLigatures(glyphs)
  expect(spell(glyphs)).toBe('ب لاس')
})

test('letters in the same place that read from left to right keep their order', () => {
  const glyphs = [glyph('f', 0), glyph('i', 0)]
  restoreLigatures(glyphs)
  expect(spell(glyphs)).toBe('fi')
})

describe('brackets in right-to-left lines', () => {
  test.each([[')ב( )4(', '(ב) (4)'], ['(ב)', '(ב)'], ['ב)', 'ב)'], [')ב( (4)', ')ב( (4)']])('%s', (before, after) => {
    const glyphs = [...before.replaceAll(' ', '')].map((text, index) => glyph(text, index * 5))
    rightBrackets(glyphs)
    expect(spell(glyphs)).toBe(after.replaceAll(' ', ''))
  })
})

test('fonts of signs are known by their names', () => {
  expect(signsOf('ABCDEF+CMEX10')?.P).toBe('∑')
  expect(signsOf('CMSY7')?.h).toBe('⟨')
  expect(signsOf('CMSY7')?.A).toBeUndefined()
  expect(signsOf('ABCDEF+CMR10')).toBeNull()
})

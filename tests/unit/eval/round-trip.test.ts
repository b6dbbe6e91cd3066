import { describe, expect, test } from 'vitest'
import { openForReading, readGlyphs } from '../../../eval/support/read-back.ts'
import { isReadable, plain, readUnder, sameCharacters, similarity } from '../../../eval/support/round-trip.ts'
import { sampler } from '../../../eval/support/sampler.ts'
import { makePdf } from '../server/extract/support/pdf.ts'

async function glyphsOf(content: string, rotate = 0) {
  const pdf = await openForReading(makePdf([{ content, rotate }]))
  const glyphs = await readGlyphs(await pdf.getPage(1), { undrawn: false })
  await pdf.loadingTask.destroy()
  return glyphs
}

describe('reading back with pdf.js', () => {
  test('finds each character’s place, with spacing, scaling and rise', async () => {
    const glyphs = await glyphsOf('BT /F3 10 Tf 100 700 Td (ab) Tj 5 Tc (cd) Tj 0 Tc 200 Tz (e) Tj 100 Tz 4 Ts (f) Tj ET')
    // Courier: six points a letter.
    expect(glyphs.map(({ text, x }) => [text, Math.round(x)])).toEqual([['a', 103], ['b', 109], ['c', 115], ['d', 126], ['e', 140], ['f', 149]])
    expect(glyphs[0]!.y).toBeCloseTo(792 - 700 - 2.2)
    expect(glyphs[5]!.y).toBeCloseTo(792 - 704 - 2.2)
  })

  test('follows the page’s rotation and the state of the graphics', async () => {
    const [first, second] = await glyphsOf('q 2 0 0 2 0 0 cm BT /F3 10 Tf 50 350 Td [(a) -600 (b)] TJ ET Q BT /F3 10 Tf 3 Tr (c) Tj ET', 90)
    expect([first!.x, first!.y].map(Math.round)).toEqual([704, 106])
    expect(second!.y - first!.y).toBeCloseTo(24)
  })
})

test('a box holds the characters whose middle it holds, each once', () => {
  const glyph = (text: string, x: number) => ({ text, x, y: 10, size: 10 })
  const glyphs = [glyph('c', 25), glyph('a', 5), glyph('a', 5.5), glyph('b', 15), glyph('d', 35)]
  expect(readUnder(glyphs, [[0, 5, 28, 15]])).toEqual(['abc', 'cab', 'cba', 'caab'])
})

test('texts are compared without what layout changes', () => {
  expect(plain('The “syncopa-\nted” ﬁnger\u00AD— 1899')).toBe(plain('The "syncopated" finger– 1899'))
  expect(plain('A | B | | C', 'table_row')).toBe('ABC')
  expect(plain('Du\u02C7sek, Lo\u00A8\u0131c, s\u02C7')).toBe(plain('Dušek, Loïc, š'))
  expect(plain('a b')).not.toBe(plain('a c'))
})

test('likeness, readability and bags of characters', () => {
  expect(similarity('ragtime', 'ragtime')).toBe(1)
  expect(similarity('ragtime', 'ragtimes')).toBeGreaterThan(0.8)
  expect(similarity('ragtime', 'another')).toBeLessThan(0.2)
  const glyphs = [...'raga'].map(text => ({ text, x: 0, y: 0, size: 1 }))
  expect([isReadable('gara', glyphs), isReadable('ragg', glyphs)]).toEqual([true, false])
  expect([sameCharacters('(אב)', ')בא('), sameCharacters('אב', 'אג')]).toEqual([true, false])
})

test('samples are the same for the same seed and keep their order', () => {
  const items = Array.from({ length: 100 }, (_, index) => index)
  const sample = sampler(1)(items, 10)
  expect(sample).toEqual(sampler(1)(items, 10))
  expect(sample).toHaveLength(10)
  expect(sample).toEqual(sample.toSorted((a, b) => a - b))
  expect(sampler(2)(items, 10)).not.toEqual(sample)
  expect(sampler(1)(items, 100)).toEqual(items)
})

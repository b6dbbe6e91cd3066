import { describe, expect, test } from 'vitest'
import { scannedText } from '../../../../../server/extract/ocr/scan.ts'
import type { RecognisedLine } from '../../../../../server/extract/ocr/types.ts'

const PAGE = { width: 600, height: 800 }

/** A line of words of 100 pixels with gaps of 20, with its baseline at `y`. */
function line(text: string, y = 100, { confidence = 90, height = 30, paragraph = 1 } = {}): RecognisedLine {
  const words = text.split(' ').map((word, index) => ({ text: word, confidence, x0: 120 * index, x1: 120 * index + 100, y0: y - 25, y1: y }))
  return { words, baseline: { x0: 0, y0: y, x1: words.at(-1)!.x1, y1: y }, height, paragraph }
}

describe('scannedText', () => {
  test('shares a word’s width among its characters, in points', () => {
    const { glyphs } = scannedText([line('Maple Leaf')], PAGE, 0.5, ['eng'])!
    expect(glyphs.map(({ text, x0, x1, spaced }) => [text, x0, x1, spaced]).slice(4, 7)).toEqual([['e', 40, 50, false], ['L', 60, 72.5, true], ['e', 72.5, 85, false]])
    expect(glyphs.every(({ y0, y1, base }) => y0 === 37.5 && y1 === 50 && base === 50)).toBe(true)
  })

  test('leaves out words that are more likely none, and counts them', () => {
    const lines = [line('Maple Leaf'), line('|~ ,;', 200, { confidence: 12 })]
    expect(scannedText(lines, PAGE, 1, ['eng'])).toMatchObject({ scan: { ocr: { confidence: 90, languages: ['eng'] }, unsure: 2, unread: null } })
  })

  test.each<[string, RecognisedLine[]]>([
    ['nothing', []], ['two letters', [line('ab')]], ['words that are guesses', [line('Maple Leaf Rag', 100, { confidence: 40 })]],
  ])('makes no text of %s', (_, lines) => {
    expect(scannedText(lines, PAGE, 1, ['eng'])).toBeNull()
  })

  test('gives lines of about one height one size, and a title its own', () => {
    const lines = [line('A Title', 50, { height: 60, paragraph: 1 }), line('Some words here', 100, { height: 30, paragraph: 2 }), line('and more words', 140, { height: 33, paragraph: 3 })]
    const sizes = new Set(scannedText(lines, PAGE, 0.3, ['eng'])!.glyphs.map(({ size }) => size))
    expect([...sizes]).toEqual([20, 11])
  })

  test.each([[1, { x0: 90, y0: 0, x1: 90, y1: 400 }], [2, { x0: 400, y0: 100, x1: 0, y1: 100 }], [3, { x0: 90, y0: 400, x1: 90, y1: 0 }]])('reads lines that are turned by %i quarters in their own direction', (turn, baseline) => {
    const sideways = { ...line('Maple Leaf Rag'), baseline }
    expect(scannedText([sideways, line('ab')], PAGE, 1, ['eng'])).toMatchObject({ turn, turned: 2 })
  })

  test('right-to-left words begin on the right, and their page is mirrored', () => {
    const { mirrored, glyphs } = scannedText([line('שלום עולם שלום')], PAGE, 1, ['heb'])!
    expect(mirrored).toBe(true)
    // Mirrored, so the first character is the leftmost.
    expect(glyphs[0]!.x0).toBeLessThan(glyphs[1]!.x0)
  })
})

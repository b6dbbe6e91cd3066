import type { Glyph, Style } from './glyphs.ts'

/** In type sizes: how far a character of a column may stand beside the one above it, and how far below. */
const ASIDE = 0.2
const STEP: [least: number, most: number] = [0.4, 1.7]
const MOSTLY = 0.7
/** In type sizes, from the middle of a character to the line it is taken to stand on. */
const TO_BASE = 0.35
/** As the text of a line, a column has no gaps between its characters. */
const MAX_ADVANCE = 1.2

/**
 * Turns the characters of an upright text object that run down the page, as in Japanese, into a line that reads downwards: then
 * columns follow each other from right to left like the lines of a page that is turned. `width` is the page's.
 */
export function layDown(run: { glyphs: Glyph[], style: Style }, width: number): void {
  const { glyphs, style } = run
  if (style.turn !== 0 || !runsDown(glyphs)) return
  style.turn = 1
  for (const glyph of glyphs) {
    const { x0, y0, x1, y1 } = glyph
    Object.assign(glyph, { x0: y0, x1: y1, y0: width - x1, y1: width - x0, base: width - (x0 + x1) / 2 + TO_BASE * glyph.size })
  }
  for (const [index, glyph] of glyphs.entries()) {
    const next = glyphs[index + 1]
    if (next) glyph.x1 = Math.max(glyph.x1, Math.min(next.x0, glyph.x0 + MAX_ADVANCE * glyph.size))
  }
}

function runsDown(glyphs: Glyph[]): boolean {
  if (glyphs.length < 2) return false
  let steps = 0
  for (const [index, glyph] of glyphs.entries()) {
    const before = glyphs[index - 1]
    if (!before) continue
    const down = (glyph.base - before.base) / glyph.size
    const beside = Math.abs(glyph.x0 + glyph.x1 - before.x0 - before.x1) / 2 / glyph.size
    if (beside < ASIDE && down > STEP[0] && down < STEP[1]) steps++
  }
  return steps >= MOSTLY * (glyphs.length - 1)
}

import type { Glyph } from './glyphs.ts'

/** Accents as characters of their own and as marks on the letter before. */
export const MARKS: Record<string, string> = {
  '\u00B4': '\u0301', '\u02CA': '\u0301', '`': '\u0300', '\u02CB': '\u0300', '\u02C6': '\u0302', '^': '\u0302', '\u02DC': '\u0303', '~': '\u0303', '\u00A8': '\u0308',
  '\u02C7': '\u030C', '\u02D8': '\u0306', '\u02D9': '\u0307', '\u02DA': '\u030A', '\u02DD': '\u030B', '\u00B8': '\u0327', '\u02DB': '\u0328', '\u00AF': '\u0304',
}
/** TeX sets accents on letters without their dot. */
const DOTLESS: Record<string, string> = { 'ı': 'i', 'ȷ': 'j' }
/**
 * What TeX's fonts of signs show under codes that the engine takes for letters, because it does not know the names of the
 * signs: The TeXbook, appendix F. In the extension font small and large forms stand next to each other; in the symbol font
 * the capitals are letters and nothing below is.
 */
const SIGN_FONTS: [font: RegExp, signs: Record<string, string>][] = [
  [/(?:^|\+)cmex\d/i, {
    'P': '∑', 'X': '∑', 'Q': '∏', 'Y': '∏', 'R': '∫', 'Z': '∫', 'S': '⋃', '[': '⋃', 'T': '⋂', '\\': '⋂', 'U': '⨄', ']': '⨄', 'V': '⋀', '^': '⋀', 'W': '⋁', '_': '⋁',
    'F': '⨆', 'G': '⨆', 'H': '∮', 'I': '∮', 'J': '⨀', 'K': '⨀', 'L': '⨁', 'M': '⨁', 'N': '⨂', 'O': '⨂', '`': '∐', 'a': '∐', 'p': '√', 'q': '√', 'r': '√', 's': '√', 't': '√',
  }],
  [/(?:^|\+)cmb?sy\d/i, {
    'a': '⊣', 'b': '⌊', 'c': '⌋', 'd': '⌈', 'e': '⌉', 'f': '{', 'g': '}', 'h': '⟨', 'i': '⟩', 'j': '|', 'k': '‖', 'l': '↕', 'm': '⇕', 'n': '\\', 'o': '≀', 'p': '√',
    'q': '⨿', 'r': '∇', 's': '∫', 't': '⊔', 'u': '⊓', 'v': '⊑', 'w': '⊒', 'x': '§', 'y': '†', 'z': '‡',
  }],
]

/** In type sizes: an accent stands over the middle of its letter, at the letter's height or raised for a capital. */
const CENTRED = 0.3
const RAISED = 0.35
const NEAR = 3

/** The signs of a font of this name by the letters that the engine takes them for; null for other fonts. */
export function signsOf(font: string): Record<string, string> | null {
  return SIGN_FONTS.find(([name]) => name.test(font))?.[1] ?? null
}

/**
 * Puts accents that the file draws as characters of their own onto the letters they stand over. Returns the characters that are
 * left and how many accents there were.
 */
export function composeAccents(glyphs: Glyph[]): { glyphs: Glyph[], accents: number } {
  const gone = new Set<Glyph>()
  for (const [index, accent] of glyphs.entries()) {
    const mark = MARKS[accent.text]
    if (mark === undefined) continue
    // Most stand beside their letter in the file; some engines' order puts them at the line's end.
    const near = glyphs.slice(Math.max(0, index - NEAR), index + NEAR + 1)
    const letter = near.find(glyph => carries(glyph, accent)) ?? glyphs.find(glyph => carries(glyph, accent))
    const composed = letter && ((DOTLESS[letter.text] ?? letter.text) + mark).normalize('NFC')
    if (!composed || composed.length > letter.text.length) continue
    letter.text = composed
    if (accent.spaced && glyphs[index + 1] === letter) letter.spaced = true
    gone.add(accent)
  }
  return gone.size === 0 ? { glyphs, accents: 0 } : { glyphs: glyphs.filter(glyph => !gone.has(glyph)), accents: gone.size }
}

function carries(letter: Glyph, accent: Glyph): boolean {
  return letter.word && letter !== accent && letter.style.turn === accent.style.turn
    && Math.abs((letter.x0 + letter.x1) - (accent.x0 + accent.x1)) < 2 * CENTRED * letter.size
    && Math.min(letter.x1, accent.x1) - Math.max(letter.x0, accent.x0) > 0.5 * Math.min(accent.x1 - accent.x0, letter.x1 - letter.x0)
    && Math.abs(letter.base - accent.base) < RAISED * letter.size && Math.abs(letter.size - accent.size) < 0.2 * letter.size
}

/**
 * One drawn letter may stand for several characters, such as an Arabic ligature. The engine turns right-to-left text round
 * character by character, these too; here they get their order back.
 */
export function restoreLigatures(glyphs: Glyph[]): void {
  for (let from = 0; from < glyphs.length; from++) {
    const first = glyphs[from]!
    let end = from + 1
    while (end < glyphs.length && isSameLetter(first, glyphs[end]!)) end++
    if (end - from > 1 && glyphs.slice(from, end).some(glyph => glyph.rtl)) {
      const { spaced } = first
      first.spaced = false
      const turned = glyphs.slice(from, end).reverse()
      turned[0]!.spaced = spaced
      glyphs.splice(from, end - from, ...turned)
    }
    from = end - 1
  }
}

function isSameLetter(a: Glyph, b: Glyph): boolean {
  return a.style === b.style && a.x0 === b.x0 && a.x1 === b.x1 && a.base === b.base && !b.spaced
}

const MIRRORED: Record<string, string> = { '(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{' }
const OPENING = /[([{]/

/**
 * The engine mirrors brackets in right-to-left text, which is right for files that name them by their look and wrong for
 * those that name them by their meaning. A line whose brackets close before they open is of the second kind.
 */
export function rightBrackets(glyphs: Glyph[]): void {
  const brackets = glyphs.filter(glyph => MIRRORED[glyph.text] !== undefined)
  if (brackets.length < 2 || brackets.length % 2 > 0) return
  const closesFirst = brackets.every((glyph, index) => OPENING.test(glyph.text) === (index % 2 > 0))
  if (closesFirst) for (const glyph of brackets) glyph.text = MIRRORED[glyph.text]!
}

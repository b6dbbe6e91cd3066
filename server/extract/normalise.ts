/**
 * The one normal form of document text, shared by all formats.
 *
 * NFC, plain spaces, no control, zero-width, bidi or tag characters (they hide text from the reader and break quotes),
 * no soft hyphens, no lone surrogates, Latin ligatures spelled out.
 */
export interface Mapped {
  text: string
  /** For each UTF-16 unit of `text` the index in the source that it came from. Ascending. */
  map: Uint32Array
}

/** Text that is already in normal form but for runs of spaces: the common case, and the fast one. */
 
const PLAIN = /^[\n\x20-\x7E\xA1-\xAC\xAE-\u02FF\u0370-\u0373\u0391-\u03A9\u03B1-\u03C9\u0410-\u044F\u2010-\u2027\u2030-\u205E]*$/
/** A starter with the marks and Hangul jamo that may compose with it: NFC never reaches across two of these. */
const CLUSTER = /[\s\S](?:[\p{M}\u1160-\u11FF])*/gu
const SPACE = /[\t\v\f\r \u0085\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000\u2028\u2029]/
// eslint-disable-next-line no-control-regex
const DROPPED = /[\x00-\x08\x0B-\x1F\x7F-\x9F\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\uFDD0-\uFDEF\u{E0000}-\u{E007F}\p{Noncharacter_Code_Point}]/u
const LIGATURES: Record<string, string> = {
  '\uFB00': 'ff', '\uFB01': 'fi', '\uFB02': 'fl', '\uFB03': 'ffi', '\uFB04': 'ffl', '\uFB05': 'st', '\uFB06': 'st',
  // Bullets of the Symbol and Wingdings fonts, which have no Unicode of their own.
  '\uF0B7': '•', '\uF0A7': '•', '\uF0D8': '•', '\uF0FC': '✓',
}

/**
 * Normal form of one run of text: white space, line ends included, becomes single spaces; trimmed.
 * `keepLines` keeps `\n` (code, and text whose lines are looked at later) and then also the spaces at a line's start.
 */
export function normalise(source: string, options: { keepLines?: boolean } = {}): string {
  let text = source
  if (options.keepLines) {
    text = text.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n').replace(/\t/g, '    ')
    if (!PLAIN.test(text)) text = normaliseMapped(text, true).text
    return text.replace(/ +$/gm, '').replace(/^\n+|\n+$/g, '')
  }
  text = text.replace(/\s+/g, ' ')
  if (!PLAIN.test(text)) text = normaliseMapped(text).text.replace(/ {2,}/g, ' ')
  return text.trim()
}

/**
 * Normal form with a way back to the source, for text whose characters have boxes. Spaces are collapsed unless `keepLines`;
 * nothing is trimmed.
 */
export function normaliseMapped(source: string, keepLines = false): Mapped {
  const out: string[] = []
  const map: number[] = []
  let spaced = false
  for (const match of source.matchAll(CLUSTER)) {
    const index = match.index
    let piece = match[0]
    const first = String.fromCodePoint(piece.codePointAt(0)!)
    if (first === '\n' && keepLines) {
      piece = '\n'
      spaced = false
    }
    else if (SPACE.test(first) || first === '\n') {
      if (spaced && !keepLines) continue
      piece = ' '
      spaced = true
    }
    else {
      piece = LIGATURES[first] ? LIGATURES[first] + piece.slice(first.length) : piece
      if (!piece.isWellFormed()) piece = piece.toWellFormed()
      piece = [...piece.normalize('NFC')].filter(character => !DROPPED.test(character)).join('')
      if (!piece) continue
      spaced = false
    }
    out.push(piece)
    for (let unit = 0; unit < piece.length; unit++) map.push(index)
  }
  const text = out.join('')
  const composed = text.normalize('NFC')
  if (composed === text) return { text, map: Uint32Array.from(map) }
  // Dropping a character between two others can bring a base and its mark together; positions then shift by a unit or two.
  return { text: composed, map: Uint32Array.from({ length: composed.length }, (_, unit) => map[Math.min(unit, map.length - 1)]!) }
}

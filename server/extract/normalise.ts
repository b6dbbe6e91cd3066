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
const MAX_MARKS = 30
const MARK = /\p{M}/u
/** More marks on one letter than normal form leaves there: see `withoutPiles`. */
export const MARK_PILE = new RegExp(`\\p{M}{${MAX_MARKS + 1}}`, 'u')
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
  if (PLAIN.test(source) && !/ {2}|\n/.test(source)) return { text: source, map: identity(source.length) }
  const kept = withoutPiles(keep(source, keepLines))
  if (kept.text.normalize('NFC') === kept.text) return { text: kept.text, map: Uint32Array.from(kept.map) }
  // Some marks become two.
  const { text, map } = withoutPiles(compose(kept.text, kept.map))
  return { text, map: Uint32Array.from(map) }
}

/** How many ligatures the normal form of a text spells out, and how many characters it leaves out. */
export function mendsOf(source: string): { ligatures: number, dropped: number } {
  const mends = { ligatures: 0, dropped: 0 }
  if (PLAIN.test(source)) return mends
  for (const character of source) {
    if (character >= '\uFB00' && character <= '\uFB05') mends.ligatures++
    else if (character !== '\n' && !SPACE.test(character) && DROPPED.test(character)) mends.dropped++
  }
  return mends
}

/** Drops and replaces characters one by one. */
function keep(source: string, keepLines: boolean): { text: string, map: number[] } {
  let text = ''
  const map: number[] = []
  let index = 0
  for (const character of source) {
    let piece: string
    if (character === '\n' && keepLines) piece = '\n'
    else if (character === '\n' || SPACE.test(character)) piece = !keepLines && text.endsWith(' ') ? '' : ' '
    else if (DROPPED.test(character)) piece = ''
    else piece = LIGATURES[character] ?? (character.isWellFormed() ? character : '\uFFFD')
    text += piece
    for (let unit = 0; unit < piece.length; unit++) map.push(index)
    index += character.length
  }
  return { text, map }
}

/**
 * Without the marks that follow MAX_MARKS others on one letter. No script has as many, and putting them into the order of
 * NFC takes quadratic time: 400,000 took fifteen seconds. (UAX #15, section 13: the Stream-Safe Text Format.)
 */
function withoutPiles(kept: { text: string, map: number[] }): { text: string, map: number[] } {
  if (!MARK_PILE.test(kept.text)) return kept
  let text = ''
  const map: number[] = []
  let marks = 0
  let index = 0
  for (const character of kept.text) {
    marks = MARK.test(character) ? marks + 1 : 0
    if (marks <= MAX_MARKS) {
      text += character
      for (let unit = 0; unit < character.length; unit++) map.push(kept.map[index + unit]!)
    }
    index += character.length
  }
  return { text, map }
}

/** NFC, cluster by cluster, so that each unit keeps its way back. */
function compose(text: string, map: number[]): { text: string, map: number[] } {
  let out = ''
  const places: number[] = []
  for (const match of text.matchAll(CLUSTER)) {
    const cluster = match[0].normalize('NFC')
    out += cluster
    for (let unit = 0; unit < cluster.length; unit++) places.push(map[match.index + Math.min(unit, match[0].length - 1)]!)
  }
  const composed = out.normalize('NFC')
  // The few characters that compose over the borders of clusters shift what follows by a unit.
  return { text: composed, map: Array.from({ length: composed.length }, (_, unit) => places[Math.min(unit, places.length - 1)]!) }
}

function identity(length: number): Uint32Array {
  const map = new Uint32Array(length)
  for (let unit = 0; unit < length; unit++) map[unit] = unit
  return map
}

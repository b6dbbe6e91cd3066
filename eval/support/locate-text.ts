import type { Range } from './metrics.ts'

/** Letters and digits alone, small, each with the place it had in the text. */
interface Folded { text: string, places: number[] }

/** What of a text neither its markup nor its typography changes. */
function fold(text: string): Folded {
  let folded = ''
  const places: number[] = []
  let position = 0
  for (const character of text) {
    const kept = character.normalize('NFKD').toLowerCase().replace(/[^\p{L}\p{N}]/gu, '')
    folded += kept
    for (let index = 0; index < kept.length; index++) places.push(position)
    position += character.length
  }
  return { text: folded, places }
}

/** To a reader of Markdown these are HTML, and no text. */
const TAG = /<\/?[a-z][^<>\n]{0,60}>/gi

/**
 * Finds passages of a source, such as a Markdown file, in the canonical text that was read from it: by letters and digits
 * alone, for markup, white space and typography differ. Of several places the one wins that stands as far into the text
 * as the passage did in its source.
 *
 * @returns a function from a passage and its place in the source (0 to 1) to its range in `canonical`; null when it is not there
 */
export function createLocator(canonical: string): (passage: string, place: number) => Range | null {
  const { text, places } = fold(canonical)
  return (passage, place) => {
    const wanted = [passage, passage.replace(TAG, ' ')].map(form => fold(form).text).find(form => form !== '' && text.includes(form))
    if (wanted === undefined) return null
    const expected = place * text.length
    let best = -1
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
      if (best < 0 || Math.abs(at - expected) < Math.abs(best - expected)) best = at
    }
    if (best < 0) return null
    const last = places[best + wanted.length - 1]!
    return [places[best]!, last + (canonical.codePointAt(last)! > 0xFFFF ? 2 : 1)]
  }
}

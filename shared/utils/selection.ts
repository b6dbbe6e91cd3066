import type { TextRange } from './document-layout.ts'

/** What is drawn differs from the text in its white space, and in the bars between cells, which are not drawn. */
const UNSEEN = /[\s|\u00AD]/

/**
 * Finds what somebody has selected on a page in the canonical text.
 *
 * @param page text and where it begins in the canonical text
 * @param selected as the browser gives it
 * @param before what stands on the page before the selection, as drawn: tells equal places apart
 * @returns the range without white space at its ends, or null where the text does not hold it
 */
export function findSelected(page: { start: number, text: string }, selected: string, before: string): TextRange | null {
  const places: number[] = []
  let seen = ''
  for (let index = 0; index < page.text.length; index++) {
    const char = page.text[index]!
    if (UNSEEN.test(char)) continue
    seen += char
    places.push(index)
  }
  const wanted = withoutUnseen(selected)
  if (wanted === '') return null
  const expected = withoutUnseen(before).length
  let best = -1
  for (let at = seen.indexOf(wanted); at >= 0; at = seen.indexOf(wanted, at + 1)) {
    if (best < 0 || Math.abs(at - expected) < Math.abs(best - expected)) best = at
  }
  if (best < 0) return null
  return { start: page.start + places[best]!, end: page.start + places[best + wanted.length - 1]! + 1 }
}

function withoutUnseen(text: string): string {
  return [...text].filter(char => !UNSEEN.test(char)).join('')
}

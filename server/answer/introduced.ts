import type { RetrievedChunk } from '../retrieval/types.ts'
import type { Piece } from './sentences.ts'

/** “There are three of them:”, in words; a line of code or a label that ends so introduces nothing to read. */
const INTRODUCES = /^(?:[^\p{L}]{0,3}\p{Lu}|[^\p{L}]{0,3}\p{Lo}).*[\p{L}\p{N}"”’')\]]\s?[:：]$/su
const ITEM = /^\s*(?:[-–—*•·▪◦‣]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s/i
/** What is longer is nothing to quote whole. */
const MAX_CHARS = 1_000

/**
 * The place of the last sentence that belongs to the one at `index`: itself, unless it announces something. One that ends in a colon is quoted
 * with what it introduces: the lines below it up to an empty one, further ones that are marked as items, or the first sentence of a
 * paragraph. One that has no word which the question has not, such as the same question in a list of them, or the title of a paragraph at
 * its beginning, is quoted with the sentence after it. Null where that is not there, because the result ends, or is too long: an
 * introduction to nothing is none.
 *
 * @param repeats whether a sentence only repeats the question
 */
export function introduced(result: RetrievedChunk, pieces: Piece[], index: number, repeats: (text: string) => boolean): number | null {
  const intro = pieces[index]!
  const last = INTRODUCES.test(intro.text) ? lastLine(result, pieces, index) : repeats(intro.text) ? index + 1 : index
  return last >= pieces.length || pieces[last]!.end - intro.start > MAX_CHARS ? null : last
}

function lastLine(result: RetrievedChunk, pieces: Piece[], index: number): number {
  const gap = (place: number) => result.text.slice(pieces[place - 1]!.end - result.start, pieces[place]!.start - result.start)
  const isItem = (place: number) => ITEM.test(pieces[place]!.text)
  const first = index + 1
  if (first >= pieces.length) return first
  let end = first + 1
  while (end < pieces.length && (isItem(end) || !/\n\s*\n/.test(gap(end)))) end++
  // Sentences of a paragraph seldom begin on a line of their own, also where its lines are broken.
  const lines = Array.from({ length: end - first - 1 }, (_, place) => gap(first + 1 + place)).filter(between => between.includes('\n')).length
  return isItem(first) || lines * 2 >= end - first - 1 ? end - 1 : first
}

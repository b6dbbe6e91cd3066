import type { RetrievedChunk } from '../retrieval/types.ts'
import type { Candidate, Piece } from './sentences.ts'

/** “There are three of them:”, in words; a line of code or a label that ends so introduces nothing to read. */
const INTRODUCES = /^(?:[^\p{L}]{0,3}\p{Lu}|[^\p{L}]{0,3}\p{Lo}).*[\p{L}\p{N}"”’')\]]\s?[:：]$/su
const BETWEEN_CELLS = /\s\|\s/
/** No line begins in the middle of a sentence. */
const ENDS_LINES = /^(?![^]*\n\s*\p{Ll})/u
const ITEM = /^\s*(?:[-–—*•·▪◦‣]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s/i
/** “Task substance: Tasks should …”: an item whose mark is its name. */
const LABELLED = /^\p{Lu}[^.:!?\n]{2,60}:\s/u
/** What is longer is nothing to quote whole. */
const MAX_CHARS = 1_000

/** Whether a sentence is there for what follows it. */
export function introduces(text: string): boolean {
  return INTRODUCES.test(text)
}

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
  const last = introduces(intro.text) ? lastLine(result, pieces, index) : repeats(intro.text) ? index + 1 : index
  return last >= pieces.length || pieces[last]!.end - intro.start > MAX_CHARS ? null : last
}

function lastLine(result: RetrievedChunk, pieces: Piece[], index: number): number {
  const gap = (place: number) => result.text.slice(pieces[place - 1]!.end - result.start, pieces[place]!.start - result.start)
  const first = index + 1
  if (first >= pieces.length) return first
  const kind = [ITEM, LABELLED].find(form => form.test(pieces[first]!.text))
  let end = first + 1
  while (end < pieces.length && (kind?.test(pieces[end]!.text) || !/\n\s*\n/.test(gap(end)))) end++
  // Sentences of a paragraph seldom begin on a line of their own, also where its lines are broken.
  const lines = Array.from({ length: end - first - 1 }, (_, place) => gap(first + 1 + place)).filter(between => between.includes('\n')).length
  return kind || lines * 2 >= end - first - 1 ? end - 1 : first
}

/** Whether a text opens as an item of a list does, with a mark or a number. */
export function isMarkedItem(text: string): boolean {
  return ITEM.test(text)
}

/** An item of a list as all of it, one line each; any other sentence, or an item of a list that is too long, as it is. */
export function withList(candidate: Candidate): Candidate {
  const { chunk, start, end, header } = candidate
  const [from, to] = [start - chunk.start, end - chunk.start]
  const before = chunk.text.slice(0, from)
  const after = chunk.text.slice(to)
  const isLine = /(?:^|\n)[^\S\n]*$/.test(before) && /^[^\S\n]*(?:\n|$)/.test(after)
  const first = before.length - (/(?:^|\n\s*\n)((?:(?!\n\s*\n)[^])*)$/.exec(before)?.[1]!.length ?? 0)
  const last = to + (/\n\s*\n/.exec(after)?.index ?? after.length)
  const list = chunk.text.slice(first, last).trim()
  const lines = list.split('\n')
  // A paragraph with broken lines is none: its lines do not end where its sentences do.
  const isList = isLine && header === null && lines.length > 1 && list.length <= MAX_CHARS && chunk.sentences.filter(([s]) => s >= chunk.start + first && s < chunk.start + last).length >= lines.length
    && !lines.some(line => BETWEEN_CELLS.test(line)) && ENDS_LINES.test(list)
  if (!isList) return candidate
  const at = chunk.start + chunk.text.indexOf(list, first)
  return { ...candidate, start: at, end: at + list.length, text: list, lead: null, isList: true }
}

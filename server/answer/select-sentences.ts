import { isMarkedItem } from './introduced.ts'
import type { RankedSentence } from './rank-sentences.ts'
import type { Candidate } from './sentences.ts'

export const MAX_SENTENCES = 5
/** Sentences are quoted until it is this probable that the answer is among them: one where it is clear, five where it is not. */
const SURE = 0.98
/**
 * One less likely than this is not worth reading. A quote with the answer / quotes an answer, refused questions included: with 0.015 XQuAD
 * 95.7 % / 2.5, chunking 87.7 % / 4.0, samples 90.7 % / 3.2; with 0.03 95.7 % / 2.2, 87.3 % / 3.5, 88.4 % / 2.6. A tenth of the best
 * one's probability instead 93.5 % / 1.7, 86.6 % / 2.9, 81.4 % / 2.0.
 */
const WORTH_QUOTING = 0.03
/** A sentence that stands beside a chosen one is easier to read than one from elsewhere. */
const BESIDE = 2
/** Two sentences this alike say the same. */
const SAME = 0.8

/** One to five sentences, best first, none of which says what another one says. */
export function selectSentences(ranked: RankedSentence[]): RankedSentence[] {
  const chosen: RankedSentence[] = []
  let rest = [...ranked]
  let sure = 0
  while (rest.length > 0 && chosen.length < MAX_SENTENCES) {
    const worth = (sentence: RankedSentence) => sentence.probability * (chosen.some(other => isBeside(sentence, other)) ? BESIDE : 1)
    const next = rest.reduce((best, sentence) => worth(sentence) > worth(best) ? sentence : best)
    if (chosen.length > 0 && (sure >= SURE || worth(next) < WORTH_QUOTING)) break
    rest = rest.filter(sentence => sentence !== next)
    sure += next.probability
    if (!chosen.some(other => contains(other.candidate, next.candidate) || likeness(next, other) >= SAME)) chosen.push(next)
  }
  return chosen
}

function isBeside({ candidate: a }: RankedSentence, { candidate: b }: RankedSentence): boolean {
  return a.rank === b.rank && (b.index === a.last + 1 || a.index === b.last + 1)
}

/** The chosen ones and what follows the best directly, in its paragraph, where there is room; another item is another matter. */
export function withNext(chosen: Candidate[], candidates: Candidate[]): Candidate[] {
  const best = chosen[0]
  const next = best && candidates.find(candidate => candidate.rank === best.rank && candidate.index === best.last + 1)
  return next && chosen.length < MAX_SENTENCES && !chosen.includes(next) && isSameParagraph(best, next) && !isMarkedItem(next.text) ? [...chosen, next] : chosen
}

function isSameParagraph(a: Candidate, b: Candidate): boolean {
  return !/\n\s*\n/.test(a.chunk.text.slice(a.end - a.chunk.start, b.start - a.chunk.start))
}

/** Whether one lies in the other's range, as an item in its list. */
function contains(a: Candidate, b: Candidate): boolean {
  return a.chunk.documentId === b.chunk.documentId && a.start <= b.start && b.end <= a.end
}

/**
 * By document and passage: the one with the best sentence first, and in it the best sentence, with what follows it
 * directly; the others of a document in the order of its text. Ranges that overlap, as a list and its items, become one.
 */
export function inReadingOrder(chosen: Candidate[]): Candidate[][] {
  const byDocument = Map.groupBy(chosen, candidate => candidate.chunk.documentId)
  return [...byDocument.values()].map((candidates) => {
    const [best, ...others] = withoutOverlap(candidates)
    const rest = others.toSorted((a, b) => a.start - b.start)
    const run = [best!]
    for (const next of rest) if (follows(run.at(-1)!, next)) run.push(next)
    return [...run, ...rest.filter(candidate => !run.includes(candidate))]
  })
}

/** Each range stands where the better of its parts stood. */
function withoutOverlap(candidates: Candidate[]): Candidate[] {
  const apart: Candidate[] = []
  for (const candidate of candidates) {
    const place = apart.findIndex(other => other.start < candidate.end && candidate.start < other.end)
    if (place < 0) apart.push(candidate)
    // What it grew to may reach others.
    else return withoutOverlap([...apart.with(place, union(apart[place]!, candidate)), ...candidates.slice(candidates.indexOf(candidate) + 1)])
  }
  return apart
}

function union(a: Candidate, b: Candidate): Candidate {
  const [first, other] = a.start <= b.start ? [a, b] : [b, a]
  if (other.end <= first.end) return first
  const { chunk, start } = first
  const text = chunk.text.slice(start - chunk.start, other.end - chunk.start)
  // Results may hold the same passage, each as far as its own text goes.
  return start + text.length === other.end ? { ...first, end: other.end, last: other.last, text } : first
}

/** Whether nothing but white space lies between the two. */
export function follows(before: Candidate, sentence: Candidate): boolean {
  return sentence.start >= before.end && sentence.start - before.end <= 2
}

/** Share of the words of both that they have in common, 0 to 1. */
function likeness(a: RankedSentence, b: RankedSentence): number {
  const [one, other] = [a.candidate.topic.words, b.candidate.topic.words]
  const shared = [...one].filter(word => other.has(word)).length
  return shared / (one.size + other.size - shared || 1)
}

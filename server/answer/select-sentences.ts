import type { RankedSentence } from './rank-sentences.ts'
import type { Candidate } from './sentences.ts'

export const MAX_SENTENCES = 5
/**
 * Sentences are quoted until it is this probable that the answer is among them: one where it is clear, five where it is not.
 * XQuAD, a sentence with the answer cited / sentences an answer: 0.93 92.6 % / 2.0, 0.97 94.1 % / 2.4, 0.98 94.5 % / 2.7.
 */
const SURE = 0.98
/** One less likely than this is not worth reading. */
const WORTH_QUOTING = 0.015
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
    if (!chosen.some(other => likeness(next, other) >= SAME)) chosen.push(next)
  }
  return chosen
}

function isBeside({ candidate: a }: RankedSentence, { candidate: b }: RankedSentence): boolean {
  return a.rank === b.rank && Math.abs(a.index - b.index) === 1
}

/**
 * By document and passage: the one with the best sentence first, and in it the best sentence, with what follows it
 * directly; the others of a document in the order of its text.
 */
export function inReadingOrder(chosen: RankedSentence[]): Candidate[][] {
  const byDocument = Map.groupBy(chosen.map(({ candidate }) => candidate), candidate => candidate.chunk.documentId)
  return [...byDocument.values()].map(([best, ...others]) => {
    const rest = others.toSorted((a, b) => a.start - b.start)
    const run = [best!]
    for (const next of rest) if (follows(run.at(-1)!, next)) run.push(next)
    return [...run, ...rest.filter(candidate => !run.includes(candidate))]
  })
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

import { answerTypeOf, holdsAnswerType } from './answer-type.ts'
import { blemish } from './blemish.ts'
import type { Candidate } from './sentences.ts'
import { askedWords, coverage } from './topic.ts'

/** What speaks for a sentence as an answer, each from 0 to 1. */
export interface SentenceFeatures {
  /** The retrieval's score of its chunk, divided by the best chunk's. */
  chunk: number
  /** Share of the question's words that it holds, rare ones counting more. */
  words: number
  /** The same for the words that are no names. */
  plain: number
  /** What the sentence before it adds to the words. */
  before: number
  /** Whether it holds the kind of thing that is asked for. */
  type: number
  /** Speaks against it: 1 for a line that only points to other works, less for a caption or a piece of a sentence. */
  blemish: number
}

/** The features of each candidate, in the same order. */
export function sentenceFeatures(question: string, candidates: Candidate[]): SentenceFeatures[] {
  const asked = askedWords(question, candidates.map(({ topic }) => topic))
  const plain = asked.filter(({ named }) => !named)
  const type = answerTypeOf(question)
  const best = Math.max(...candidates.map(candidate => candidate.chunk.score), Number.MIN_VALUE)
  return candidates.map((candidate) => {
    const { before, header } = candidate
    // A row is shown below the names of its cells, so it says them as well.
    const topic = header && before ? candidate.topic.with(before.topic) : candidate.topic
    const words = coverage(asked, topic)
    return {
      chunk: Math.max(0, candidate.chunk.score) / best,
      words,
      plain: coverage(plain, topic, words),
      before: before ? coverage(asked, topic.with(before.topic)) - words : 0,
      type: type ? holdsAnswerType(type, candidate.text, question) : 0,
      blemish: blemish(candidate.text, candidate.headings, question),
    }
  })
}

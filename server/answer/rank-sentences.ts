import type { Embedder } from '../embed/types.ts'
import { answerTypeOf, holdsAnswerType } from './answer-type.ts'
import { quotability } from './quotability.ts'
import type { Candidate } from './sentences.ts'
import { topicWords } from './terms.ts'

/** Weights of what speaks for a sentence; `node eval/xquad.ts` prints what they give. */
const WEIGHTS = { chunk: 0.35, words: 0.45, neighbour: 0.25, type: 0.12, meaning: 0.6 }
/** A sentence that opens like this, or speaks of something by a pronoun alone, speaks of what stands before it. */
const REFERS_BACK = /^["'“‘(]*(?:These|Those|That|Such|There|In addition|Also|However)\b|\b(?:he|him|his|she|her|hers|it|its|they|them|their|this)\b/i

export interface RankLimits {
  /** Sentences embedded per answer, some 5 ms each on two cores. XQuAD: 96.0 % with 6, 96.3 % with 8, 10, 16 and 24. */
  embeddings: number
  /** Past this the words alone decide: an ingestion that has all cores must not hold up an answer. */
  embeddingMs: number
}

/**
 * Scores each candidate against the question and sorts them, best first: the retrieval's score of its chunk, the
 * question's words (rare ones more), what the sentence before it says when it refers back, the kind of answer asked
 * for, and for the most promising ones the meaning by embedding. Lines that only point to other works count less.
 */
export async function rankSentences(
  question: string, candidates: Candidate[], embedder: Embedder | null, limits: RankLimits, signal: AbortSignal,
): Promise<Candidate[]> {
  const asked = topicWords(question)
  const weightOf = inverseFrequencies(asked, candidates)
  const total = asked.reduce((sum, word) => sum + weightOf(word), 0) || 1
  const share = (words: Set<string>) => asked.reduce((sum, word) => sum + (words.has(word) ? weightOf(word) : 0), 0) / total
  const best = Math.max(...candidates.map(candidate => candidate.chunk.score), Number.MIN_VALUE)
  const type = answerTypeOf(question)
  const quotable = ({ text, chunk }: Candidate) => quotability(text, chunk.headingPath, question)

  for (const [position, candidate] of candidates.entries()) {
    const own = share(candidate.words)
    const before = candidates[position - 1]
    const follows = before?.rank === candidate.rank && before.index === candidate.index - 1
    const context = new Set([...candidate.words, ...topicWords(`${candidate.chunk.title} ${candidate.chunk.headingPath.join(' ')}`)])
    if (follows) for (const word of before.words) context.add(word)
    const inherited = (share(context) - own) * (follows && REFERS_BACK.test(candidate.text) ? 1 : 0.5)
    candidate.score = quotable(candidate) * (WEIGHTS.chunk * Math.max(0, candidate.chunk.score) / best
      + WEIGHTS.words * own
      + WEIGHTS.neighbour * inherited
      + (type ? WEIGHTS.type * holdsAnswerType(type, candidate.text, question) : 0))
  }
  const sorted = candidates.toSorted(byScore)
  if (!embedder) return sorted
  const promising = sorted.slice(0, limits.embeddings)
  const vectors = await embedInTime(embedder, [question, ...promising.map(candidate => candidate.text)], limits.embeddingMs, signal)
  if (!vectors) return sorted
  for (const [index, candidate] of promising.entries()) {
    candidate.vector = vectors[index + 1]!
    candidate.score += quotable(candidate) * WEIGHTS.meaning * dot(vectors[0]!, candidate.vector)
  }
  return promising.toSorted(byScore)
}

/** Cosine of unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function byScore(a: Candidate, b: Candidate): number {
  return b.score - a.score || a.rank - b.rank || a.start - b.start
}

function inverseFrequencies(words: string[], candidates: Candidate[]): (word: string) => number {
  const weights = new Map(words.map((word) => {
    const containing = candidates.filter(candidate => candidate.words.has(word)).length
    return [word, Math.log(1 + candidates.length / (1 + containing))]
  }))
  return word => weights.get(word) ?? 0
}

/**
 * Null when it takes too long or fails: the search has worked, so there is an answer without. The sentences go as
 * `query` too, because a person is waiting for them.
 */
async function embedInTime(embedder: Embedder, texts: string[], ms: number, signal: AbortSignal): Promise<Float32Array[] | null> {
  const deadline = AbortSignal.timeout(ms)
  const ended = new Promise<null>(resolve => deadline.addEventListener('abort', () => resolve(null), { once: true }))
  const vectors = embedder.embed(texts, 'query', AbortSignal.any([signal, deadline])).catch(() => null)
  return Promise.race([vectors, ended])
}

import type { Embedder } from '../embed/types.ts'
import { sentenceFeatures, type SentenceFeatures } from './sentence-features.ts'
import type { Candidate } from './sentences.ts'

interface Weights extends SentenceFeatures { meaning: number }

/**
 * How much each feature says: a conditional logit over the sentences of a question, fitted on one half of XQuAD's
 * development paragraphs and checked on the other. First sentence with the answer / one of the first three / of the
 * first five, in % of 598 questions:
 *
 * | | 1 | 3 | 5 |
 * |---|---|---|---|
 * | words alone | 79.1 | 91.8 | 95.3 |
 * | with the sentence's embedding | 82.1 | 94.8 | 97.5 |
 *
 * More features (length, place in the chunk, proximity of words, names apart, pronouns) changed nothing beyond noise.
 */
const BY_WORDS: Weights = { chunk: 4, words: 6.5, plain: 1, before: 1.1, type: 1, blemish: -2.5, meaning: 0 }
const BY_MEANING: Weights = { chunk: 3.6, words: 4.4, plain: 1.6, before: 1.4, type: 1.1, blemish: -2.5, meaning: 5.3 }

export interface RankLimits {
  /** Sentences embedded per answer, some 5 ms each on two cores. */
  embeddings: number
  /** Past this the words alone decide: an ingestion that has all cores must not hold up an answer. */
  embeddingMs: number
}

/** A sentence with what speaks for it. */
export interface RankedSentence {
  candidate: Candidate
  features: SentenceFeatures
  /** Cosine of question and sentence; null where words alone decide. */
  similarity: number | null
  vector: Float32Array | null
  /** Probability that this is the sentence to quote, among those that were found; all together give 1. */
  probability: number
}

/**
 * Scores each candidate against the question and sorts them, best first. The most promising ones by their words are
 * embedded, and only these are then ranked.
 */
export async function rankSentences(
  question: string, candidates: Candidate[], embedder: Embedder | null, limits: RankLimits, signal: AbortSignal,
): Promise<RankedSentence[]> {
  const features = sentenceFeatures(question, candidates)
  const unranked = candidates.map((candidate, index): RankedSentence => ({ candidate, features: features[index]!, similarity: null, vector: null, probability: 0 }))
  const byWords = rank(unranked, BY_WORDS)
  if (!embedder) return byWords
  const promising = byWords.slice(0, limits.embeddings)
  const vectors = await embedInTime(embedder, [question, ...promising.map(({ candidate }) => candidate.text)], limits.embeddingMs, signal)
  if (!vectors) return byWords
  const asked = vectors[0]!
  return rank(promising.map((sentence, index) => ({ ...sentence, vector: vectors[index + 1]!, similarity: dot(asked, vectors[index + 1]!) })), BY_MEANING)
}

/** Cosine of unit vectors. */
export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Best first, with probabilities (softmax of the weighted features). */
function rank(sentences: RankedSentence[], weights: Weights): RankedSentence[] {
  const scores = sentences.map(({ features, similarity }) => weights.meaning * (similarity ?? 0)
    + weights.chunk * features.chunk + weights.words * features.words + weights.plain * features.plain
    + weights.before * features.before + weights.type * features.type + weights.blemish * features.blemish)
  const best = Math.max(...scores)
  const shares = scores.map(score => Math.exp(score - best))
  const total = shares.reduce((sum, share) => sum + share, 0)
  return sentences.map((sentence, index) => ({ ...sentence, probability: shares[index]! / total }))
    .sort((a, b) => b.probability - a.probability || a.candidate.rank - b.candidate.rank || a.candidate.start - b.candidate.start)
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

import type { Embedder } from '../embed/types.ts'
import { sentenceFeatures, type SentenceFeatures } from './sentence-features.ts'
import { sentenceMeanings, type SentenceMeaning } from './sentence-meaning.ts'
import type { Candidate } from './sentences.ts'

type Weights = SentenceFeatures & SentenceMeaning

/**
 * How much each feature says: a conditional logit over the sentences of a question, fitted on one half of XQuAD's
 * development paragraphs and checked on the other. First sentence with the answer / one of the first three / of the
 * first five, in % of 598 questions:
 *
 * | | 1 | 3 | 5 |
 * |---|---|---|---|
 * | words alone | 79.1 | 91.8 | 95.3 |
 * | and the similarity of the sentence | 82.1 | 94.8 | 97.5 |
 * | and late interaction with the sentence alone | 82.9 | 95.5 | 98.2 |
 * | and with the sentence after the one before it | 83.8 | 95.5 | 97.8 |
 *
 * More features (length, place in the chunk, proximity of words, names apart, pronouns) changed nothing beyond noise.
 */
const BY_WORDS: Weights = { chunk: 4, words: 6.5, plain: 1, before: 1.1, type: 1, blemish: -2.5, similarity: 0, interaction: 0, inContext: 0 }
const BY_SIMILARITY: Weights = { ...BY_WORDS, chunk: 3.6, words: 4.4, plain: 1.6, before: 1.4, type: 1.1, similarity: 5.3 }
const BY_INTERACTION: Weights = { ...BY_WORDS, chunk: 3.8, words: 1.2, plain: 1.9, before: 0.7, type: 1, interaction: 4.4, inContext: 8.5 }

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
  /** Null where words alone decide. */
  meaning: SentenceMeaning | null
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
  const unranked = candidates.map((candidate, index): RankedSentence => ({ candidate, features: features[index]!, meaning: null, probability: 0 }))
  const byWords = rank(unranked, BY_WORDS)
  if (!embedder) return byWords
  const promising = byWords.slice(0, limits.embeddings)
  const meanings = await inTime(ended => sentenceMeanings(question, promising.map(({ candidate }) => candidate), embedder, ended), limits.embeddingMs, signal)
  if (!meanings) return byWords
  return rank(promising.map((sentence, index) => ({ ...sentence, meaning: meanings[index]! })), embedder.tokens ? BY_INTERACTION : BY_SIMILARITY)
}

/** Best first, with probabilities (softmax of the weighted features). */
function rank(sentences: RankedSentence[], weights: Weights): RankedSentence[] {
  const scores = sentences.map(({ features, meaning }) => Object.entries({ ...features, ...meaning })
    .reduce((sum, [name, value]) => sum + weights[name as keyof Weights] * value, 0))
  const best = Math.max(...scores)
  const shares = scores.map(score => Math.exp(score - best))
  const total = shares.reduce((sum, share) => sum + share, 0)
  return sentences.map((sentence, index) => ({ ...sentence, probability: shares[index]! / total }))
    .sort((a, b) => b.probability - a.probability || a.candidate.rank - b.candidate.rank || a.candidate.start - b.candidate.start)
}

/** Null when it takes too long or fails: the search has worked, so there is an answer without. */
async function inTime<T>(work: (signal: AbortSignal) => Promise<T>, ms: number, signal: AbortSignal): Promise<T | null> {
  const deadline = AbortSignal.timeout(ms)
  const ended = new Promise<null>(resolve => deadline.addEventListener('abort', () => resolve(null), { once: true }))
  const done = work(AbortSignal.any([signal, deadline])).catch(() => null)
  return Promise.race([done, ended])
}

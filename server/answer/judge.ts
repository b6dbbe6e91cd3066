import { ANSWERABILITY_WORDS, type Answerability } from '../../shared/schemas/answerability.ts'
import type { Embedder } from '../embed/types.ts'
import type { SearchOutcome } from '../retrieval/types.ts'
import { judgeAnswerability } from './answerability.ts'
import { rankSentences, type RankedSentence, type RankLimits } from './rank-sentences.ts'
import { candidateSentences, type Candidate } from './sentences.ts'

const LIMITS: RankLimits = { embeddings: 8, embeddingMs: 500 }

/**
 * Of the threshold, for a model that reads the passages. It says by itself when they answer nothing, so a question that is
 * passed on for nothing costs a call, and one that is turned away costs an answer, which for code, whose lines are no sentences,
 * happened too often. Answerable questions that are turned away, and others that are, in % (XQuAD, chunking corpora, code):
 *
 * | | turned away, answerable | turned away, without the answer |
 * |---|---|---|
 * | by the search's evidence alone, as before | 1.5, 3.6, 4.6 | 54.7, 99.6, 19.8 |
 * | the threshold | 2.3, 4.0, 8.4 | 71.2, 99.3, 29.0 |
 * | half of it | 0.8, 1.4, 3.8 | 51.2, 96.4, 15.3 |
 *
 * Measured before a chunk that defines what is asked for counted (answerability.ts); with it the threshold turns away 4.6 and
 * 21.4 of the questions about code.
 */
const MODEL_SHARE = 0.5

export interface JudgedSearch {
  /** What may be quoted, as it was read. */
  candidates: Candidate[]
  /** The same, best first. */
  ranked: RankedSentence[]
  /** Null where the passages have no sentence to judge by, such as lists of names. */
  answerability: Answerability | null
}

/**
 * Whether what was found answers the question, and the sentences that say so. Every answer begins with this one judgement,
 * whoever writes it.
 *
 * @param query as it was searched for
 * @param outcome of a search that worked
 */
export async function judgeSearch(
  query: string, outcome: SearchOutcome, embedder: Embedder | null, signal: AbortSignal, limits: Partial<RankLimits> = {},
): Promise<JudgedSearch> {
  const candidates = candidateSentences(query, outcome.results)
  if (candidates.length === 0) return { candidates, ranked: [], answerability: null }
  const ranked = await rankSentences(query, candidates, embedder, { ...LIMITS, ...limits }, signal)
  return { candidates, ranked, answerability: judgeAnswerability(query, outcome, ranked) }
}

/** The same judgement for a model that reads the passages: it is asked where the documents come less close. Never stricter. */
export function judgedForModel(judged: Answerability): Answerability {
  const threshold = MODEL_SHARE * judged.threshold
  if (judged.verdict !== 'none' || judged.score < threshold) return { ...judged, threshold }
  return { ...judged, threshold, verdict: 'close', words: ANSWERABILITY_WORDS.close }
}

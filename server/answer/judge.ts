import type { Answerability } from '../../shared/schemas/answerability.ts'
import type { Embedder } from '../embed/types.ts'
import type { SearchOutcome } from '../retrieval/types.ts'
import { judgeAnswerability } from './answerability.ts'
import { rankSentences, type RankedSentence, type RankLimits } from './rank-sentences.ts'
import { candidateSentences } from './sentences.ts'

const LIMITS: RankLimits = { embeddings: 8, embeddingMs: 500 }

export interface JudgedSearch {
  /** What may be quoted, best first. */
  ranked: RankedSentence[]
  /** Null where the passages have no sentence to judge by, such as lists of names. */
  answerability: Answerability | null
}

/**
 * Whether what was found answers the question, and the sentences that say so. Every answer begins with this one judgement,
 * whoever writes it: a question is not answered with a key and refused without, or the other way round.
 *
 * @param query as it was searched for
 * @param outcome of a search that worked
 */
export async function judgeSearch(
  query: string, outcome: SearchOutcome, embedder: Embedder | null, signal: AbortSignal, limits: Partial<RankLimits> = {},
): Promise<JudgedSearch> {
  const candidates = candidateSentences(outcome.results)
  if (candidates.length === 0) return { ranked: [], answerability: null }
  const ranked = await rankSentences(query, candidates, embedder, { ...LIMITS, ...limits }, signal)
  return { ranked, answerability: judgeAnswerability(query, outcome, ranked) }
}

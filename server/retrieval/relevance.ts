import type { Evidence } from './types.ts'

/**
 * From this much evidence on a question counts as answerable from what was found.
 *
 * Measured on 1,005 development questions before there was a rerank: with the answer there 98.3 % (XQuAD), 96.4 % (chunking) and 92.4 %
 * (code) count as answerable, 97.0 % in all; put to the two corpora about other subjects 2.0, 1.8 and 0.0 % do. Where
 * only the answering paragraph is taken out and others of the same article stay, 47 % do (XQuAD): such a question is on
 * the subject, and whether a sentence answers it is for the answerer to say.
 */
const HYBRID_THRESHOLD = 0.365
/** Words alone decide less well: 5 % of the answerable questions turned away, 7 % of the others let through (area .982). */
const KEYWORD_THRESHOLD = 0.38
/** What the share of matched words counts against the cosine's 1; anything from 0.4 to 0.8 separates as well. */
const COVERAGE_WEIGHT = 0.5

/** One chunk's evidence; null similarity where it has no vector: in keyword mode, or while it waits for its embedding. */
export function weighEvidence(similarity: number | null, coverage: number): Evidence {
  const score = similarity === null ? coverage : (similarity + COVERAGE_WEIGHT * coverage) / (1 + COVERAGE_WEIGHT)
  return { similarity, coverage, score }
}

/** Evidence in a measure that can be compared with and without a vector; from 1 on it counts as answerable. */
export function strength({ similarity, score }: Evidence): number {
  return score / (similarity === null ? KEYWORD_THRESHOLD : HYBRID_THRESHOLD)
}

/**
 * Weight of a word that `matches` of `chunks` contain: the rarer the more it says (BM25's, which is never negative).
 * Words that are nowhere weigh most.
 */
export function termWeight(matches: number, chunks: number): number {
  return Math.log(1 + (chunks - matches + 0.5) / (matches + 0.5))
}

import type { StageScore } from '../../shared/schemas/search.ts'

import type { RetrievalOptions } from './types.ts'

export interface ScoredChunk { chunkKey: number, score: number }
export interface FusedChunk {
  chunkKey: number
  /** 0 to 1; 1 means best in both lists. */
  score: number
  /** Share of what the question names of a program that it defines; absent where no candidate defines any of it. */
  defines?: number
  stages: { vector?: StageScore, text?: StageScore, fusion: StageScore, rerank?: StageScore, cross?: StageScore }
}

/**
 * Mixes two lists of the same candidates by their scores, each divided by the list's best. A candidate without a full-text
 * score shares no word with the query and gets nothing for its words. One without a similarity has no vector, as while it
 * waits for its embedding: its words decide alone, as they do for all in keyword mode. Sorted best first, ties by key, so
 * that equal searches give equal answers.
 *
 * The share of the vector score, measured on the development questions, R@1 / R@5 in %, every candidate with both scores:
 *
 * | | code | XQuAD | chunking corpora |
 * |---|---|---|---|
 * | full text alone | 60.3 / 87.8 | 93.1 / 98.5 | 72.1 / 95.7 |
 * | vectors alone | 45.8 / 67.9 | 89.1 / 98.3 | 58.7 / 89.1 |
 * | 0.3 | 63.4 / 86.3 | 94.3 / 99.0 | 72.5 / 96.0 |
 * | 0.4 | 64.9 / 85.5 | 94.5 / 99.3 | 72.1 / 96.4 |
 * | 0.5 | 62.6 / 87.0 | 94.8 / 99.3 | 71.7 / 96.7 |
 * | 0.6 | 61.8 / 84.0 | 94.5 / 99.5 | 71.7 / 96.0 |
 *
 * With the candidates reranked (0.6, which is meaning as well) and definitions put forward, code Pass@5 / nDCG@10, XQuAD R@1 /
 * nDCG@10, characters@5 of the chunking corpora, and sentence / page among 5 of the papers:
 *
 * | | code | XQuAD | chunking corpora | papers |
 * |---|---|---|---|---|
 * | 0.3 | 87.7 / 78.4 | 96.8 / 98.4 | 96.1 | 60.0 / 80.0 |
 * | 0.35 | 86.9 / 78.9 | 97.3 / 98.6 | 96.8 | 62.5 / 82.5 |
 * | 0.4 | 86.9 / 78.8 | 97.5 / 98.7 | 97.1 | 62.5 / 82.5 |
 * | 0.45 | 86.9 / 78.7 | 97.3 / 98.7 | 97.1 | 62.5 / 82.5 |
 * | 0.5 | 86.9 / 78.3 | 97.5 / 98.7 | 97.1 | 60.0 / 80.0 |
 *
 * Differences of a point or two are noise. Reciprocal ranks were worse in each set: they throw away how far the best is ahead,
 * which is what BM25 is good at. Scores stretched from the least or the median candidate to the best, or in standard
 * deviations, gave the same at their best share. So did shares that follow the question, less for one with identifiers, or
 * the lists, more for the one whose best is further ahead: with the candidates reranked they moved nothing by a point.
 *
 * @param vector similarities of every candidate that has a vector
 */
export function fuse(vector: ScoredChunk[], text: ScoredChunk[], options: Pick<RetrievalOptions, 'vectorWeight'>): FusedChunk[] {
  const vectorWeight = text.length === 0 ? 1 : options.vectorWeight
  const fused = new Map<number, FusedChunk>()
  for (const [stage, list] of [['vector', vector], ['text', text]] as const) {
    const ranked = list.toSorted((a, b) => b.score - a.score || a.chunkKey - b.chunkKey)
    const best = ranked[0]?.score ?? 0
    for (const [index, { chunkKey, score }] of ranked.entries()) {
      const chunk = fused.get(chunkKey) ?? { chunkKey, score: 0, stages: { fusion: { rank: 0, score: 0 } } }
      fused.set(chunkKey, chunk)
      chunk.stages[stage] = { rank: index + 1, score }
      const weight = stage === 'vector' ? vectorWeight : chunk.stages.vector ? 1 - vectorWeight : 1
      // A negative cosine says as much as none.
      // Divided before it is weighed: a score as small as numbers get, halved first, would be rounded to more than its half.
      if (best > 0) chunk.score += weight * (Math.max(0, score) / best)
    }
  }
  const ranked = [...fused.values()].sort((a, b) => b.score - a.score || a.chunkKey - b.chunkKey)
  for (const [index, chunk] of ranked.entries()) chunk.stages.fusion = { rank: index + 1, score: chunk.score }
  return ranked
}

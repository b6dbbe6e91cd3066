import { mixDefinition } from './definitions.ts'
import type { FusedChunk } from './fusion.ts'
import type { RetrievalOptions } from './types.ts'

/** A candidate as a reranker reads it. */
export interface RerankText {
  /** Stands for exactly this text. */
  id: string
  text: string
}

/** Judges the best candidates once more, with more care than could be spent on all chunks. */
export interface Reranker {
  /** Most candidates that this machine has the power for. */
  readonly limit: number
  /**
   * A score for each text, higher is better, on a scale of its own; equal calls give equal scores. Rejects when it cannot
   * tell or not in time: then the fused order stands.
   */
  score: (query: string, texts: RerankText[], signal?: AbortSignal) => Promise<number[]>
}

/**
 * How many of the fused candidates are worth a second look; none where their order is decided or switched off.
 *
 * Where the first is far ahead of the second, reranking changes nothing. With a gap of 0.2 it is left out for 64 % of the
 * development questions, and all of Pass@5, R@1 and characters@5 are as good as with 0.25 (58 %) and 0.4 (35 %); 0.15 leaves out 72 % and costs the
 * chunking corpora 0.2 of characters@5, 0.1 leaves out 80 % and costs 0.6 of them and 0.3 of R@1 of XQuAD.
 */
export function rerankCount(ranked: FusedChunk[], { rerank, rerankGap }: Pick<RetrievalOptions, 'rerank' | 'rerankGap'>): number {
  const [first, second] = ranked
  if (!first || !second || first.score - second.score > rerankGap) return 0
  return Math.min(rerank, ranked.length)
}

/**
 * Mixes a reranker's scores of the best candidates, stretched to 0 to 1 among themselves, with their fused scores. The
 * others keep their order after them. Weights of late interaction with the embedder's own token vectors, 16 candidates, with the
 * share that definitions have, development questions in %:
 *
 * | weight | code, Pass@5 / nDCG@10 | XQuAD, R@1 / nDCG@10 | chunking corpora, R@1 / characters@5 | papers, sentence / page among 5 |
 * |---|---|---|---|---|
 * | 0 | 84.8 / 76.8 | 94.8 / 97.6 | 72.5 / 94.1 | 52.5 / 70.0 |
 * | 0.3 | 86.1 / 77.1 | 97.2 / 98.6 | 75.7 / 96.9 | 52.5 / 70.0 |
 * | 0.4 | 86.9 / 78.0 | 97.3 / 98.6 | 76.1 / 97.1 | 55.0 / 70.0 |
 * | 0.5 | 86.9 / 78.0 | 97.3 / 98.6 | 76.8 / 97.1 | 57.5 / 72.5 |
 * | 0.6 | 86.9 / 78.1 | 97.5 / 98.7 | 77.5 / 97.1 | 60.0 / 75.0 |
 * | 0.7 | 86.9 / 78.4 | 97.3 / 98.7 | 77.5 / 97.1 | 60.0 / 75.0 |
 * | 0.8 | 86.9 / 77.8 | 97.2 / 98.6 | 78.3 / 97.0 | 62.5 / 77.5 |
 *
 * In each half of the questions 0.6 is as good as 0.4 or better, but for nDCG of code, 78.9 → 80.1 in one half and 77.2 → 76.2 in the
 * other. Before definitions had a share code lost by more than 0.3. With 0.6, 8 candidates give 97.5 (XQuAD, R@1), 96.9
 * (characters@5) and 50.0 (sentences of papers), 12 give 97.2, 97.3 and 55.0, 20 give 97.2, 97.1 and 57.5. Weighing tokens by the rarity of
 * their words, alone or on top, lost 7 points or more of the papers' sentences, by the spread of their similarities 1.4 of R@1 of the
 * chunking corpora.
 *
 * Two other second looks were no better and are not here: the similarity of the question and windows of 32 or 64 tokens, which
 * late interaction makes needless, and scores of neighbouring chunks added after fusion.
 *
 * @param scores of the first candidates, in their order
 */
export function mixRerank(ranked: FusedChunk[], scores: number[], { rerankWeight: weight, definitionWeight }: Pick<RetrievalOptions, 'rerankWeight' | 'definitionWeight'>): FusedChunk[] {
  const lowest = Math.min(...scores)
  const range = Math.max(...scores) - lowest
  const place = new Map(scores.map((score, index) => [index, score] as const).sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([index], rank) => [index, rank + 1]))
  return ranked.map((chunk, index): FusedChunk => {
    const score = scores[index]
    const fused = (1 - weight) * chunk.score
    if (score === undefined) return { ...chunk, score: fused }
    const stretched = range > 0 ? (score - lowest) / range : 1
    // What was fused has that share already.
    return { ...chunk, score: fused + weight * mixDefinition(stretched, chunk.defines, definitionWeight), stages: { ...chunk.stages, rerank: { rank: place.get(index)!, score } } }
  }).sort((a, b) => b.score - a.score || a.stages.fusion.rank - b.stages.fusion.rank)
}

import type { CrossEncoder } from '../embed/cross/index.ts'
import type { FusedChunk } from './fusion.ts'
import type { Reranker } from './rerank.ts'

/** Questions that are read with their candidates at a time; the others have late interaction. */
const MAX_QUESTIONS = 2

/** A cross-encoder behind the interface of the second look. */
export function createCrossReranker(encoder: Pick<CrossEncoder, 'score'>, limit: number): Reranker {
  let questions = 0
  return {
    limit,
    async score(query, texts, signal) {
      if (questions >= MAX_QUESTIONS) throw new Error(`${questions} questions are being reranked already`)
      questions++
      try {
        return await encoder.score(query, texts.map(({ text }) => text), signal)
      }
      finally {
        questions--
      }
    },
  }
}

/**
 * Mixes a cross-encoder's probabilities of the best candidates with their fused scores; the others keep their order after
 * them. Unlike the scores of late interaction (`mixRerank`) they are not stretched: a probability means the same for every
 * question, and where no candidate answers it their order should stay what it was. Between texts that all answer, whose
 * probabilities are next to 1, the fused scores decide.
 *
 * @param scores probabilities of the first candidates, in their order
 */
export function mixCross(ranked: FusedChunk[], scores: number[], weight: number): FusedChunk[] {
  const place = new Map(scores.map((score, index) => [index, score] as const).sort((a, b) => b[1] - a[1] || a[0] - b[0]).map(([index], rank) => [index, rank + 1]))
  return ranked.map((chunk, index): FusedChunk => {
    const score = scores[index]
    const fused = (1 - weight) * chunk.score
    if (score === undefined) return { ...chunk, score: fused }
    return { ...chunk, score: fused + weight * score, stages: { ...chunk.stages, cross: { rank: place.get(index)!, score } } }
  }).sort((a, b) => b.score - a.score || a.stages.fusion.rank - b.stages.fusion.rank)
}

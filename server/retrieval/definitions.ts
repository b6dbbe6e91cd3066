import type { Db } from '../db/connection.ts'
import { readChunkTexts } from '../db/search.ts'
import type { FusedChunk } from './fusion.ts'
import { codeNames, definitionOf } from './names.ts'
import type { RetrievalOptions } from './types.ts'

/**
 * Puts candidates forward that define what the question names of a program. Whoever asks about `parseBody` wants the place
 * where it is written, and a name is in many chunks as often: neither BM25 nor a vector tells its definition from a call. It
 * has a share of the score where any candidate is a definition; elsewhere, as with names of products in prose, nothing changes:
 * no passage of the development sets that are prose looks like one.
 *
 * Questions about code in %, each half of them, with late interaction at 0.6 (rerank.ts): the share, and the kinds of things
 * left out of the words that are searched for (forms.ts). The first two rows with a gap of 0.25.
 *
 * | share | kinds | Pass@5 | Pass@10 | right document first | nDCG@10, halves |
 * |---|---|---|---|---|---|
 * | 0 | searched for | 84.6 | 89.2 | 60.3 | 74.8 (79.9 / 69.8) |
 * | 0 | left out | 86.1 | 90.3 | 61.1 | 76.0 (79.7 / 72.3) |
 * | 0.15 | left out | 86.9 | 90.7 | 65.6 | 77.5 (80.1 / 74.9) |
 * | 0.2 | left out | 86.9 | 90.7 | 66.4 | 78.1 (80.1 / 76.2) |
 * | 0.25 | left out | 86.9 | 90.7 | 64.1 | 77.2 (78.9 / 75.6) |
 *
 * Tried for code and not here: names twice as heavy in BM25, other k1 and b, the names of a chunk in words after what late
 * interaction reads, BM25 over a chunk with its neighbours (all within two points of what there was); identifiers in words, or without
 * punctuation, in what is embedded (vectors alone Pass@5 68.7 → 69.1 and 63.4, fused no better) and in what late interaction reads; a
 * second vector of the names or the comments of a chunk (alone 73.5, fused no better); the question's vector moved
 * towards those of the best candidates (Pass@10 90.7 → 92.2, but R@1 of XQuAD 97.5 → 97.2), and its words with theirs; scores
 * smoothed over similar candidates (Pass@5 up to 3.8 lower).
 *
 * @returns best first, with the rank and the score of the fusion stage as they are now
 */
export function favourDefinitions(db: Db, question: string, ranked: FusedChunk[], { definitionWeight }: Pick<RetrievalOptions, 'definitionWeight'>): FusedChunk[] {
  const named = codeNames(question).names.map(name => ({ name, pattern: definitionOf(name) }))
  if (named.length === 0 || definitionWeight === 0) return ranked
  const texts = readChunkTexts(db, ranked.map(({ chunkKey }) => chunkKey))
  const shares = new Map(ranked.map(({ chunkKey }) => {
    const text = texts.get(chunkKey) ?? ''
    // Most texts lack the name, which is quick to see: 0.2 ms for 100 texts.
    return [chunkKey, named.filter(({ name, pattern }) => text.includes(name) && pattern.test(text)).length / named.length]
  }))
  if (![...shares.values()].some(share => share > 0)) return ranked
  return ranked
    .map((chunk): FusedChunk => ({ ...chunk, score: mixDefinition(chunk.score, shares.get(chunk.chunkKey)!, definitionWeight), defines: shares.get(chunk.chunkKey)! }))
    .sort((a, b) => b.score - a.score || a.chunkKey - b.chunkKey)
    .map((chunk, index) => ({ ...chunk, stages: { ...chunk.stages, fusion: { rank: index + 1, score: chunk.score } } }))
}

/** A score with the share for what is defined; as it is where that is not known. */
export function mixDefinition(score: number, defines: number | undefined, weight: number): number {
  return defines === undefined ? score : (1 - weight) * score + weight * defines
}

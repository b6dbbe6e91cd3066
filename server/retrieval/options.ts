import type { RetrievalOptions } from './types.ts'

/** How the product searches. Evaluations change one part at a time to show what it is worth. */
export const DEFAULT_OPTIONS: Readonly<RetrievalOptions> = {
  // With each of them scored by both, 30, 50 and 100 gave the same answers (within 0.3 points).
  candidates: 50,
  // See fusion.ts.
  vectorWeight: 0.4,
  // See definitions.ts.
  definitionWeight: 0.2,
  // See question-parts.ts.
  parts: true,
  // These three: see rerank.ts.
  rerank: 16,
  rerankWeight: 0.6,
  rerankGap: 0.2,
  // A chunk whose vectors are not at hand takes some 20 ms of one core of two: only a machine with more to do than it can gets
  // here, so equal searches stay equal. An evaluation on such a machine gives more.
  rerankMs: 1_000,
  // These two concern only who has set up a reranking model, and were chosen without one at hand. Such models are mostly used
  // by themselves; a fifth of the fused score is left for texts that they all but agree on.
  crossWeight: 0.8,
  crossMs: 2_000,
  // See spread.ts.
  documentShare: 0.67,
  // These two: see text-terms.ts.
  stems: true,
  grams: true,
}

/** All settings of a search: those that it names, and the defaults of the others. */
export function withDefaults(options: Partial<RetrievalOptions> = {}): RetrievalOptions {
  return { ...DEFAULT_OPTIONS, ...options }
}

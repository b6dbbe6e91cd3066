import type { RetrievalOptions } from './types.ts'

/** How the product searches. Evaluations change one part at a time to show what it is worth. */
export const DEFAULT_OPTIONS: Readonly<RetrievalOptions> = {
  // With each of them scored by both, 30, 50 and 100 gave the same answers (within 0.3 points).
  candidates: 50,
  // See fusion.ts.
  vectorWeight: 0.5,
  // These three: see rerank.ts.
  rerank: 20,
  rerankWeight: 0.4,
  rerankGap: 0.25,
  stems: true,
  grams: true,
  // See neighbours.ts.
  neighbourShare: 0.1,
}

/** All settings of a search: those that it names, and the defaults of the others. */
export function withDefaults(options: Partial<RetrievalOptions> = {}): RetrievalOptions {
  return { ...DEFAULT_OPTIONS, ...options }
}

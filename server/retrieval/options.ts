import type { RetrievalOptions } from './types.ts'

/** How the product searches. Evaluations change one part at a time to show what it is worth. */
export const DEFAULT_OPTIONS: Readonly<RetrievalOptions> = {
  stems: true,
  grams: true,
  phraseWeight: 0,
}

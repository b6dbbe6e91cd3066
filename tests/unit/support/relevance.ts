import { strength } from '../../../server/retrieval/relevance.ts'
import type { SearchOutcome } from '../../../server/retrieval/types.ts'

/** Whether the best of what was found is about the question, by the search's evidence alone. */
export function isRelevant({ results, evidence }: Pick<SearchOutcome, 'results' | 'evidence'>): boolean {
  return results.length > 0 && evidence ? strength(evidence) >= 1 : false
}

import type { Db } from '../db/connection.ts'
import { countMatches, findTerm, hasLanguage } from '../db/fulltext.ts'
import { queryForms, type Form, type QueryTerm } from './forms.ts'
import { termWeight } from './relevance.ts'
import type { RetrievalOptions } from './types.ts'

/**
 * A word that more chunks contain says little and costs much: at 100,000 chunks one in every second chunk takes 40 ms.
 * On small collections leaving such words out costs quality (codebase R@5 87.0 → 83.2), so both limits must be passed.
 */
const COMMON_SHARE = 0.05
const COMMON_CHUNKS = 2_000
/** The rarest of a long query; more only cost time. */
const MAX_SEARCHED_TERMS = 24

/** A term with what it says about chunks. */
export interface WeighedTerm extends QueryTerm {
  /** Chunks that have it in any form, counted a little further than where it is common. */
  matches: number
  /** {@link termWeight} */
  weight: number
  common: boolean
}

/** The terms of a query, each with how much it says in an index of `chunks`. */
export function weighTerms(db: Db, query: string, chunks: number, options: RetrievalOptions): WeighedTerm[] {
  const common = Math.max(COMMON_CHUNKS, Math.floor(chunks * COMMON_SHARE))
  return queryForms(query, language => hasLanguage(db, language), options).map(({ term, forms }) => {
    const matches = countMatches(db, forms, common + 1)
    return { term, forms, matches, weight: termWeight(matches, chunks), common: matches > common }
  })
}

/** Rarest first where there are too many; common words only where nothing else is left. */
export function searchedTerms(terms: WeighedTerm[]): WeighedTerm[] {
  const found = terms.filter(({ matches }) => matches > 0)
  const rare = found.filter(({ common }) => !common)
  const kept = new Set((rare.length > 0 ? rare : found).toSorted((a, b) => a.matches - b.matches).slice(0, MAX_SEARCHED_TERMS))
  return terms.filter(term => kept.has(term))
}

/** What the full text is asked for: each form once. */
export function formsOf(terms: WeighedTerm[]): Form[] {
  return [...new Map(terms.flatMap(({ forms }) => forms).map(form => [`${form.phrase}${form.prefix ? '*' : ''}`, form])).values()]
}

/** The share of the terms, by their weights, that each of the chunks has in any form; 0 to 1. Chunks without any are absent. */
export function coverage(db: Db, terms: WeighedTerm[], chunkKeys: number[]): Map<number, number> {
  const total = terms.reduce((sum, { weight }) => sum + weight, 0)
  const covered = new Map<number, number>()
  for (const { forms, matches, weight } of terms) {
    if (matches === 0) continue
    for (const key of findTerm(db, forms, chunkKeys)) covered.set(key, (covered.get(key) ?? 0) + weight / total)
  }
  return covered
}

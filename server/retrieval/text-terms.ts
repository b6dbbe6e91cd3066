import type { Db } from '../db/connection.ts'
import { findDense, findTerm, hasLanguage, listMatches } from '../db/fulltext.ts'
import { queryForms, type Form, type QueryTerm } from './forms.ts'
import { isDense } from './grams.ts'
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

/*
 * Stems and grams change nothing for an English library: the development questions give the same answers with and without
 * them, by full text alone (R@1 / Pass@5 in %) code 60.3 / 84.4, XQuAD 93.1 / 98.5. Of 22 questions to a library in nine
 * languages, in other forms of their words (the tests have them), so many have the right chunk first, and are answerable:
 *
 * | both | without stems | without grams | neither |
 * |---|---|---|---|
 * | 22, 22 | 17, 17 | 17, 14 | 12, 9 |
 *
 * Six words looked up and matched, medians on two busy cores: German at 10,000 chunks 5 + 6 ms (both off 1 + 1), Spanish at
 * 100,000 chunks 13 + 11 ms (4 + 5); an English library costs what it did.
 *
 * Tried and left out, since it does not help the search as a whole:
 * - Neighbouring words of the question as phrases, on top of the words (code, XQuAD): counting as much as a word 55.7 / 82.1 and
 *   92.8 / 98.5, a fifth of it 61.1 / 84.4 and 93.5 / 98.5; within ten words of each other 56.5 / 82.9, a fifth 58.8 / 83.7.
 * - A tenth of the better neighbour's score for a chunk: by full text alone code gets 61.1 / 85.6, after fusion with the vectors
 *   it falls from 62.6 / 83.7 to 61.8 / 82.1, and the chunking corpora from 94.7 to 94.4.
 */

/** A term with what it says about chunks. */
export interface WeighedTerm extends Omit<QueryTerm, 'parts'> {
  /** Keys of the chunks that have it in any of its forms; not all of them where it is common. */
  chunkKeys: number[]
  /** {@link termWeight} */
  weight: number
  common: boolean
}

/**
 * The terms of a query, each with how much it says in an index of `chunks`. Parts are looked for where a word's own forms
 * are in fewer chunks than become candidates: they add little to more, and a run of pairs of letters takes long to match.
 */
export function weighTerms(db: Db, query: string, chunks: number, options: RetrievalOptions): WeighedTerm[] {
  const limit = Math.max(COMMON_CHUNKS, Math.floor(chunks * COMMON_SHARE)) + 1
  return queryForms(query, language => hasLanguage(db, language), options).map(({ term, parts, ...own }) => {
    const found = listMatches(db, own.forms, limit)
    const isRare = parts.length > 0 && found.length < options.candidates
    const forms = isRare ? [...own.forms, ...parts] : own.forms
    const chunkKeys = isRare ? listMatches(db, forms, limit) : found
    return { term, forms, chunkKeys, weight: termWeight(chunkKeys.length, chunks), common: chunkKeys.length === limit }
  })
}

/** Rarest first where there are too many; common words only where nothing else is left. */
export function searchedTerms(terms: WeighedTerm[]): WeighedTerm[] {
  const found = terms.filter(({ chunkKeys }) => chunkKeys.length > 0)
  const rare = found.filter(({ common }) => !common)
  const kept = new Set((rare.length > 0 ? rare : found).toSorted((a, b) => a.chunkKeys.length - b.chunkKeys.length).slice(0, MAX_SEARCHED_TERMS))
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
  for (const term of terms) {
    const having = new Set(term.common ? findCommon(db, term, chunkKeys) : term.chunkKeys)
    for (const key of chunkKeys) if (having.has(key)) covered.set(key, (covered.get(key) ?? 0) + term.weight / total)
  }
  return covered
}

function findCommon(db: Db, { term, forms }: WeighedTerm, chunkKeys: number[]): number[] {
  return isDense(term) ? findDense(db, forms[0]!.phrase, chunkKeys) : findTerm(db, forms, chunkKeys)
}

import type { Db } from '../db/connection.ts'
import { formerIndex } from '../db/former-vectors.ts'
import { countMatches, findTerm, matchFullText, scoreFullText } from '../db/fulltext.ts'
import { eligibleDocuments, findChunks, type EligibleDocuments } from '../db/search.ts'
import { nearestChunks, similarities } from '../db/vectors.ts'
import { explainDocument } from './explain.ts'
import { fuse, type FusedChunk, type ScoredChunk } from './fusion.ts'
import { withDefaults } from './options.ts'
import { selectPassages } from './passages.ts'
import { strength, termWeight, weighEvidence } from './relevance.ts'
import { queryTerms } from './terms.ts'
import type { Evidence, SearchOutcome, SearchRequest } from './types.ts'

/** Evidence is looked for in this many of the best candidates. */
const EVIDENCE_CANDIDATES = 10
/**
 * A word that more chunks contain says little and costs much: at 100,000 chunks one in every second chunk takes 40 ms.
 * On small collections leaving such words out costs quality (codebase R@5 87.0 → 83.2), so both limits must be passed.
 */
const COMMON_SHARE = 0.05
const COMMON_CHUNKS = 2_000
/** The rarest of a long query; more only cost time. */
const MAX_SEARCHED_TERMS = 24

/** What the query was turned into; the vector is null in keyword mode. */
export interface EmbeddedQuery { embedding: Float32Array, embedderId: string }

/**
 * One search: vectors and full text side by side with the filters inside both, fusion, evidence, selection. It reads
 * one snapshot of the database, so a document that is being deleted is there whole or not at all.
 */
export function search(db: Db, request: SearchRequest, query: EmbeddedQuery | null): SearchOutcome {
  return db.transaction(() => searchSnapshot(db, request, query)).deferred()
}

/**
 * The same with the query as the index has it that serves at this moment. By words alone where that is a former
 * embedder's and the query lacks its vector.
 */
export function searchServing(db: Db, request: SearchRequest, queries: EmbeddedQuery[]): SearchOutcome {
  return db.transaction(() => {
    const former = formerIndex(db)
    const query = former ? queries.find(({ embedderId }) => embedderId === former.embedderId) : queries[0]
    return searchSnapshot(db, request, query ?? null)
  }).deferred()
}

function searchSnapshot(db: Db, request: SearchRequest, query: EmbeddedQuery | null): SearchOutcome {
  const timings: Record<string, number> = {}
  const timed = <T>(stage: string, work: () => T): T => {
    const start = performance.now()
    const result = work()
    timings[stage] = Math.round((performance.now() - start) * 100) / 100
    return result
  }
  const options = withDefaults(request.options)
  const eligible = timed('filter', () => eligibleDocuments(db, request.filters))
  const terms = timed('terms', () => weighTerms(db, queryTerms(request.query), eligible.allChunks))
  const searched = searchedTerms(terms)
  let text: ScoredChunk[] = timed('text', () => matchFullText(db, { terms: searched, k: options.candidates, eligible }))
  let vector: ScoredChunk[] = query ? timed('vector', () => vectorCandidates(db, query, eligible, options.candidates)) : []

  const ranked = timed('fusion', () => {
    if (query) {
      vector = vector.concat(similarities(db, { ...query, chunkKeys: missingFrom(vector, text) })
        .map(({ chunkKey, similarity }) => ({ chunkKey, score: similarity })))
      text = text.concat(scoreFullText(db, { terms: searched, chunkKeys: missingFrom(text, vector) }))
    }
    // Whoever still lacks a similarity has no vector of this model: it was read in keyword mode or with another one.
    return fuse(vector, text, options)
  })
  const evidence = timed('evidence', () => bestEvidence(db, ranked.slice(0, EVIDENCE_CANDIDATES), terms))
  const mode = query ? 'hybrid' : 'keyword'
  const { results, candidates } = timed('select', () => {
    const chunks = findChunks(db, ranked.map(({ chunkKey }) => chunkKey))
    return selectPassages(db, ranked.flatMap(fused => chunks.has(fused.chunkKey) ? [{ fused, chunk: chunks.get(fused.chunkKey)! }] : []), request)
  })
  const explained = request.explain === undefined
    ? undefined
    : timed('explain', () => explainDocument(db, request.explain!, { query, terms: searched, eligible, vector, text, candidates, options }))
  return {
    mode,
    results,
    evidence,
    scope: { documents: eligible.readyDocuments, documentsInFilter: eligible.documents },
    trace: { query: request.query, mode, filters: request.filters, terms: searched, evidence, timings, candidates, options },
    ...explained && { explained },
  }
}

interface WeighedTerm { term: string, matches: number, weight: number, common: boolean }

function weighTerms(db: Db, terms: string[], chunks: number): WeighedTerm[] {
  const common = Math.max(COMMON_CHUNKS, Math.floor(chunks * COMMON_SHARE))
  return terms.map((term) => {
    const matches = countMatches(db, term, common + 1)
    return { term, matches, weight: termWeight(matches, chunks), common: matches > common }
  })
}

/** Rarest first where there are too many; common words only where nothing else is left. */
function searchedTerms(terms: WeighedTerm[]): string[] {
  const found = terms.filter(({ matches }) => matches > 0)
  const rare = found.filter(({ common }) => !common)
  const kept = new Set((rare.length > 0 ? rare : found).toSorted((a, b) => a.matches - b.matches).slice(0, MAX_SEARCHED_TERMS))
  return terms.filter(term => kept.has(term)).map(({ term }) => term)
}

function vectorCandidates(db: Db, query: EmbeddedQuery, eligible: EligibleDocuments, k: number): ScoredChunk[] {
  return nearestChunks(db, { ...query, k, eligible }).map(({ chunkKey, similarity }) => ({ chunkKey, score: similarity }))
}

/** Keys of `other` that `list` lacks: each candidate is scored by both, or being unlucky in one list would count as zero. */
function missingFrom(list: ScoredChunk[], other: ScoredChunk[]): number[] {
  const there = new Set(list.map(({ chunkKey }) => chunkKey))
  return other.map(({ chunkKey }) => chunkKey).filter(key => !there.has(key))
}

function bestEvidence(db: Db, candidates: FusedChunk[], terms: WeighedTerm[]): Evidence | null {
  const keys = candidates.map(({ chunkKey }) => chunkKey)
  const total = terms.reduce((sum, { weight }) => sum + weight, 0)
  const matched = new Map<number, number>()
  for (const { term, matches, weight } of terms) {
    if (matches === 0) continue
    for (const key of findTerm(db, term, keys)) matched.set(key, (matched.get(key) ?? 0) + weight)
  }
  let best: Evidence | null = null
  for (const { chunkKey, stages } of candidates) {
    const coverage = total > 0 ? (matched.get(chunkKey) ?? 0) / total : 0
    const evidence = weighEvidence(stages.vector?.score ?? null, coverage)
    if (!best || strength(evidence) > strength(best)) best = evidence
  }
  return best
}

import type { Db } from '../db/connection.ts'
import { matchFullText, scoreFullText } from '../db/fulltext.ts'
import type { EligibleDocuments } from '../db/search.ts'
import { nearestChunks, similarities } from '../db/vectors.ts'
import { favourDefinitions } from './definitions.ts'
import type { Form } from './forms.ts'
import { fuse, type FusedChunk, type ScoredChunk } from './fusion.ts'
import { strength, weighEvidence } from './relevance.ts'
import { coverage, formsOf, searchedTerms, weighTerms, type WeighedTerm } from './text-terms.ts'
import type { Evidence, RetrievalOptions } from './types.ts'

/** Evidence is looked for in this many of the best candidates. */
const EVIDENCE_CANDIDATES = 10

/** A query as an embedder has it. */
export interface EmbeddedQuery { embedding: Float32Array, embedderId: string }
/** What is searched for; the vector is null in keyword mode. */
export interface AskedQuery { text: string, vector: EmbeddedQuery | null }

/** What both searches found for one query. */
export interface Ranking {
  /** What was asked. */
  asked: string
  query: EmbeddedQuery | null
  /** Words that were looked for, and their forms. */
  terms: string[]
  forms: Form[]
  /** The lists that were fused. */
  vector: ScoredChunk[]
  text: ScoredChunk[]
  ranked: FusedChunk[]
  evidence: Evidence | null
}

/** Runs both searches with the filters inside, lets each score the other's candidates, and fuses them. */
export function rankQuery(db: Db, asked: AskedQuery, { eligible, options, timed }: {
  eligible: EligibleDocuments
  options: RetrievalOptions
  timed: <T>(stage: string, work: () => T) => T
}): Ranking {
  const query = asked.vector
  const terms = timed('terms', () => weighTerms(db, asked.text, eligible.allChunks, options))
  const searched = searchedTerms(terms)
  const forms = formsOf(searched)
  let text: ScoredChunk[] = timed('text', () => matchFullText(db, { forms, k: options.candidates, eligible }))
  let vector: ScoredChunk[] = query ? timed('vector', () => vectorCandidates(db, query, eligible, options.candidates)) : []

  const ranked = timed('fusion', () => {
    if (query) {
      vector = vector.concat(similarities(db, { ...query, chunkKeys: missingFrom(vector, text) })
        .map(({ chunkKey, similarity }) => ({ chunkKey, score: similarity })))
      text = text.concat(scoreFullText(db, { forms, chunkKeys: missingFrom(text, vector) }))
    }
    // Whoever still lacks a similarity has no vector of this model: it was read in keyword mode or with another one.
    return favourDefinitions(db, asked.text, fuse(vector, text, options), options)
  })
  const evidence = timed('evidence', () => bestEvidence(db, ranked.slice(0, EVIDENCE_CANDIDATES), terms))
  return { asked: asked.text, query, terms: searched.map(({ term }) => term), forms, vector, text, ranked, evidence }
}

/**
 * One ranking of those of a question and its parts: each candidate with the best of its scores, and the stages of that one.
 * Adding the scores up gave less (both answers among the first five of joined XQuAD questions: 96.0 % instead of 98.0).
 */
export function mergeRankings(rankings: FusedChunk[][]): FusedChunk[] {
  if (rankings.length === 1) return rankings[0]!
  const best = new Map<number, FusedChunk>()
  for (const chunk of rankings.flat()) {
    const other = best.get(chunk.chunkKey)
    if (!other || chunk.score > other.score) best.set(chunk.chunkKey, chunk)
  }
  return [...best.values()].sort((a, b) => b.score - a.score || a.chunkKey - b.chunkKey)
    .map((chunk, index) => ({ ...chunk, stages: { ...chunk.stages, fusion: { rank: index + 1, score: chunk.score } } }))
}

/** Each part of a question may have the evidence; null where nothing was found. */
export function strongestEvidence(all: (Evidence | null)[]): Evidence | null {
  return all.reduce((best, evidence) => !best || (evidence && strength(evidence) > strength(best)) ? evidence : best, null)
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
  const covered = coverage(db, terms, keys)
  let best: Evidence | null = null
  for (const { chunkKey, stages } of candidates) {
    const evidence = weighEvidence(stages.vector?.score ?? null, covered.get(chunkKey) ?? 0)
    if (!best || strength(evidence) > strength(best)) best = evidence
  }
  const defines = Math.max(0, ...candidates.map(candidate => candidate.defines ?? 0))
  return best && defines > 0 ? { ...best, defines } : best
}

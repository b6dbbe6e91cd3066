import type { Db } from '../db/connection.ts'
import { formerIndex } from '../db/former-vectors.ts'
import { matchFullText, scoreFullText } from '../db/fulltext.ts'
import { eligibleDocuments, findChunks, type EligibleDocuments } from '../db/search.ts'
import { nearestChunks, similarities } from '../db/vectors.ts'
import { explainDocument, explainSelection } from './explain.ts'
import { fuse, type FusedChunk, type ScoredChunk } from './fusion.ts'
import { withNeighbours } from './neighbours.ts'
import { withDefaults } from './options.ts'
import { selectPassages, type Candidate } from './passages.ts'
import { strength, weighEvidence } from './relevance.ts'
import { mixRerank, rerankCount, type RerankText } from './rerank.ts'
import { coverage, formsOf, searchedTerms, weighTerms, type WeighedTerm } from './text-terms.ts'
import type { Evidence, SearchOutcome, SearchRequest } from './types.ts'

/** Evidence is looked for in this many of the best candidates. */
const EVIDENCE_CANDIDATES = 10

/** What the query was turned into; the vector is null in keyword mode. */
export interface EmbeddedQuery { embedding: Float32Array, embedderId: string }

/** A search before its best candidates were looked at once more. */
export interface FoundCandidates {
  /** What it comes to without that. */
  outcome: SearchOutcome
  ranked: FusedChunk[]
  /** The first candidates, as many as are worth it. */
  texts: RerankText[]
}

/**
 * One search: vectors and full text side by side with the filters inside both, fusion, evidence, selection. It reads
 * one snapshot of the database, so a document that is being deleted is there whole or not at all.
 */
export function search(db: Db, request: SearchRequest, query: EmbeddedQuery | null): SearchOutcome {
  return db.transaction(() => searchSnapshot(db, request, query)).deferred().outcome
}

/**
 * The same with the query as the index has it that serves at this moment. By words alone where that is a former
 * embedder's and the query lacks its vector.
 */
export function searchServing(db: Db, request: SearchRequest, queries: EmbeddedQuery[]): FoundCandidates {
  return db.transaction(() => {
    const former = formerIndex(db)
    const query = former ? queries.find(({ embedderId }) => embedderId === former.embedderId) : queries[0]
    return searchSnapshot(db, request, query ?? null)
  }).deferred()
}

/**
 * The outcome with the first candidates in the order that a reranker's scores give them. What was deleted since they were
 * found is not among the results.
 *
 * @param scores of the first candidates, in their order
 */
export function selectReranked(db: Db, request: SearchRequest, { outcome, ranked }: Pick<FoundCandidates, 'outcome' | 'ranked'>, scores: number[]): SearchOutcome {
  return db.transaction((): SearchOutcome => {
    const { trace, evidence, explained } = outcome
    const mixed = mixRerank(ranked, scores, withDefaults(request.options).rerankWeight)
    const { results, candidates } = selectPassages(db, readCandidates(db, mixed), request)
    const interacted = evidence && { ...evidence, interaction: Math.max(...scores) }
    return {
      ...outcome,
      results,
      evidence: interacted,
      trace: { ...trace, evidence: interacted, candidates, rerank: { candidates: scores.length, skipped: null } },
      ...explained && { explained: explainSelection(explained, candidates) },
    }
  }).deferred()
}

function searchSnapshot(db: Db, request: SearchRequest, query: EmbeddedQuery | null): FoundCandidates {
  const timings: Record<string, number> = {}
  const timed = <T>(stage: string, work: () => T): T => {
    const start = performance.now()
    const result = work()
    timings[stage] = Math.round((performance.now() - start) * 100) / 100
    return result
  }
  const options = withDefaults(request.options)
  const eligible = timed('filter', () => eligibleDocuments(db, request.filters))
  const terms = timed('terms', () => weighTerms(db, request.query, eligible.allChunks, options))
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
    return fuse(vector, withNeighbours(db, text, options.neighbourShare), options)
  })
  const evidence = timed('evidence', () => bestEvidence(db, ranked.slice(0, EVIDENCE_CANDIDATES), terms))
  const mode = query ? 'hybrid' : 'keyword'
  const { read, results, candidates } = timed('select', () => {
    const read = readCandidates(db, ranked)
    return { read, ...selectPassages(db, read, request) }
  })
  const explained = request.explain === undefined
    ? undefined
    : timed('explain', () => explainDocument(db, request.explain!, { query, forms, eligible, vector, text, candidates, options }))
  const outcome: SearchOutcome = {
    mode,
    results,
    evidence,
    scope: { documents: eligible.readyDocuments, documentsInFilter: eligible.documents },
    trace: { query: request.query, mode, filters: request.filters, terms: searched.map(({ term }) => term), evidence, timings, candidates, options },
    ...explained && { explained },
  }
  return { outcome, ranked, texts: read.slice(0, rerankCount(ranked, options)).map(rerankText) }
}

function readCandidates(db: Db, ranked: FusedChunk[]): Candidate[] {
  const chunks = findChunks(db, ranked.map(({ chunkKey }) => chunkKey))
  return ranked.flatMap(fused => chunks.has(fused.chunkKey) ? [{ fused, chunk: chunks.get(fused.chunkKey)! }] : [])
}

/** A chunk under its title and headings, as it was embedded. A new title makes another text of it. */
function rerankText({ chunk }: Candidate): RerankText {
  return { id: `${chunk.id} ${chunk.title}`, text: `${[chunk.title, ...chunk.headingPath].join(' › ')}\n${chunk.text}` }
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
  return best
}

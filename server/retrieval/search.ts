import type { Db } from '../db/connection.ts'
import { formerIndex } from '../db/former-vectors.ts'
import { eligibleDocuments, findChunks } from '../db/search.ts'
import { explainDocument, explainSelection } from './explain.ts'
import type { FusedChunk } from './fusion.ts'
import { withDefaults } from './options.ts'
import { mixCross } from './cross-reranker.ts'
import { selectPassages, type Candidate } from './passages.ts'
import { mergeRankings, rankQuery, strongestEvidence, type AskedQuery, type EmbeddedQuery } from './ranking.ts'
import { mixRerank, rerankCount, type RerankText } from './rerank.ts'
import type { SearchOutcome, SearchRequest } from './types.ts'

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
  return db.transaction(() => searchSnapshot(db, request, [{ text: request.query, vector: query }])).deferred().outcome
}

/** The question or a part of it, as each embedder has it whose index may serve at the moment, the one in use first; none in keyword mode. */
export interface ServedQuery { text: string, vectors: EmbeddedQuery[] }

/**
 * The same with the question and its parts as the index has them that serves at this moment. By words alone where that is
 * a former embedder's and the question lacks its vector.
 */
export function searchServing(db: Db, request: SearchRequest, queries: ServedQuery[]): FoundCandidates {
  return db.transaction(() => {
    const former = formerIndex(db)
    const asked = queries.map(({ text, vectors }): AskedQuery => ({
      text, vector: (former ? vectors.find(({ embedderId }) => embedderId === former.embedderId) : vectors[0]) ?? null,
    }))
    return searchSnapshot(db, request, asked)
  }).deferred()
}

/**
 * The outcome with the first candidates in the order that a reranker's scores give them. What was deleted since they were
 * found is not among the results.
 *
 * @param scores of the first candidates, in their order
 * @param by who gave them: late interaction, or a reranking model's probabilities
 */
export function selectReranked(db: Db, request: SearchRequest, { outcome, ranked }: Pick<FoundCandidates, 'outcome' | 'ranked'>, scores: number[], by: 'interaction' | 'cross' = 'interaction'): SearchOutcome {
  return db.transaction((): SearchOutcome => {
    const { trace, evidence, explained } = outcome
    const settings = withDefaults(request.options)
    const mixed = by === 'cross' ? mixCross(ranked, scores, settings.crossWeight) : mixRerank(ranked, scores, settings)
    const { results, candidates } = selectPassages(db, readCandidates(db, mixed), request)
    const interacted = evidence && (by === 'cross' ? evidence : { ...evidence, interaction: Math.max(...scores) })
    return {
      ...outcome,
      results,
      evidence: interacted,
      trace: { ...trace, evidence: interacted, candidates, rerank: { candidates: scores.length, skipped: null, ...by === 'cross' && { by } } },
      ...explained && { explained: explainSelection(explained, candidates) },
    }
  }).deferred()
}

/** @param asked the question, and its parts where it has any */
function searchSnapshot(db: Db, request: SearchRequest, asked: AskedQuery[]): FoundCandidates {
  const timings: Record<string, number> = {}
  const timed = <T>(stage: string, work: () => T): T => {
    const start = performance.now()
    const result = work()
    timings[stage] = Math.round(((timings[stage] ?? 0) + performance.now() - start) * 100) / 100
    return result
  }
  const options = withDefaults(request.options)
  const eligible = timed('filter', () => eligibleDocuments(db, request.filters))
  const rankings = asked.map(query => rankQuery(db, query, { eligible, options, timed }))
  const ranked = mergeRankings(rankings.map(ranking => ranking.ranked)).slice(0, 2 * options.candidates)
  const evidence = strongestEvidence(rankings.map(ranking => ranking.evidence))
  const mode = asked[0]!.vector ? 'hybrid' : 'keyword'
  const { read, results, candidates } = timed('select', () => {
    const read = readCandidates(db, ranked)
    return { read, ...selectPassages(db, read, request) }
  })
  const explained = request.explain === undefined
    ? undefined
    : timed('explain', () => explainDocument(db, request.explain!, { rankings, eligible, candidates, options }))
  const outcome: SearchOutcome = {
    mode,
    results,
    evidence,
    scope: { documents: eligible.readyDocuments, documentsInFilter: eligible.documents },
    trace: {
      query: request.query, mode, filters: request.filters, terms: [...new Set(rankings.flatMap(({ terms }) => terms))],
      evidence, timings, candidates, options, ...asked.length > 1 && { parts: asked.slice(1).map(({ text }) => text) },
    },
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
  const path = [chunk.title, ...chunk.headingPath].filter(heading => heading !== '').join(' › ')
  return { id: `${chunk.id} ${chunk.title}`, text: path === '' ? chunk.text : `${path}\n${chunk.text}` }
}

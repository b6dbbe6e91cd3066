import type { MessageTrace, TracedCandidate, TracedSearch } from '../../shared/schemas/trace.ts'
import type { Db } from '../db/connection.ts'
import { titlesOf } from '../db/documents.ts'
import { findChunkPlaces } from '../db/search.ts'
import { getTrace } from '../db/traces.ts'
import { usageOf } from '../db/usage.ts'
import { strength } from '../retrieval/relevance.ts'
import type { RetrievalTrace } from '../retrieval/types.ts'

/** From this much evidence on, in the measure of {@link strength}, a fit counts as good: half as much again as it takes to answer. */
const GOOD_FIT = 1.5

/**
 * The stored trace of an answer, with the names that its documents have today. A deleted document has none. Null where the
 * answer has no trace.
 */
export function describeTrace(db: Db, messageId: string): MessageTrace | null {
  const trace = getTrace(db, messageId)
  if (!trace) return null
  return { ...trace, retrievals: trace.retrievals.map(retrieval => describeSearch(db, retrieval)), usage: usageOf(db, messageId) }
}

export function describeSearch(db: Db, trace: RetrievalTrace): TracedSearch {
  const { query, mode, filters, terms = [], timings, candidates, rerank = null } = trace
  return { query, mode, filters, terms, timings, candidates: describeCandidates(db, candidates), rerank, fit: fitOf(trace) }
}

export function describeCandidates(db: Db, candidates: RetrievalTrace['candidates']): TracedCandidate[] {
  const titles = titlesOf(db, [...new Set(candidates.map(({ documentId }) => documentId))])
  const places = findChunkPlaces(db, candidates.map(({ chunkId }) => chunkId))
  return candidates.map(({ chunkId, documentId, stages, score, dropped }) => {
    const place = places.get(chunkId)
    return {
      chunkId, documentId, title: titles.get(documentId) ?? null, stages, score, dropped,
      place: place ? { page: place.page, start: place.start, end: place.end, headingPath: place.headingPath, tokens: place.tokens, excerpt: place.excerpt } : null,
    }
  })
}

function fitOf({ evidence, candidates }: RetrievalTrace): string | null {
  if (candidates.length === 0 || !evidence) return null
  const fit = strength(evidence)
  if (fit >= GOOD_FIT) return 'What was found fits the question well.'
  if (fit >= 1) return 'What was found is about the question; whether it answers it is less sure.'
  return 'What was found is hardly about the question, so it is likely not answered in your documents.'
}

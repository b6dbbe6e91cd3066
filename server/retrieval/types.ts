import type { SearchFilters } from '../../shared/schemas/chats.ts'
import type { SearchMode, SearchResult } from '../../shared/schemas/search.ts'

export interface SearchRequest {
  query: string
  filters: SearchFilters
  /** Most results after fusion and before the neighbour merge. */
  limit: number
}

/** A found chunk with its sentences, which are what an answer quotes. Ranges are in the canonical text. */
export interface RetrievedChunk extends SearchResult {
  /** Half-open ranges in the canonical text; each lies in [start, end). */
  sentences: [start: number, end: number][]
  tokens: number
}

/** Why each candidate was used or dropped; stored with the answer. */
export interface RetrievalTrace {
  query: string
  mode: SearchMode
  filters: SearchFilters
  /** Milliseconds by stage. */
  timings: Record<string, number>
  candidates: { chunkId: string, documentId: string, stages: SearchResult['stages'], score: number, dropped: string | null }[]
}

export interface SearchOutcome {
  mode: SearchMode
  results: RetrievedChunk[]
  trace: RetrievalTrace
  /** What is there to search, so that an empty answer can say why: ready documents in all, and inside the filters. */
  scope: { documents: number, documentsInFilter: number }
}

/** Rejects with AppError (`search_failed` 503, `embedding_failed` 503): an outage is never an empty result. */
export interface Retriever {
  search: (request: SearchRequest, signal?: AbortSignal) => Promise<SearchOutcome>
  close: () => Promise<void>
}

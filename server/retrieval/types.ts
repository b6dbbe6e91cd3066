import type { SearchFilters } from '../../shared/schemas/chats.ts'
import type { SearchMode, SearchResult } from '../../shared/schemas/search.ts'

export interface SearchRequest {
  query: string
  filters: SearchFilters
  /** Most chunks after fusion; those that follow each other in a document are then joined, so there may be fewer results. */
  limit: number
  /** Most tokens of all results together; the best results are kept. */
  maxTokens?: number
  /** Settings of this search that differ from the defaults (options.ts). */
  options?: Partial<RetrievalOptions>
  /** Id of a document: the outcome then says where its best chunk stood in each stage, found or not. */
  explain?: string
}

/**
 * A found chunk, or several that follow each other, with the sentences, which are what an answer quotes. Ranges are in the
 * canonical text. What several have one of each is that of the best; `chunkAt` (passages.ts) gives a position's own.
 */
export interface RetrievedChunk extends SearchResult {
  /** Half-open ranges in the canonical text; each lies in [start, end). */
  sentences: [start: number, end: number][]
  tokens: number
  /** The chunks of a merged result in the document's order; absent for a single chunk. */
  parts?: { chunkId: string, headingPath: string[], score: number, start: number, end: number }[]
}

/** The parts of a search that can be switched off, each worth its place by the numbers beside its code. */
export interface RetrievalOptions {
  /** Best chunks of each search that become candidates. */
  candidates: number
  /** Share of the vector score in the fused one: 0 ranks by words alone, 1 by vectors alone. */
  vectorWeight: number
  /** Share of the score for a chunk that defines what the question names of a program, where any candidate does; 0 is off. */
  definitionWeight: number
  /** Whether the parts of a question that asks for several things are searched for by themselves as well. */
  parts: boolean
  /** Best candidates that are looked at once more by the reranker, where there is one; 0 is off. */
  rerank: number
  /** Share of the reranker's score in the final one of those. */
  rerankWeight: number
  /** With the first candidate this far ahead of the second, the order counts as decided. */
  rerankGap: number
  /** After this many milliseconds of late interaction the fused order stands. */
  rerankMs: number
  /** Share of a reranking model's probability in the final score of those, where there is such a model. */
  crossWeight: number
  /** After this many milliseconds of the reranking model late interaction takes its place. */
  crossMs: number
  /** Share of the results that one document may take while others are nearly as good; 1 is off. */
  documentShare: number
  /** Words are also looked for by their stem in the languages of the collection. */
  stems: boolean
  /** Also by runs of letters: scripts without spaces, parts of compounds. */
  grams: boolean
}

/** How well the best chunk that was found fits the question. */
export interface Evidence {
  /** Cosine of question and chunk; null in keyword mode. */
  similarity: number | null
  /** Share of the question's words, weighted by rarity, that the chunk contains; 0 to 1. */
  coverage: number
  /** Both in one number, at most 1; `strength` (relevance.ts) knows the threshold. */
  score: number
  /** Most of what the question names of a program that one of the best chunks defines (definitions.ts), 0 to 1; absent where none does. */
  defines?: number
  /** Of the candidates that were reranked the best score (interaction.ts); absent where none was. */
  interaction?: number
}

/** A chunk's rank and score in each stage, and why it is none of the results; null where it is one. */
export interface TraceCandidate { chunkId: string, documentId: string, stages: SearchResult['stages'], score: number, dropped: string | null }

/** Why a document is among the results of a search or is not. */
export interface ExplainedDocument {
  documentId: string
  /** Null where no document has this id. */
  title: string | null
  /**
   * Its best chunk, where there is one that was searched. The ranks are those among all that was searched, up to 4,096 in
   * each list; a rank of 4,097 means that it comes after those. The fused rank is the one it has or would have had.
   */
  candidate: TraceCandidate | null
  /** Why none of its chunks is among the results, in words; null where one is. */
  dropped: string | null
}

/** Why each candidate was used or dropped; stored with the answer. */
export interface RetrievalTrace {
  query: string
  mode: SearchMode
  filters: SearchFilters
  /** Words the full-text search looked for. */
  terms?: string[]
  evidence?: Evidence | null
  /** Milliseconds by stage. */
  timings: Record<string, number>
  candidates: TraceCandidate[]
  /** All settings that the search ran with; absent in traces of before there were any. */
  options?: RetrievalOptions
  /** What was searched for beside the question, where it asks for several things. */
  parts?: string[]
  /** How many candidates were looked at once more, and why none was; absent where nothing could. */
  rerank?: { candidates: number, skipped: string | null, /** Late interaction where it does not say. */ by?: 'cross', /** Why the reranking model did not do it. */ fallback?: string }
}

export interface SearchOutcome {
  mode: SearchMode
  results: RetrievedChunk[]
  trace: RetrievalTrace
  /** Of the chunk with the most of it; null or absent where nothing was found. */
  evidence?: Evidence | null
  /** What is there to search, so that an empty answer can say why: ready documents in all, and inside the filters. */
  scope: { documents: number, documentsInFilter: number }
  /** The document that the request asked about. */
  explained?: ExplainedDocument
}

/** Rejects with AppError (`search_failed` 503, `embedding_failed` 503): an outage is never an empty result. */
export interface Retriever {
  search: (request: SearchRequest, signal?: AbortSignal) => Promise<SearchOutcome>
  close: () => Promise<void>
}

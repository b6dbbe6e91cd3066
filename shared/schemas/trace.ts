import { z } from 'zod'
import type { Answerability } from './answerability.ts'
import { searchFiltersSchema, type SearchFilters } from './chats.ts'
import type { SearchMode, SearchResult } from './search.ts'

/** A chunk that a search looked at, with the names that its document has today. */
export interface TracedCandidate {
  chunkId: string
  documentId: string
  /** Null: the document was deleted. */
  title: string | null
  /** Null: the chunk is not there any more, because its document was deleted or read anew. */
  place: { page: number, start: number, end: number, headingPath: string[], tokens: number, excerpt: string } | null
  stages: SearchResult['stages']
  /** What the order went by, at most 1. */
  score: number
  /** Why it was not used; null where it was. */
  dropped: string | null
}

export interface TracedSearch {
  query: string
  mode: SearchMode
  filters: SearchFilters
  /** Words the full-text search looked for. */
  terms: string[]
  /** Milliseconds by stage. */
  timings: Record<string, number>
  /** Best first. */
  candidates: TracedCandidate[]
  /**
   * How many of the best were read again, by what (by late interaction where it does not say), why not all that should have
   * been, and why the reranking model did not do it; null where nothing reads again.
   */
  rerank: { candidates: number, skipped: string | null, by?: 'cross', fallback?: string } | null
  /** How well the best of what was found fits the question, in words; null where nothing was found. */
  fit: string | null
}

/** Answer of `GET /api/messages/:id/trace`. */
export interface MessageTrace {
  /** As it was asked. */
  question: string
  /** As it was searched for, and what the model asked for further. */
  queries: string[]
  answerer: string
  /** Whether the documents answer the question; absent where that was not judged. */
  answerability?: Answerability
  /** In the order of `queries`. */
  retrievals: TracedSearch[]
  /** What was sent to a model and came back, in tokens; null where no model was called. */
  usage: { calls: number, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number } | null
}

/** Chunks that an answer is made from. */
export const ANSWER_CHUNKS = 12
const MAX_LIMIT = 50

/** Body of `POST /api/messages/:id/replays`: settings to search with instead; what is absent is as usual. */
export const replaySchema = z.object({
  /** Most chunks that are used. */
  limit: z.int('Give a whole number as `limit`.').min(1).max(MAX_LIMIT, `At most ${MAX_LIMIT} chunks can be used.`).optional(),
  /** In the place of the filters that the question was asked with; `{}` searches everything. */
  filters: searchFiltersSchema.optional(),
  /** Share of the meaning against the words, 0 to 1. */
  vectorWeight: z.number().min(0).max(1).optional(),
  /** Best chunks of each search that become candidates. */
  candidates: z.int().min(1).max(200).optional(),
  /** Whether the best are read again, where something can do that. */
  rerank: z.boolean().optional(),
}).strict()
export type ReplaySettings = z.infer<typeof replaySchema>

/** Why a document is not among what an answer used, or that it is. */
export interface DocumentStanding {
  documentId: string
  title: string
  /** Why not, in words; null where it was used. */
  reason: string | null
  /** Its best chunk as today's search has it; null where none was searched. */
  best: TracedCandidate | null
  /** Chunks that the search used, so that a rank can be told from being used. */
  limit: number
  /** The document's best place among the candidates when the answer was written; null where it had none, or no trace says so. */
  then: { rank: number, dropped: string | null } | null
  /** Pages with text that is kept out of searches because the original does not show it. */
  hiddenPages: number
}

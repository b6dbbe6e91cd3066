import { z } from 'zod'

export const searchQuerySchema = z.object({
  q: z.string({ error: 'Give a query in `q`.' }).trim().min(1, 'Give a query in `q`.').max(8_000),
  limit: z.coerce.number().int().min(1).max(50).default(10),
  /** Document ids separated by commas, or the parameter repeated; empty is no filter. */
  documents: z.preprocess(
    value => [value ?? []].flat().join(',').split(',').map(id => id.trim()).filter(id => id !== ''),
    z.array(z.uuid('Each of `documents` must be a document id.')).max(1_000),
  ).transform(ids => ids.length > 0 ? ids : undefined).optional(),
  collection: z.string().max(100).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
})

/** Rank (from 1) and raw score of a chunk in one stage of retrieval. */
export interface StageScore { rank: number, score: number }

export interface SearchResult {
  documentId: string
  title: string
  chunkId: string
  page: number
  start: number
  end: number
  /** canonical.slice(start, end) */
  text: string
  headingPath: string[]
  /** Fused score, higher is better, at most 1. */
  score: number
  /**
   * Absent where the stage did not return the chunk. vector: cosine similarity. text: BM25, higher is better. rerank: late
   * interaction. cross: a reranking model's probability that the chunk answers the question.
   */
  stages: { vector?: StageScore, text?: StageScore, fusion?: StageScore, rerank?: StageScore, cross?: StageScore }
}

/** `keyword` when no embedding model is there. */
export type SearchMode = 'hybrid' | 'keyword'
export interface SearchResponse { mode: SearchMode, results: SearchResult[] }

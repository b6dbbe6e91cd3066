import { searchQuerySchema, type SearchResponse } from '#shared/schemas/search'

/** Chunks that match a query, best first, with the ranks and scores of each stage. */
export default defineEventHandler(async (event): Promise<SearchResponse> => {
  const { q, limit, documents, collection, since } = getValidatedQueryOr400(event, searchQuerySchema)
  const filters = { documents, collection, since }
  const outcome = await useServices().retriever.search({ query: q, filters, limit })
  const results = outcome.results.map(({ documentId, title, chunkId, page, start, end, text, headingPath, score, stages }) =>
    ({ documentId, title, chunkId, page, start, end, text, headingPath, score, stages }))
  return { mode: outcome.mode, results }
})

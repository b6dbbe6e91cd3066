import { openReadOnly } from '../db/connection.ts'
import { eligibleDocuments, findChunks } from '../db/search.ts'
import { nearestChunks } from '../db/vectors.ts'
import { matchFullText } from '../db/fulltext.ts'
import { queryTerms } from './terms.ts'
import type { Embedder } from '../embed/types.ts'
import type { Retriever } from './types.ts'

export async function createRetriever(o: { databasePath: string, entry: string, embedder: Embedder | null }): Promise<Retriever> {
  const db = openReadOnly(o.databasePath)
  return {
    async search({ query, filters, limit }) {
      const eligible = eligibleDocuments(db, filters)
      const fused = new Map<number, number>()
      const text = matchFullText(db, { terms: queryTerms(query), k: 50, eligible })
      text.forEach((m, i) => fused.set(m.chunkKey, (fused.get(m.chunkKey) ?? 0) + 1 / (20 + i)))
      if (o.embedder) {
        const [embedding] = await o.embedder.embed([query], 'query')
        nearestChunks(db, { embedding: embedding!, embedderId: o.embedder.id, k: 50, eligible }).forEach((m, i) => fused.set(m.chunkKey, (fused.get(m.chunkKey) ?? 0) + 1 / (20 + i)))
      }
      const keys = [...fused].sort((a, b) => b[1] - a[1]).slice(0, limit)
      const chunks = findChunks(db, keys.map(k => k[0]))
      const mode = o.embedder ? 'hybrid' as const : 'keyword' as const
      const results = keys.map(([key, score]) => ({ ...chunks.get(key)!, chunkId: chunks.get(key)!.id, score: score * 10, stages: {} }))
      return { mode, results, trace: { query, mode, filters, timings: {}, candidates: [] }, scope: { documents: eligible.readyDocuments, documentsInFilter: eligible.documents } }
    },
    async close() { db.close() },
  }
}

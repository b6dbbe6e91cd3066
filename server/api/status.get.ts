import { version } from '../../package.json'
import type { Status } from '../../shared/schemas/status.ts'
import { countDocumentsByStatus } from '../db/documents.ts'

/** What kind of answers this copy gives and what is in its library. */
export default defineEventHandler((): Status => {
  const { config, db, embedders, reranker, contexts } = useServices()
  const { ready, queued, processing, failed } = countDocumentsByStatus(db)
  return {
    version,
    mode: embedders.embedder ? 'hybrid' : 'keyword',
    embedder: embedders.status,
    reranker: reranker.status,
    chunkContext: contexts?.status ?? { state: 'off', message: null },
    webImport: config.webImport.enabled,
    keyless: config.anthropic.apiKey === null,
    // Waiting is a part of being processed to whoever reads the count.
    documents: { ready, processing: queued + processing, failed },
  }
})

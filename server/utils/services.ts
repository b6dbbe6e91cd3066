import type { BackupSchedule } from '../backup/schedule.ts'
import type { Db } from '../db/connection.ts'
import type { Extractor } from '../extract/types.ts'
import type { IngestQueue } from '../ingest/queue.ts'
import type { FullTextRefresh } from '../ingest/refresh-fulltext.ts'
import type { Retriever } from '../retrieval/types.ts'
import type { ChunkContexts } from '../context/index.ts'
import type { RunManager } from '../answer/runs.ts'
import type { DocumentEvent } from '../../shared/schemas/documents.ts'
import type { DiskGuard } from './disk-guard.ts'
import type { EmbedderSlot } from './embedder-slot.ts'
import type { RerankerSlot } from './reranker-slot.ts'
import type { EventHub } from './event-hub.ts'
import type { Config } from './config.ts'

/** Everything the handlers call, made once at start by `server/plugins/services.ts`. */
export interface Services {
  config: Config
  db: Db
  /** Folder of the stored originals, one file a content hash. */
  filesDir: string
  /** The embedder that is in use, and how it stands with the one that was chosen. */
  embedders: EmbedderSlot
  /** The reranking model, where one was chosen. */
  reranker: RerankerSlot
  extractor: Extractor
  retriever: Retriever
  ingest: IngestQueue
  /** Of a database from an earlier version. */
  fullText: FullTextRefresh
  runs: RunManager
  /** Null where no contexts of passages are written. */
  contexts: ChunkContexts | null
  documentEvents: EventHub<DocumentEvent>
  disk: DiskGuard
  /** Null where the server is not to save itself. */
  backups: BackupSchedule | null
}

let current: Services | null = null

export function provideServices(services: Services): void {
  current = services
}

/** Throws before the start plugin has run, which no request can see. */
export function useServices(): Services {
  if (!current) throw new Error('Services were used before the server had started')
  return current
}

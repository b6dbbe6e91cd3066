import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildModel } from '../../script/build-model.ts'
import { createAnswerers } from '../../server/answer/answerers.ts'
import { modelList } from '../../server/answer/models.ts'
import { createRunManager, type RunManager } from '../../server/answer/runs.ts'
import type { Db } from '../../server/db/connection.ts'
import { ensureVectorIndex } from '../../server/db/vectors.ts'
import { createMiniLmEmbedder } from '../../server/embed/minilm.ts'
import type { Embedder } from '../../server/embed/types.ts'
import { createExtractor } from '../../server/extract/index.ts'
import { acceptFiles, type ReceivedFile } from '../../server/ingest/accept.ts'
import { incomingDir } from '../../server/ingest/files.ts'
import { createIngestQueue } from '../../server/ingest/queue.ts'
import { createRetriever } from '../../server/retrieval/index.ts'
import type { Retriever } from '../../server/retrieval/types.ts'
import { BUNDLED_ENTRIES } from '../../server/utils/entries.ts'
import { EventHub } from '../../server/utils/event-hub.ts'
import type { DocumentEvent } from '../../shared/schemas/documents.ts'
import { createDatabase } from './database.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The product without its HTTP: own database and folder, the real queue, threads, search and answers, no key. */
export interface Library {
  db: Db
  embedder: Embedder | null
  retriever: Retriever
  runs: RunManager
  /** Uploads the files and waits until they are searchable. */
  ingest: (files: { name: string, content: string | Buffer }[]) => Promise<void>
  close: () => Promise<void>
}

/** @param options.keyword leaves the embedding model out */
export async function openLibrary({ keyword = false } = {}): Promise<Library> {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-eval-'))
  const filesDir = join(folder, 'files')
  const databasePath = join(folder, 'ragtime.db')
  mkdirSync(incomingDir(filesDir), { recursive: true })
  const db = createDatabase(databasePath)
  const modelDir = join(root, '.model/all-MiniLM-L6-v2')
  if (!keyword) buildModel(modelDir)
  const embedder = keyword ? null : await createMiniLmEmbedder({ modelDir, entry: join(root, BUNDLED_ENTRIES.embed) })
  if (embedder) ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const extractor = createExtractor({ entry: join(root, BUNDLED_ENTRIES.extract) })
  const documentEvents = new EventHub<DocumentEvent>()
  const queue = createIngestQueue({ db, filesDir, extractor, embedder, events: documentEvents })
  const retriever = await createRetriever({ databasePath, entry: join(root, BUNDLED_ENTRIES.search), embedder })
  const models = modelList({ hasKey: false, configured: null })
  const runs = createRunManager({ db, retriever, models, answererFor: createAnswerers({ embedder, anthropic: { apiKey: null, baseUrl: null } }) })
  return {
    db, embedder, retriever, runs,
    async ingest(files) {
      const received = files.map(({ name, content }, index): ReceivedFile => {
        const path = join(incomingDir(filesDir), String(index))
        writeFileSync(path, content)
        return { filename: name, path, contentHash: createHash('sha256').update(content).digest('hex'), bytes: Buffer.byteLength(content), title: null }
      })
      await acceptFiles({ db, filesDir, documentEvents, ingest: queue }, received)
      await queue.drain()
    },
    async close() {
      await runs.shutdown()
      await queue.stop()
      await retriever.close()
      await embedder?.close()
      await extractor.close()
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

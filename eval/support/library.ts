import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createExtractiveAnswerer } from '../../server/answer/extractive.ts'
import { modelList } from '../../server/answer/models.ts'
import { createRunManager, type RunManager } from '../../server/answer/runs.ts'
import type { Db } from '../../server/db/connection.ts'
import { ensureVectorIndex } from '../../server/db/vectors.ts'
import { describeCrossEncoder } from '../../server/embed/cross/folder.ts'
import { createCrossEncoder } from '../../server/embed/cross/index.ts'
import type { Embedder } from '../../server/embed/types.ts'
import { createExtractor } from '../../server/extract/index.ts'
import { acceptFiles, type ReceivedFile } from '../../server/ingest/accept.ts'
import { incomingDir } from '../../server/ingest/files.ts'
import { createIngestQueue } from '../../server/ingest/queue.ts'
import { createRetriever } from '../../server/retrieval/index.ts'
import type { RetrievalOptions, Retriever } from '../../server/retrieval/types.ts'
import { BUNDLED_ENTRIES } from '../../server/utils/entries.ts'
import { EventHub } from '../../server/utils/event-hub.ts'
import type { DocumentEvent } from '../../shared/schemas/documents.ts'
import { createDatabase } from './database.ts'
import { openEmbedder } from './embedder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Far above what embedding the sentences of an answer, or reading its candidates again, takes, so that a busy machine changes no answer. */
const PATIENT_MS = 60_000
/** What a trace says where the order before the rerank was kept for want of time, and not because it was decided. */
const NOT_RERANKED = /^it (?:took longer|did not succeed)/

export interface LibraryFile { name: string, content: string | Buffer, /** By default made from the name, as for any upload. */ title?: string }

/** The product without its HTTP: own database and folder, the real queue, threads, search and answers, no key. */
export interface Library {
  db: Db
  embedder: Embedder | null
  retriever: Retriever
  runs: RunManager
  /** Gives every search from now on these settings, also those that answers make. */
  configure: (search: Partial<RetrievalOptions>) => void
  /** Uploads the files and waits until they are searchable. */
  ingest: (files: LibraryFile[]) => Promise<void>
  close: () => Promise<void>
}

/**
 * @param options.keyword leaves the embedding model out
 * @param options.rerankModel folder of a reranking model
 * @param options.repeatable the same files and questions give the same answers, however busy the machine is: one document is
 * read at a time, so that chunks are numbered alike, and no answer does without its embeddings because they were late
 */
export async function openLibrary({ keyword = false, rerankModel = '', repeatable = false } = {}): Promise<Library> {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-eval-'))
  const filesDir = join(folder, 'files')
  const databasePath = join(folder, 'ragtime.db')
  mkdirSync(incomingDir(filesDir), { recursive: true })
  const db = createDatabase(databasePath)
  const embedder = keyword ? null : await openEmbedder()
  if (embedder) ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const extractor = createExtractor({ entry: join(root, BUNDLED_ENTRIES.extract) })
  const documentEvents = new EventHub<DocumentEvent>()
  const queue = createIngestQueue({ db, filesDir, extractor, embedder, events: documentEvents, ...repeatable && { concurrency: 1 } })
  const encoder = rerankModel === ''
    ? null
    : await createCrossEncoder({ modelDir: rerankModel, manifest: await describeCrossEncoder(rerankModel), entry: join(root, BUNDLED_ENTRIES.rerank) })
  const thread = await createRetriever({
    databasePath, entry: join(root, BUNDLED_ENTRIES.search), embedder, cross: () => encoder, settings: repeatable && encoder ? { crossMs: PATIENT_MS } : {},
  })
  let settings: Partial<RetrievalOptions> = {}
  const retriever: Retriever = {
    ...thread,
    async search(request, signal) {
      const configured = { ...request, options: { ...settings, ...request.options } }
      const outcome = await thread.search(configured, signal)
      // Where a busy machine had no time to rerank, it may have some now.
      return repeatable && NOT_RERANKED.test(outcome.trace.rerank?.skipped ?? '') ? thread.search(configured, signal) : outcome
    },
  }
  const models = modelList({ hasKey: false, configured: null })
  const answerer = createExtractiveAnswerer({ embedder, limits: repeatable ? { embeddingMs: PATIENT_MS } : {} })
  const runs = createRunManager({ db, retriever, models, answererFor: () => answerer })
  return {
    db, embedder, retriever, runs,
    configure(search) {
      settings = search
    },
    async ingest(files) {
      const received = files.map(({ name, content, title = null }, index): ReceivedFile => {
        const path = join(incomingDir(filesDir), String(index))
        writeFileSync(path, content)
        return { filename: name, path, contentHash: createHash('sha256').update(content).digest('hex'), bytes: Buffer.byteLength(content), title }
      })
      const { rejected } = await acceptFiles({ db, filesDir, documentEvents, ingest: queue }, received)
      await queue.drain()
      const failed = db.prepare<[], string>("SELECT filename || ': ' || error_message FROM documents WHERE status <> 'ready'").pluck().all()
      const lost = [...rejected.map(({ filename, message }) => `${filename}: ${message}`), ...failed]
      if (lost.length > 0) throw new Error(`Not searchable: ${lost.join('; ')}`)
    },
    async close() {
      await runs.shutdown()
      await queue.stop()
      await retriever.close()
      await Promise.all([embedder?.close(), encoder?.close()])
      await extractor.close()
      db.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

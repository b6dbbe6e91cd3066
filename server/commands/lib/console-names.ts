import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as chats from '../../db/chats.ts'
import * as chunks from '../../db/chunks.ts'
import * as citations from '../../db/citations.ts'
import { openDatabase, openReadOnly, write as writeTo } from '../../db/connection.ts'
import * as documents from '../../db/documents.ts'
import * as feedback from '../../db/feedback.ts'
import * as jobs from '../../db/jobs.ts'
import * as messages from '../../db/messages.ts'
import * as pages from '../../db/pages.ts'
import * as runs from '../../db/runs.ts'
import * as sessions from '../../db/sessions.ts'
import * as settings from '../../db/settings.ts'
import * as status from '../../db/status.ts'
import * as traces from '../../db/traces.ts'
import * as usage from '../../db/usage.ts'
import * as vectors from '../../db/vectors.ts'
import { createMiniLmEmbedder } from '../../embed/minilm.ts'
import { MODEL_MANIFEST } from '../../embed/model.ts'
import type { Embedder } from '../../embed/types.ts'
import * as chunking from '../../ingest/chunk.ts'
import * as segmenting from '../../ingest/segment.ts'
import * as fusion from '../../retrieval/fusion.ts'
import { createRetriever } from '../../retrieval/index.ts'
import * as terms from '../../retrieval/terms.ts'
import type { Retriever, SearchRequest, SearchOutcome } from '../../retrieval/types.ts'
import type { Settings } from '../../utils/config.ts'
import { entryPath, shippedFolder } from '../../utils/entries.ts'

/** Options of the console's search: those of the product's, and whether to leave the model out. */
type SearchOptions = Partial<Omit<SearchRequest, 'query'>> & { words?: boolean }

/** What the console offers by name, none of the secrets among it. `close` ends threads and the connection. */
export function consoleNames({ databasePath, embedder }: Settings, { write }: { write: boolean }): { names: Record<string, unknown>, close: () => Promise<void> } {
  const db = write ? openDatabase(databasePath) : openReadOnly(databasePath)
  const open: (Retriever | Embedder)[] = []
  const retrievers = new Map<boolean, Promise<Retriever>>()

  /** Threads are started for the first search and kept. */
  async function startRetriever(withModel: boolean): Promise<Retriever> {
    const modelDir = shippedFolder('model')
    const usable = withModel && embedder !== 'none' && existsSync(join(modelDir, MODEL_MANIFEST))
    const model = usable ? await createMiniLmEmbedder({ modelDir, entry: entryPath('embed') }) : null
    if (model) open.push(model)
    const retriever = await createRetriever({ databasePath, entry: entryPath('search'), embedder: model })
    open.push(retriever)
    return retriever
  }

  async function search(query: string, { words = false, ...options }: SearchOptions = {}): Promise<SearchOutcome> {
    const retriever = retrievers.get(words) ?? startRetriever(!words)
    retrievers.set(words, retriever)
    return (await retriever).search({ query, filters: {}, limit: 5, ...options })
  }

  return {
    names: {
      db, write: <T>(work: () => T) => writeTo(db, work), search,
      chats, chunks, citations, documents, feedback, jobs, messages, pages, runs, sessions, settings, status, traces, usage, vectors,
      retrieval: { ...fusion, ...terms }, ingest: { ...chunking, ...segmenting },
    },
    async close() {
      await Promise.allSettled(open.map(one => one.close()))
      db.close()
    },
  }
}

import type { Embedder } from '../embed/types.ts'
import { AppError } from '../utils/app-error.ts'
import { WorkerThread } from '../utils/worker-thread.ts'
import type { EmbeddedQuery } from './search.ts'
import type { Retriever, SearchOutcome, SearchRequest } from './types.ts'

/** A search at 100,000 chunks takes a quarter of a second; one that runs this long is ended with its thread. */
const SEARCH_TIMEOUT_MS = 10_000
const START_TIMEOUT_MS = 10_000
/** Searches that may wait; with the time limit it also bounds how long the last of them can take. */
const MAX_WAITING = 64
const MAX_HEAP_MB = 96

export interface SearchWorkerData { databasePath: string }
/** The query as each embedder has it whose index may serve at the moment, the one in use first; none in keyword mode. */
export interface SearchWorkerRequest { request: SearchRequest, queries: EmbeddedQuery[] }

/**
 * Starts the search thread on a database that is migrated and, with an embedder, has its vector index
 * (`ensureVectorIndex`).
 *
 * @param options.entry path of worker.ts or of its bundle
 * @param options.embedder null: keyword mode; read anew for each search
 * @param options.former the embedder before it, while its index still serves; the index decides, not who asks
 * @throws AppError('search_failed', 503) when the thread cannot start
 */
export async function createRetriever(options: { databasePath: string, entry: string, embedder: Embedder | null, former?: () => Embedder | null }): Promise<Retriever> {
  const { former = () => null } = options
  const workerData: SearchWorkerData = { databasePath: options.databasePath }
  const thread = new WorkerThread<SearchWorkerRequest, SearchOutcome>({
    entry: options.entry, workerData, timeoutMs: SEARCH_TIMEOUT_MS, startTimeoutMs: START_TIMEOUT_MS, inFlight: 1,
    maxWaiting: { urgent: MAX_WAITING, normal: MAX_WAITING }, maxHeapMb: MAX_HEAP_MB,
  })
  try {
    await thread.start()
  }
  catch (cause) {
    await thread.close()
    throw searchFailed(cause)
  }

  return {
    async search(request, signal) {
      const start = performance.now()
      const { embedder } = options
      const queries = embedder ? await embedQueries(embedder, former(), request.query, signal) : []
      const embedded = performance.now()
      try {
        const outcome = await thread.call({ request, queries }, 'normal', signal)
        outcome.trace.timings.embed = Math.round((embedded - start) * 100) / 100
        outcome.trace.timings.total = Math.round((performance.now() - start) * 100) / 100
        return outcome
      }
      catch (cause) {
        signal?.throwIfAborted()
        throw searchFailed(cause)
      }
    },
    close: () => thread.close(),
  }
}

/** The former embedder may just be leaving: then its index serves no more. */
async function embedQueries(embedder: Embedder, former: Embedder | null, text: string, signal?: AbortSignal): Promise<EmbeddedQuery[]> {
  const queries = await Promise.all([embedQuery(embedder, text, signal), former && embedQuery(former, text, signal).catch(() => null)])
  return queries.filter(query => query !== null)
}

async function embedQuery(embedder: Embedder, text: string, signal?: AbortSignal): Promise<EmbeddedQuery> {
  const [embedding] = await embedder.embed([text], 'query', signal)
  return { embedding: embedding!, embedderId: embedder.id }
}

function searchFailed(cause: unknown): AppError {
  return new AppError('search_failed', 503, 'The search did not answer. Your documents are untouched; try again in a moment.', { cause })
}

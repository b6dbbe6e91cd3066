import { availableParallelism } from 'node:os'
import type { Embedder } from '../embed/types.ts'
import { AppError } from '../utils/app-error.ts'
import { memoryMb } from '../utils/memory.ts'
import { WorkerThread } from '../utils/worker-thread.ts'
import { createInteractionReranker, type InteractionOptions } from './interaction-reranker.ts'
import { withDefaults } from './options.ts'
import type { Reranker } from './rerank.ts'
import type { EmbeddedQuery, FoundCandidates } from './search.ts'
import type { Retriever, SearchOutcome, SearchRequest } from './types.ts'

/** A search at 100,000 chunks takes a quarter of a second; one that runs this long is ended with its thread. */
const SEARCH_TIMEOUT_MS = 10_000
const START_TIMEOUT_MS = 10_000
/** Searches that may wait; with the time limit it also bounds how long the last of them can take. */
const MAX_WAITING = 64
const MAX_HEAP_MB = 96
/**
 * Of a rerank; after it the fused order stands. Two cores rerank 20 candidates whose vectors are not at hand in a quarter
 * of a second, one core 8 of them in a sixth, so only an overloaded machine gets here, and equal searches stay equal.
 */
const RERANK_TIMEOUT_MS = 1_000
/** A machine that is smaller than this looks at fewer candidates, and keeps fewer of their vectors. */
const AMPLE_MB = 768
const RERANK_LIMIT = { ample: 50, small: 8 }
const CACHE_BYTES = { ample: 16 * 1024 * 1024, small: 4 * 1024 * 1024 }

export interface SearchWorkerData { databasePath: string }
/** What the search thread does, by name. The queries are the query as each embedder has it whose index may serve at the moment, the one in use first; none in keyword mode. */
export interface SearchWork {
  find: { input: { request: SearchRequest, queries: EmbeddedQuery[] }, reply: FoundCandidates }
  interact: { input: { query: Float32Array, texts: Uint8Array[], dimensions: number }, reply: number[] }
  select: { input: { request: SearchRequest, found: Pick<FoundCandidates, 'outcome' | 'ranked'>, scores: number[] }, reply: SearchOutcome }
}
export type SearchWorkerRequest = { [Kind in keyof SearchWork]: { kind: Kind, input: SearchWork[Kind]['input'] } }[keyof SearchWork]
export type SearchWorkerReply = SearchWork[keyof SearchWork]['reply']

/**
 * Starts the search thread on a database that is migrated and, with an embedder, has its vector index
 * (`ensureVectorIndex`).
 *
 * @param options.entry path of worker.ts or of its bundle
 * @param options.embedder null: keyword mode
 * @param options.former the embedder before it, while its index still serves; the index decides, not who asks
 * @throws AppError('search_failed', 503) when the thread cannot start
 */
export async function createRetriever(options: { databasePath: string, entry: string, embedder: Embedder | null, former?: () => Embedder | null }): Promise<Retriever> {
  const { embedder, former = () => null } = options
  const workerData: SearchWorkerData = { databasePath: options.databasePath }
  const thread = new WorkerThread<SearchWorkerRequest, SearchWorkerReply>({
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
  // What belongs to a search under way goes before the next search.
  const work = <Kind extends keyof SearchWork>(kind: Kind, input: SearchWork[Kind]['input'], signal?: AbortSignal) =>
    thread.call({ kind, input } as SearchWorkerRequest, kind === 'find' ? 'normal' : 'urgent', signal) as Promise<SearchWork[Kind]['reply']>
  const reranker = embedder && rerankerOf(embedder, (query, texts, dimensions, signal) => work('interact', { query, texts, dimensions }, signal))

  return {
    async search(request, signal) {
      const start = performance.now()
      const queries = embedder ? await embedQueries(embedder, former(), request.query, signal) : []
      const embedded = performance.now()
      try {
        const found = await work('find', { request, queries }, signal)
        const searched = performance.now()
        const outcome = reranker ? await rerank(found, request, reranker, signal) : found.outcome
        const { timings } = outcome.trace
        timings.embed = milliseconds(embedded - start)
        if (outcome.trace.rerank) timings.rerank = milliseconds(performance.now() - searched)
        timings.total = milliseconds(performance.now() - start)
        return outcome
      }
      catch (cause) {
        signal?.throwIfAborted()
        throw searchFailed(cause)
      }
    },
    close: () => thread.close(),
  }

  async function rerank(found: FoundCandidates, request: SearchRequest, reranker: Reranker, signal?: AbortSignal): Promise<SearchOutcome> {
    const { outcome, ranked } = found
    if (withDefaults(request.options).rerank === 0) return outcome
    const asItWas = (skipped: string): SearchOutcome => ({ ...outcome, trace: { ...outcome.trace, rerank: { candidates: 0, skipped } } })
    if (ranked.length < 2) return asItWas('there is nothing to compare')
    const texts = found.texts.slice(0, reranker.limit)
    if (texts.length === 0) return asItWas('the first candidate is far ahead')
    const late = AbortSignal.timeout(RERANK_TIMEOUT_MS)
    let scores: number[]
    try {
      scores = await reranker.score(request.query, texts, signal ? AbortSignal.any([signal, late]) : late)
    }
    catch {
      signal?.throwIfAborted()
      return asItWas(late.aborted ? `it took longer than ${RERANK_TIMEOUT_MS} ms` : 'it did not succeed')
    }
    return work('select', { request, found: { outcome, ranked }, scores }, signal)
  }
}

/** Null where the embedder has no token vectors. */
function rerankerOf({ tokens, dimensions }: Embedder, interact: InteractionOptions['interact']): Reranker | null {
  if (!tokens) return null
  const size = availableParallelism() > 1 && memoryMb() >= AMPLE_MB ? 'ample' : 'small'
  return createInteractionReranker({ tokens, dimensions, limit: RERANK_LIMIT[size], cacheBytes: CACHE_BYTES[size], interact })
}

function milliseconds(time: number): number {
  return Math.round(time * 100) / 100
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

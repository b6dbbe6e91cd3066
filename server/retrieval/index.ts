import { availableParallelism } from 'node:os'
import type { CrossEncoder } from '../embed/cross/index.ts'
import type { Embedder } from '../embed/types.ts'
import { AppError } from '../utils/app-error.ts'
import { memoryMb } from '../utils/memory.ts'
import { WorkerThread } from '../utils/worker-thread.ts'
import { createCrossReranker } from './cross-reranker.ts'
import { createInteractionReranker, type InteractionOptions } from './interaction-reranker.ts'
import { withDefaults } from './options.ts'
import type { Reranker } from './rerank.ts'
import { questionParts } from './question-parts.ts'
import type { EmbeddedQuery } from './ranking.ts'
import type { FoundCandidates, ServedQuery } from './search.ts'
import type { RetrievalOptions, Retriever, SearchOutcome, SearchRequest } from './types.ts'

/** A search at 100,000 chunks takes a quarter of a second; one that runs this long is ended with its thread. */
const SEARCH_TIMEOUT_MS = 10_000
const START_TIMEOUT_MS = 10_000
/** Searches that may wait; with the time limit it also bounds how long the last of them can take. */
const MAX_WAITING = 64
const MAX_HEAP_MB = 96
/** A machine that is smaller than this looks at fewer candidates, and keeps fewer of their vectors. */
const AMPLE_MB = 768
const RERANK_LIMIT = { ample: 50, small: 8 }
const CACHE_BYTES = { ample: 16 * 1024 * 1024, small: 4 * 1024 * 1024 }

export interface SearchWorkerData { databasePath: string }
/** What the search thread does, by name. */
export interface SearchWork {
  find: { input: { request: SearchRequest, queries: ServedQuery[] }, reply: FoundCandidates }
  interact: { input: { query: Float32Array, texts: Uint8Array[], dimensions: number }, reply: number[] }
  select: { input: { request: SearchRequest, found: Pick<FoundCandidates, 'outcome' | 'ranked'>, scores: number[], by: 'interaction' | 'cross' }, reply: SearchOutcome }
}
export type SearchWorkerRequest = { [Kind in keyof SearchWork]: { kind: Kind, input: SearchWork[Kind]['input'] } }[keyof SearchWork]
export type SearchWorkerReply = SearchWork[keyof SearchWork]['reply']

/**
 * Starts the search thread on a database that is migrated and, with an embedder, has its vector index
 * (`ensureVectorIndex`).
 *
 * @param options.entry path of worker.ts or of its bundle
 * @param options.embedder null: keyword mode; read anew for each search
 * @param options.former the embedder before it, while its index still serves; the index decides, not who asks
 * @param options.cross a reranking model, read anew for each search; late interaction takes its place where it fails or is late
 * @param options.settings of this instance, in the place of the defaults
 * @throws AppError('search_failed', 503) when the thread cannot start
 */
export async function createRetriever(options: {
  databasePath: string, entry: string, embedder: Embedder | null, former?: () => Embedder | null, cross?: () => CrossEncoder | null, settings?: Partial<RetrievalOptions>
}): Promise<Retriever> {
  const { former = () => null, cross = () => null, settings = {} } = options
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
  // Made anew when the embedder changes: it keeps vectors of one.
  let ready: { embedder: Embedder, reranker: Reranker | null } | null = null
  const interactionOf = (embedder: Embedder) => {
    if (ready?.embedder !== embedder) ready = { embedder, reranker: rerankerOf(embedder, (query, texts, dimensions, signal) => work('interact', { query, texts, dimensions }, signal)) }
    return ready.reranker
  }
  let crossReady: { encoder: CrossEncoder, reranker: Reranker } | null = null
  const crossOf = (encoder: CrossEncoder) => {
    if (crossReady?.encoder !== encoder) crossReady = { encoder, reranker: createCrossReranker(encoder, RERANK_LIMIT[machineSize()]) }
    return crossReady.reranker
  }

  return {
    async search(asked, signal) {
      const request: SearchRequest = { ...asked, options: { ...settings, ...asked.options } }
      const start = performance.now()
      const { embedder } = options
      const parts = withDefaults(request.options).parts ? questionParts(request.query) : []
      const queries = await Promise.all([request.query, ...parts].map(async (text): Promise<ServedQuery> =>
        ({ text, vectors: embedder ? await embedQueries(embedder, former(), text, signal) : [] })))
      const embedded = performance.now()
      try {
        const found = await work('find', { request, queries }, signal)
        const searched = performance.now()
        const encoder = cross()
        const outcome = await rerank(found, request, { cross: encoder && crossOf(encoder), interaction: embedder && interactionOf(embedder) }, signal)
        const { timings } = outcome.trace
        timings.embed = milliseconds(embedded - start)
        if (outcome.trace.rerank) timings[outcome.trace.rerank.by ?? 'rerank'] = milliseconds(performance.now() - searched)
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

  async function rerank(found: FoundCandidates, request: SearchRequest, rerankers: Rerankers, signal?: AbortSignal): Promise<SearchOutcome> {
    const { outcome, ranked } = found
    const { rerank: wanted, rerankMs, crossMs } = withDefaults(request.options)
    if (wanted === 0 || (!rerankers.cross && !rerankers.interaction)) return outcome
    const told = (outcome: SearchOutcome, fields: Partial<SearchOutcome['trace']['rerank']>): SearchOutcome =>
      ({ ...outcome, trace: { ...outcome.trace, rerank: { candidates: 0, skipped: null, ...outcome.trace.rerank, ...fields } } })
    if (ranked.length < 2) return told(outcome, { skipped: 'there is nothing to compare' })
    if (found.texts.length === 0) return told(outcome, { skipped: 'the first candidate is far ahead' })
    const select = (scores: number[], by: 'interaction' | 'cross') => work('select', { request, found: { outcome, ranked }, scores, by }, signal)
    let fallback: string | undefined
    if (rerankers.cross) {
      const scores = await scoresOf(rerankers.cross, found, request, crossMs, signal)
      if (typeof scores !== 'string') return select(scores, 'cross')
      fallback = `the reranking model was left out: ${scores}`
    }
    const scores = rerankers.interaction ? await scoresOf(rerankers.interaction, found, request, rerankMs, signal) : fallback!
    if (typeof scores === 'string') return told(outcome, { skipped: scores, ...rerankers.interaction && fallback && { fallback } })
    return told(await select(scores, 'interaction'), fallback ? { fallback } : {})
  }
}

/** What can take a second look, the first of them that can in time; null where it is not there. */
interface Rerankers { cross: Reranker | null, interaction: Reranker | null }

/** The scores of the first candidates, or why there are none. */
async function scoresOf(reranker: Reranker, { texts }: FoundCandidates, { query }: SearchRequest, budgetMs: number, signal?: AbortSignal): Promise<number[] | string> {
  const late = AbortSignal.timeout(budgetMs)
  try {
    return await reranker.score(query, texts.slice(0, reranker.limit), signal ? AbortSignal.any([signal, late]) : late)
  }
  catch {
    signal?.throwIfAborted()
    return late.aborted ? `it took longer than ${budgetMs} ms` : 'it did not succeed'
  }
}

/** Null where the embedder has no token vectors. */
function rerankerOf({ tokens, dimensions }: Embedder, interact: InteractionOptions['interact']): Reranker | null {
  if (!tokens) return null
  const size = machineSize()
  return createInteractionReranker({ tokens, dimensions, limit: RERANK_LIMIT[size], cacheBytes: CACHE_BYTES[size], interact })
}

function machineSize(): 'ample' | 'small' {
  return availableParallelism() > 1 && memoryMb() >= AMPLE_MB ? 'ample' : 'small'
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

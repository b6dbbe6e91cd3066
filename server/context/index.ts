import { AssistantTurn } from '../answer/assistant-turn.ts'
import { streamMessage, type CallLimits, type ClaudeConnection } from '../answer/claude-call.ts'
import { retryAfterMs } from '../answer/claude-errors.ts'
import { CHUNK_CONTEXT_VERSION } from '../answer/prompts/chunk-context.ts'
import {
  contextSpending, isFreeForContexts, nextContextDocument, nextWithoutContext, saveContext, setContextsComplete, type ContextChunk, type ContextDocument,
} from '../db/chunk-contexts.ts'
import { write, type Db } from '../db/connection.ts'
import type { TokenUsage } from '../db/usage.ts'
import type { Embedder } from '../embed/types.ts'
import { AppError } from '../utils/app-error.ts'
import type { ContextStatus } from '../../shared/schemas/status.ts'
import { indexContexts } from './index-contexts.ts'
import { CONTEXT_MODEL, contextRequest, mostCost, readContext } from './request.ts'

/** Contexts that are put into the indexes together; a kill loses none of them. */
const INDEX_EVERY = 16
/** Somebody may have cancelled, deleted or read anew; documents that get ready say so at once. */
const LOOK_MS = 30_000
/** Nobody waits for a context, so the API is given time. */
const LIMITS: CallLimits = { connectMs: 30_000, stallMs: 60_000, attempts: 4, maxWaitMs: 60_000, backoffMs: 2_000 }
const PAUSE = { firstMs: 30_000, longestMs: 15 * 60_000 }

/** What only somebody at the settings can change. */
const FINAL: Record<string, string> = {
  claude_key_rejected: 'Anthropic does not accept the API key of this server.',
  claude_no_credit: 'The Anthropic account of this server has no credit left.',
  claude_forbidden: `The API key of this server may not use ${CONTEXT_MODEL}.`,
  claude_model_unknown: `Anthropic does not know the model ${CONTEXT_MODEL}.`,
}
/** What lies in the document. */
const UNSUITABLE = new Set(['claude_bad_request', 'claude_too_large'])

export interface ChunkContextOptions {
  db: Db
  connection: ClaudeConnection
  /** The one in use, read anew for each batch; null in keyword mode. */
  readonly embedder: Embedder | null
  /** Dollars: of one document, and of all together since the beginning. */
  limits: { documentUsd: number, totalUsd: number }
  /** False while the disk is too full for more. */
  hasRoom: () => boolean
  log: (level: 'info' | 'warn' | 'error', message: string, fields?: { documentKey?: number, chunks?: number, costUsd?: number, error?: unknown }) => void
  onUsage: (usage: TokenUsage) => void
  calls?: Partial<CallLimits>
  pause?: Partial<typeof PAUSE>
}

export interface ChunkContexts {
  /** There may be something to do. */
  kick: () => void
  /** Ends what is under way; the next start goes on with the next chunk. */
  stop: () => Promise<void>
  readonly status: ContextStatus
}

/**
 * Has a model write, for each chunk of the documents that are ready, what it takes to understand it by itself, and indexes
 * that with the chunk (contextual retrieval, https://www.anthropic.com/engineering/contextual-retrieval). One call at a time, in the
 * background, for one chunk after another of a document, so that all but the first of a section read the document from the
 * API's cache. Each answer is stored at once with its cost; searches find the chunk as before until it is indexed anew.
 *
 * Before a call the most that it can cost has to fit under both limits. A document that would go over its own is indexed with what
 * it has; once the total is reached nothing is asked any more.
 */
export function createChunkContexts(options: ChunkContextOptions): ChunkContexts {
  const { db, connection, limits, hasRoom, log, onUsage } = options
  const calls = { ...LIMITS, ...options.calls }
  const pauses = { ...PAUSE, ...options.pause }
  const stopping = new AbortController()
  const { signal } = stopping
  let spent = contextSpending(db)
  /** Readings that reached the limit of a document: a higher one takes a restart. */
  const full: string[] = []
  let status: ContextStatus = { state: 'idle', message: null }
  let wake = Promise.withResolvers<void>()
  const running = run()

  async function run(): Promise<void> {
    let wait = pauses.firstMs
    while (!signal.aborted) {
      let pause = LOOK_MS
      try {
        const document = hasRoom() ? nextContextDocument(db, full) : null
        if (document) {
          status = { state: 'writing', message: null }
          if (await situate(document)) {
            wait = pauses.firstMs
            continue
          }
        }
        if (status.state === 'writing') status = { state: 'idle', message: null }
      }
      catch (error) {
        if (signal.aborted) return
        const reason = error instanceof AppError ? FINAL[error.code] : undefined
        status = reason
          ? { state: 'stopped', message: `${reason} No contexts of passages are written until that is changed and the server started again.` }
          : { state: 'waiting', message: 'Contexts of passages could not be written; it is tried again by itself.' }
        log(reason ? 'error' : 'warn', status.message!, { error })
        if (reason) return
        pause = Math.max(wait, retryAfterMs(error instanceof Error ? error.cause : null) ?? 0)
        wait = Math.min(2 * wait, pauses.longestMs)
      }
      if (status.state === 'full') return
      await idle(pause, status.state !== 'waiting')
    }
  }

  /** Goes on with a document. @returns whether to look for the next one at once */
  async function situate(document: ContextDocument): Promise<boolean> {
    let fresh = 0
    let chunks = 0
    let documentSpent = document.spentUsd
    let whole = false
    let unsuitable = false
    while (isFreeForContexts(db, document.key) && hasRoom()) {
      const chunk = nextWithoutContext(db, document.key)
      whole = chunk === null
      if (!chunk) break
      const body = contextRequest(db, document, chunk)
      const most = mostCost(body)
      if (spent + most > limits.totalUsd) {
        status = { state: 'full', message: `Contexts of passages have cost $${spent.toFixed(2)}; the limit of $${limits.totalUsd} (RAGTIME_CHUNK_CONTEXT_USD) leaves no room for more.` }
        log('warn', status.message!)
        break
      }
      if (documentSpent + most > limits.documentUsd) {
        full.push(document.reading)
        log('warn', 'A document has reached its limit for contexts of passages', { documentKey: document.key, costUsd: documentSpent })
        break
      }
      const costUsd = await ask(document, chunk, body, most)
      unsuitable = costUsd === null
      if (costUsd === null) break
      documentSpent += costUsd
      chunks++
      if (++fresh < INDEX_EVERY) continue
      fresh = 0
      if (!await indexContexts(options, document, signal)) return false
    }
    if (!await indexContexts(options, document, signal)) return false
    if (whole) write(db, () => setContextsComplete(db, document))
    if (chunks > 0) log('info', 'Passages of a document got contexts', { documentKey: document.key, chunks, costUsd: documentSpent - document.spentUsd })
    return status.state !== 'full' && (whole || unsuitable || full.includes(document.reading))
  }

  /** @returns what it has cost; null where the document cannot be asked about */
  async function ask(document: ContextDocument, chunk: ContextChunk, body: ReturnType<typeof contextRequest>, most: number): Promise<number | null> {
    const turn = new AssistantTurn()
    let failure: unknown = null
    try {
      for await (const event of streamMessage(connection, body, calls, signal)) if (event.type !== 'waiting') turn.accept(event)
    }
    catch (error) {
      failure = error
    }
    const used = turn.usage(CONTEXT_MODEL)?.data ?? null
    const usage = used && { ...used, promptVersion: CHUNK_CONTEXT_VERSION }
    const costUsd = usage ? usage.costUsd ?? most : 0
    spent += costUsd
    const isUnsuitable = failure instanceof AppError && UNSUITABLE.has(failure.code)
    write(db, () => {
      saveContext(db, { chunk, documentKey: document.key, text: failure ? null : readContext(turn), version: CHUNK_CONTEXT_VERSION, usage, costUsd })
      if (isUnsuitable) setContextsComplete(db, document)
    })
    if (usage) onUsage(usage)
    if (isUnsuitable) {
      log('warn', 'A document cannot be sent for contexts of its passages', { documentKey: document.key, error: failure })
      return null
    }
    if (failure) throw failure
    return costUsd
  }

  async function idle(ms: number, wakeable: boolean): Promise<void> {
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, ms).unref()
    signal.addEventListener('abort', () => timeout.resolve(), { once: true })
    await Promise.race([timeout.promise, ...wakeable ? [wake.promise] : []])
    clearTimeout(timer)
    wake = Promise.withResolvers()
  }

  return {
    kick: () => wake.resolve(),
    async stop() {
      stopping.abort(new Error('The server stops'))
      await running
    },
    get status() {
      return status
    },
  }
}

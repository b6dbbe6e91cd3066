import { createHash } from 'node:crypto'
import { AppError } from '../../utils/app-error.ts'
import { describeFetchError, readBounded } from '../../utils/http-client.ts'
import { cutToTokens, estimateTokens } from '../estimate.ts'
import { CallError, retrying, statusError, type RetryLimits } from '../retry.ts'
import type { Embedder } from '../types.ts'
import { cutBatches } from './batches.ts'
import { Lanes } from './lanes.ts'
import { PROVIDERS, type ProviderName } from './providers.ts'
import { readVectors } from './vectors.ts'

export interface HostedSettings {
  provider: ProviderName
  model: string
  /** Base of the addresses, such as `http://127.0.0.1:8080/v1`; null: the provider's own. */
  url: string | null
  apiKey: string | null
  /** How many numbers to ask for; null: what the model gives by itself. */
  dimensions: number | null
}

export interface HostedLimits {
  /** A person waits for a question and nobody for a document. */
  query: RetryLimits & { requestMs: number }
  document: RetryLimits & { requestMs: number }
  /** Calls at a time; one place is for questions alone. */
  calls: number
}
const LIMITS: HostedLimits = {
  query: { attempts: 2, backoffMs: 300, maxWaitMs: 2_000, impatient: true, requestMs: 10_000 },
  document: { attempts: 6, backoffMs: 500, maxWaitMs: 60_000, requestMs: 60_000 },
  calls: 4,
}

/** Longest text in estimated tokens: what the smallest models that are served so read. A chunk with its headings has less. */
const WINDOW = 512
const MAX_WAITING = 4_096
/** A number takes some 12 bytes, in scientific notation with blanks up to 28. */
const BYTES_PER_NUMBER = 32
const MAX_DIMENSIONS = 8_192
/** Vectors that were received before a later part of the same call failed; they wait for the next attempt. */
const MAX_KEPT = 1_024
/** Stands for a text of nothing but blanks, which the services refuse. */
const BLANK = '.'

/**
 * Names provider, model, address where it is not the provider's own, and dimensions. What a service does behind a name
 * cannot be known; a model that changes under its name needs another address or name here.
 */
export function hostedId({ provider, model, url }: HostedSettings, dimensions: number): string {
  const place = url === null ? '' : `@${new URL(url).host}`
  return `${provider}:${model}${place}-${dimensions}`
}

/**
 * Asks the service for one vector to learn how many numbers it has, and whether service, key and model are right.
 *
 * @throws AppError as {@link createHostedEmbedder}'s `embed`
 */
export async function probeDimensions(settings: HostedSettings, signal?: AbortSignal, overrides: Partial<HostedLimits> = {}): Promise<number> {
  const { limits, call } = caller(settings, overrides)
  try {
    const [vector] = await retrying(() => call(['ragtime'], 'document', settings.dimensions, limits.query.requestMs, signal), limits.query, signal)
    return vector!.length
  }
  catch (error) {
    signal?.throwIfAborted()
    throw describeFailure(settings, error)
  }
}

/**
 * An embedding model behind an API. `embed` rejects with AppError `embedder_unavailable` (503) when another try may help,
 * `embedder_key_rejected` (503) and `embedding_failed` (503) when it will not.
 *
 * @param dimensions what `probeDimensions` gave, or what is known from before: then the service need not be there now
 */
export function createHostedEmbedder(settings: HostedSettings, dimensions: number, overrides: Partial<HostedLimits> = {}): Embedder {
  const { limits, call } = caller(settings, overrides)
  const lanes = new Lanes(limits.calls, MAX_WAITING)
  const closing = new AbortController()
  const kept = new Map<string, Float32Array>()
  let trouble: string | null = null

  async function embedAll(texts: string[], kind: 'query' | 'document', signal: AbortSignal): Promise<Float32Array[]> {
    const inputs = texts.map(prepare)
    const found = new Map<string, Float32Array>()
    for (const input of inputs) {
      const vector = kept.get(keyOf(kind, input))
      if (vector) found.set(input, vector)
    }
    const missing = [...new Set(inputs)].filter(input => !found.has(input))
    const { requestMs, ...retry } = limits[kind]
    const outcomes = await Promise.allSettled(cutBatches(missing, PROVIDERS[settings.provider].batch).map(async (batch) => {
      const vectors = await retrying(
        () => lanes.run(kind === 'query' ? 'urgent' : 'normal', () => call(batch, kind, dimensions, requestMs, signal), signal), retry, signal)
      for (const [index, input] of batch.entries()) found.set(input, vectors[index]!)
    }))
    const failed = outcomes.find(outcome => outcome.status === 'rejected')
    if (failed) {
      // What came is paid for: the next attempt at these texts asks for the rest alone.
      for (const [input, vector] of found) kept.set(keyOf(kind, input), vector)
      for (const key of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(key)
      throw failed.reason
    }
    for (const input of inputs) kept.delete(keyOf(kind, input))
    return inputs.map(input => found.get(input)!.slice())
  }

  return {
    id: hostedId(settings, dimensions),
    dimensions,
    window: WINDOW,
    countTokens: estimateTokens,
    async embed(texts, kind, signal) {
      signal?.throwIfAborted()
      try {
        const vectors = await embedAll(texts, kind, signal ? AbortSignal.any([signal, closing.signal]) : closing.signal)
        if (texts.length > 0) trouble = null
        return vectors
      }
      catch (error) {
        signal?.throwIfAborted()
        const failure = describeFailure(settings, error)
        if (!closing.signal.aborted) trouble = failure.message
        throw failure
      }
    },
    trouble: () => trouble,
    async close() {
      closing.abort(new Error('The embedder was closed'))
      lanes.close(new Error('The embedder was closed'))
    },
  }
}

/** One request; nothing of its answer is kept unless all of it is right. */
function caller(settings: HostedSettings, overrides: Partial<HostedLimits>) {
  const provider = PROVIDERS[settings.provider]
  const address = `${(settings.url ?? provider.url).replace(/\/+$/, '')}/embeddings`
  const call = async (input: string[], kind: 'query' | 'document', dimensions: number | null, requestMs: number, signal?: AbortSignal): Promise<Float32Array[]> => {
    const limit = AbortSignal.timeout(requestMs)
    try {
      const response = await fetch(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...settings.apiKey !== null && { authorization: `Bearer ${settings.apiKey}` } },
        body: JSON.stringify({ model: settings.model, input, ...provider.parameters(kind, settings.dimensions) }),
        // A redirect could take key and texts elsewhere.
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      })
      if (!response.ok) {
        await response.body?.cancel()
        throw statusError(provider.title, response)
      }
      const body = await readBounded(response, 65_536 + input.length * (dimensions ?? MAX_DIMENSIONS) * BYTES_PER_NUMBER)
      return readVectors(body, { count: input.length, dimensions })
    }
    catch (error) {
      signal?.throwIfAborted()
      if (error instanceof CallError) throw error
      const why = limit.aborted ? `did not answer within ${requestMs / 1000} s` : `did not answer: ${describeFetchError(error)}`
      throw new CallError(`${provider.title} ${why}`, { transient: true })
    }
  }
  return { limits: { ...LIMITS, ...overrides }, call }
}

function prepare(text: string): string {
  return text.trim() === '' ? BLANK : cutToTokens(text, WINDOW).toWellFormed()
}

function keyOf(kind: string, input: string): string {
  return createHash('sha256').update(`${kind}\n${input}`).digest('base64')
}

/** What happened, that nothing was lost, and what to do; never a word of the service, which may repeat what it was sent. */
function describeFailure({ provider: name, model, apiKey }: HostedSettings, cause: unknown): AppError {
  const { title, keySetting } = PROVIDERS[name]
  const fail = (code: string, happened: string, next: string) => new AppError(code, 503, `${happened} Nothing was lost; ${next}`, { cause })
  if (!(cause instanceof CallError)) return fail('embedding_failed', 'The embedding model did not answer.', 'try again in a moment.')
  const { status } = cause
  if (status === 401 || status === 403) {
    return fail('embedder_key_rejected', apiKey === null ? `${title} asks for a key.` : `${title} does not accept the key of this server.`, `check ${keySetting} and restart the server.`)
  }
  if (status === 429) return fail('embedder_unavailable', `${title} takes no more requests for now.`, 'it is asked again by itself; a question can be asked again in a moment.')
  if (cause.transient) return fail('embedder_unavailable', `${title} cannot be reached or is not well.`, 'it is asked again by itself; a question can be asked again in a moment.')
  if (status === 404) return fail('embedding_failed', `${title} knows no model ${model}, or its address is wrong.`, 'check RAGTIME_EMBEDDER and RAGTIME_EMBEDDER_URL.')
  if (status !== null) return fail('embedding_failed', `${title} refuses what it is asked (${status}).`, 'check RAGTIME_EMBEDDER and RAGTIME_EMBEDDER_DIMENSIONS.')
  return fail('embedding_failed', `${title} gave an answer that cannot be used.`, `check that ${model} is an embedding model, and RAGTIME_EMBEDDER_DIMENSIONS.`)
}

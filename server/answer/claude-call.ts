import { setTimeout as delay } from 'node:timers/promises'
import Anthropic from '@anthropic-ai/sdk'
import { CallFailure, describeFailure, isTransient, retryAfterMs } from './claude-errors.ts'

export interface ClaudeConnection {
  apiKey: string
  /** Null: Anthropic's own address. */
  baseUrl: string | null
}

/** Milliseconds, but for `attempts`. */
export interface CallLimits {
  /** Until the response begins. */
  connectMs: number
  /** Without a byte; pings count as life, so a model that thinks is not taken for a dead one. */
  stallMs: number
  /** Tries in all, while nothing has been written. */
  attempts: number
  /** Longest wait that is worth sitting out; past it the answer ends with the time to come back. */
  maxWaitMs: number
  /** First wait where the API names none; it doubles. */
  backoffMs: number
}

export const CALL_LIMITS: CallLimits = { connectMs: 30_000, stallMs: 45_000, attempts: 3, maxWaitMs: 30_000, backoffMs: 1_000 }

/** A connection that stays open after the end is not waited for any longer. */
const FAREWELL_MS = 1_000

export type CallEvent = Anthropic.RawMessageStreamEvent | { type: 'waiting', retryAfterMs: number }

/**
 * One streamed call. Failures that may pass are tried again while no text has come, as `retry-after` says; a new
 * attempt begins with a new `message_start`. Throws AppError, or the signal's reason.
 */
export async function* streamMessage(
  connection: ClaudeConnection, body: Anthropic.MessageCreateParamsNonStreaming, limits: CallLimits, signal: AbortSignal, wroteBefore = false,
): AsyncGenerator<CallEvent, void, void> {
  for (let attempt = 1; ; attempt++) {
    let wrote = false
    let began = false
    try {
      for await (const event of attemptOnce(connection, body, limits, signal)) {
        began = true
        wrote ||= bringsText(event)
        yield event
      }
      return
    }
    catch (error) {
      signal.throwIfAborted()
      const wait = retryAfterMs(error) ?? limits.backoffMs * 2 ** (attempt - 1)
      if (wrote || attempt >= limits.attempts || !isTransient(error) || wait > limits.maxWaitMs) {
        throw describeFailure(error, { model: body.model, wrote: wrote || wroteBefore, began, apiKey: connection.apiKey })
      }
      yield { type: 'waiting', retryAfterMs: Math.round(wait) }
      await delay(wait, undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

async function* attemptOnce(
  connection: ClaudeConnection, body: Anthropic.MessageCreateParamsNonStreaming, limits: CallLimits, signal: AbortSignal,
): AsyncGenerator<Anthropic.RawMessageStreamEvent, void, void> {
  const quiet = new AbortController()
  let complete = false
  let timer: NodeJS.Timeout | undefined
  const alive = () => {
    clearTimeout(timer)
    timer = setTimeout(() => quiet.abort(), complete ? Math.min(limits.stallMs, FAREWELL_MS) : limits.stallMs)
  }
  const client = new Anthropic({
    apiKey: connection.apiKey,
    ...(connection.baseUrl ? { baseURL: connection.baseUrl } : {}),
    // Retries are ours: the SDK's own would go unseen and could repeat what was written.
    maxRetries: 0,
    timeout: limits.connectMs,
    logLevel: 'off',
    fetch: watchedFetch(alive),
  })
  try {
    const stream = await client.messages.create({ ...body, stream: true }, { signal: AbortSignal.any([signal, quiet.signal]) })
    alive()
    try {
      for await (const event of stream) {
        yield event
        if (event.type !== 'message_stop' && (event.type !== 'message_delta' || event.delta.stop_reason === null)) continue
        complete = true
        alive()
      }
    }
    catch (error) {
      // With the reason of its end everything has been said; what breaks afterwards takes nothing away.
      if (!complete) throw error
    }
    signal.throwIfAborted()
    // The SDK ends quietly both when it is aborted and when the other side hangs up.
    if (!complete) throw new CallFailure(quiet.signal.aborted ? 'stalled' : 'cut')
  }
  finally {
    clearTimeout(timer)
  }
}

function bringsText(event: Anthropic.RawMessageStreamEvent): boolean {
  if (event.type === 'content_block_start') return event.content_block.type === 'text' && event.content_block.text !== ''
  return event.type === 'content_block_delta' && event.delta.type === 'text_delta' && event.delta.text !== ''
}

/** Calls `alive` for every piece of the body: the SDK keeps pings to itself. */
function watchedFetch(alive: () => void): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init)
    if (!response.body) return response
    const watched = response.body.pipeThrough(new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        alive()
        controller.enqueue(chunk)
      },
    }))
    return new Response(watched, { status: response.status, statusText: response.statusText, headers: response.headers })
  }
}

import Anthropic from '@anthropic-ai/sdk'
import { AppError } from '../utils/app-error.ts'

/** Failures that may pass by themselves: worth another try while nothing has been written. */
const TRANSIENT = new Set([408, 409, 429, 500, 502, 503, 504, 529])
const TRANSIENT_TYPES = new Set(['overloaded_error', 'api_error', 'rate_limit_error', 'timeout_error'])

export interface FailureContext {
  model: string
  /** Whether a part of the answer is on the screen already. */
  wrote: boolean
  /** Whether the response had begun. */
  began: boolean
  /** A message of the API that repeats it is shown without it. */
  apiKey: string
}

/** What an attempt failed with when the SDK itself saw no error. */
export class CallFailure extends Error {
  readonly kind: 'stalled' | 'cut'

  constructor(kind: 'stalled' | 'cut') {
    super(kind)
    this.kind = kind
  }
}

export function isTransient(error: unknown): boolean {
  if (error instanceof AppError) return false
  if (error instanceof Anthropic.APIConnectionError || error instanceof CallFailure) return true
  if (error instanceof Anthropic.APIError) {
    const status = error.status as number | undefined
    return status === undefined ? TRANSIENT_TYPES.has(error.type ?? '') : TRANSIENT.has(status)
  }
  // What undici throws when a body breaks off.
  return error instanceof TypeError
}

/** Milliseconds the API asks to wait (`retry-after-ms`, or `retry-after` as seconds or a date), or null. */
export function retryAfterMs(error: unknown): number | null {
  if (!(error instanceof Anthropic.APIError)) return null
  const headers = error.headers as Headers | undefined
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN)
  if (milliseconds >= 0) return milliseconds
  const value = headers?.get('retry-after')
  if (!value) return null
  const seconds = Number(value)
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(value) - Date.now()
  return Number.isFinite(wait) ? Math.max(0, wait) : null
}

export function noKey(): AppError {
  return new AppError('claude_no_key', 400, 'No Anthropic API key is set, so Claude cannot answer. Your question is kept: set ANTHROPIC_API_KEY and restart the server, or choose Quotations, which needs no key.')
}

/** Says in one or two sentences what happened, what was kept and what to do. */
export function describeFailure(error: unknown, { model, wrote, began, apiKey }: FailureContext): AppError {
  const kept = wrote ? 'What was written is kept' : 'Your question is kept'
  const fail = (code: string, status: number, happened: string, next: string) => new AppError(code, status, `${happened} ${kept}; ${next}`, { cause: error })

  if (error instanceof AppError) return error
  if (error instanceof CallFailure) {
    return error.kind === 'stalled'
      ? fail('claude_stalled', 504, 'Claude stopped sending and the connection went quiet.', 'try again.')
      : fail('claude_cut', 502, 'The connection to Claude broke off.', 'try again.')
  }
  if (error instanceof Anthropic.APIConnectionTimeoutError) return fail('claude_timeout', 504, 'Claude did not answer in time.', 'try again in a moment.')
  if (error instanceof Anthropic.APIConnectionError) {
    return fail('claude_unreachable', 503, 'Claude could not be reached.', 'check the network connection of the server and try again, or choose Quotations, which needs none.')
  }
  if (!(error instanceof Anthropic.APIError)) {
    return began
      ? fail('claude_cut', 502, 'The connection to Claude broke off.', 'try again.')
      : fail('claude_failed', 502, 'Claude\'s answer could not be read.', 'try again.')
  }
  switch ((error.status as number | undefined) ?? statusOfType(error.type)) {
    case 401:
      return fail('claude_key_rejected', 401, 'Anthropic does not accept the API key of this server.', 'check ANTHROPIC_API_KEY, or choose Quotations, which needs no key.')
    case 402:
      return fail('claude_no_credit', 402, 'The Anthropic account of this server has no credit left.', 'add credit and try again, or choose Quotations, which costs nothing.')
    case 403:
      return fail('claude_forbidden', 403, `The API key of this server may not use ${model}.`, 'choose another model, or a key with that permission.')
    case 404:
      return fail('claude_model_unknown', 404, `Anthropic does not know the model ${model}.`, 'choose another model.')
    case 413:
      return fail('claude_too_large', 413, 'The question with its passages is too large for Claude.', 'ask a shorter question, or start a new chat.')
    case 429: {
      const wait = retryAfterMs(error)
      const when = wait === null ? 'try again in a minute.' : `try again in ${wait < 90_000 ? `${Math.max(1, Math.round(wait / 1_000))} seconds` : `${Math.round(wait / 60_000)} minutes`}.`
      return fail('claude_rate_limited', 429, 'Claude takes no more requests from this account for now.', when)
    }
    case 529:
      return fail('claude_overloaded', 529, 'Claude is overloaded at the moment.', 'try again in a minute.')
    case 400:
    case 422:
      return fail('claude_bad_request', 400, `Claude did not take the request${error.apiMessage ? ` (${error.apiMessage.replaceAll(apiKey, '[key]').slice(0, 200)})` : ''}.`, 'choose another model, or start a new chat.')
    default:
      return fail('claude_failed', 502, 'Claude had an internal error.', 'try again.')
  }
}

/** The status that goes with the type of an error event in mid-stream, where there is no status. */
function statusOfType(type: string | null): number {
  const statuses: Record<string, number> = {
    invalid_request_error: 400, authentication_error: 401, billing_error: 402, permission_error: 403, not_found_error: 404,
    request_too_large: 413, rate_limit_error: 429, timeout_error: 504, overloaded_error: 529,
  }
  return statuses[type ?? ''] ?? 500
}

/** How an answer ended that is not a whole one; null for a whole one. */
export function describeStop(reason: Anthropic.StopReason | null, wrote: boolean): AppError | null {
  const kept = wrote ? 'What was written is kept' : 'Your question is kept'
  switch (reason) {
    case 'max_tokens':
      return new AppError('answer_too_long', 422, `The answer reached its greatest length. ${kept}; ask for the rest, or for one thing at a time.`)
    case 'model_context_window_exceeded':
      return new AppError('claude_context_full', 413, `The conversation has become too long for this model. ${kept}; start a new chat.`)
    case 'refusal':
      return new AppError('claude_refused', 422, `Claude declined to answer this. ${kept}; put the question in other words, or choose Quotations.`)
    case 'pause_turn':
      return new AppError('claude_paused', 502, `Claude paused in the middle of its answer and did not go on. ${kept}; try again.`)
    default:
      return null
  }
}

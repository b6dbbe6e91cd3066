import type Anthropic from '@anthropic-ai/sdk'
import type { AssistantTurn } from '../answer/assistant-turn.ts'
import { claudeModel, costOf, REWRITE_MODEL } from '../answer/models.ts'
import { CHUNK_CONTEXT_PROMPT, CHUNK_CONTEXT_QUESTION } from '../answer/prompts/chunk-context.ts'
import type { ContextChunk } from '../db/chunk-contexts.ts'
import { readText } from '../db/pages.ts'
import type { Db } from '../db/connection.ts'
import { estimateTokens } from '../embed/estimate.ts'

/** Small and cheap: a library has thousands of chunks. */
export const CONTEXT_MODEL = REWRITE_MODEL
/**
 * Of a document, what a request carries: about 15,000 tokens of English, at most 62,000 of Chinese. Every chunk reads it from
 * the cache, so twice as much would cost nearly twice as much; what a chunk refers to stands near it.
 */
const SECTION_CHARS = 60_000
/** Of the next section, so that a chunk at the end has something after it and the last one is whole. */
const OVERLAP_CHARS = 2_000
const MAX_TOKENS = 160
/** A longer answer is no context. */
const MAX_CONTEXT_CHARS = 600
/** A token is seldom longer than what is counted here; the guess is for a limit and has to be too high. */
const MARGIN = 1.25

/**
 * The request for one chunk. The document stands first, behind a mark for the cache, and is the same for all chunks of a
 * section: the first of them pays for writing it there, the others read it for a tenth of the price of new text.
 */
export function contextRequest(db: Db, document: { key: number, title: string, length: number }, chunk: Pick<ContextChunk, 'start' | 'text' | 'headingPath'>): Anthropic.MessageCreateParamsNonStreaming {
  const { thinking } = claudeModel(CONTEXT_MODEL)
  const from = Math.floor(chunk.start / SECTION_CHARS) * SECTION_CHARS
  const section = [...readText(db, document.key, from, Math.min(document.length, from + SECTION_CHARS + OVERLAP_CHARS))].join('').toWellFormed()
  const headings = chunk.headingPath.length > 0 ? `Under the headings: ${chunk.headingPath.join(' › ')}\n\n` : ''
  return {
    model: CONTEXT_MODEL,
    max_tokens: MAX_TOKENS,
    system: CHUNK_CONTEXT_PROMPT,
    messages: [{
      role: 'user',
      content: [
        { type: 'text', text: `Title: ${document.title}\n\n${section}`, cache_control: { type: 'ephemeral' } },
        { type: 'text', text: `${CHUNK_CONTEXT_QUESTION}\n\n${headings}${chunk.text.toWellFormed()}` },
      ],
    }],
    ...(thinking ? { thinking } : {}),
  }
}

/** Most dollars that a request can cost; Infinity where its price is not known. */
export function mostCost(body: Anthropic.MessageCreateParamsNonStreaming): number {
  const tokens = Math.ceil(MARGIN * estimateTokens(JSON.stringify([body.system, body.messages])))
  return costOf(CONTEXT_MODEL, { inputTokens: 0, outputTokens: MAX_TOKENS, cacheReadTokens: 0, cacheWriteTokens: tokens }) ?? Infinity
}

/**
 * The context of an answer, on one line. Of one that was cut off what has an end; empty where the model had nothing to add,
 * declined, or wrote something else than a sentence or two.
 */
export function readContext(turn: Pick<AssistantTurn, 'content' | 'stopReason'>): string {
  const written = turn.content.flatMap(block => block.type === 'text' ? [block.text] : []).join(' ').replace(/[\s\p{Cc}]+/gu, ' ').trim().toWellFormed()
  if (turn.stopReason !== 'end_turn' && turn.stopReason !== 'max_tokens') return ''
  const whole = turn.stopReason === 'max_tokens' ? /^.*[.!?。！？](?=\s|$|["”»])/u.exec(written)?.[0] ?? '' : written
  return whole.length > MAX_CONTEXT_CHARS || !/\p{L}/u.test(whole) ? '' : whole
}

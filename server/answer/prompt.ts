import type Anthropic from '@anthropic-ai/sdk'
import { claudeModel } from './models.ts'
import { SEARCH_TOOL } from './prompts/search-tool.ts'
import { SYSTEM_PROMPT } from './prompts/system.ts'
import type { Turn } from './types.ts'

/** Thinking counts towards it. */
const MAX_TOKENS = 8_192
const CACHE: { cache_control: Anthropic.CacheControlEphemeral } = { cache_control: { type: 'ephemeral' } }

/**
 * One request of an answer. The API reads tools, system and messages in this order and caches whole beginnings, so what
 * never changes stands first, then the history, which only grows, then what belongs to this question.
 *
 * At most three of the API's four cache marks are set: behind the system prompt, behind the history, and, when the model
 * has searched, behind what it found last. A beginning shorter than the model's minimum (512 to 4,096 tokens) is not kept
 * and costs nothing extra: the first question of a chat seldom has one that is long enough.
 */
export function requestBody(model: string, messages: Anthropic.MessageParam[], { maySearch }: { maySearch: boolean }): Anthropic.MessageCreateParamsNonStreaming {
  const { thinking, effort } = claudeModel(model)
  return {
    model,
    max_tokens: MAX_TOKENS,
    tools: [SEARCH_TOOL],
    system: [{ type: 'text', text: SYSTEM_PROMPT, ...CACHE }],
    // The tool stays when it may not be used any more: without it the beginning would be another one.
    tool_choice: { type: maySearch ? 'auto' : 'none' },
    messages: markFound(messages),
    ...(thinking ? { thinking } : {}),
    ...(effort ? { output_config: { effort } } : {}),
  }
}

/** The earlier turns as messages; the last carries a cache mark, so that the next question reads them from the cache. */
export function historyMessages(history: Turn[]): Anthropic.MessageParam[] {
  return history.map(({ role, content }, index) => index === history.length - 1
    ? { role, content: [{ type: 'text', text: content, ...CACHE }] }
    : { role, content })
}

/**
 * Marks the newest results of the tool, for the call after the next. The first call is not marked: most questions need no
 * other, and writing to the cache costs a quarter more than reading the passages anew.
 */
function markFound(messages: Anthropic.MessageParam[]): Anthropic.MessageParam[] {
  const last = messages.at(-1)
  if (last?.role !== 'user' || typeof last.content === 'string') return messages
  const block = last.content.at(-1)
  if (block?.type !== 'tool_result') return messages
  return [...messages.slice(0, -1), { role: 'user', content: [...last.content.slice(0, -1), { ...block, ...CACHE }] }]
}

import { EXTRACTIVE_MODEL, type ModelInfo, type ModelList } from '../../shared/schemas/chats.ts'

/** Dollars per million tokens. */
interface Prices { input: number, output: number, cacheRead: number, cacheWrite: number }

export interface ClaudeModel {
  id: string
  label: string
  /** Null where the price is not known; costs are then reported as unknown. */
  prices: Prices | null
  /** Prompts over this many tokens have other prices, which are not listed here. */
  pricedUpTo: number
  /** The request's `thinking`; what a model accepts differs, and leaving it out is always accepted. */
  thinking: { type: 'between_tools' } | { type: 'disabled' } | null
  effort: 'low' | 'medium' | null
}

/**
 * The Claude models on offer, best default first. Ids from @anthropic-ai/sdk 1.12; prices and thinking from the model
 * pages at platform.claude.com/docs/en/models (5-minute cache writes), read in November 2026.
 *
 * Answers quote passages that are already in the prompt, so thinking up front buys little and delays the first word:
 * each model gets its lowest setting.
 */
export const CLAUDE_MODELS: ClaudeModel[] = [
  {
    id: 'claude-sonnet-5-5',
    label: 'Claude Sonnet 5.5',
    prices: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
    pricedUpTo: Infinity,
    thinking: { type: 'between_tools' },
    effort: 'medium',
  },
  {
    id: 'claude-opus-5-5',
    label: 'Claude Opus 5.5',
    prices: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
    pricedUpTo: Infinity,
    thinking: null,
    effort: 'low',
  },
  {
    id: 'claude-haiku-5-5',
    label: 'Claude Haiku 5.5',
    prices: { input: 0.1, output: 0.5, cacheRead: 0.01, cacheWrite: 0.125 },
    pricedUpTo: 100_000,
    thinking: { type: 'disabled' },
    effort: 'medium',
  },
]

/** Small and fast; turns a follow-up question into one that stands alone. */
export const REWRITE_MODEL = 'claude-haiku-5-5'

const NO_KEY = 'Needs an Anthropic API key: set ANTHROPIC_API_KEY and restart.'

/** What is needed of a model beyond its id; a model that is not listed is used with the API's own defaults. */
export function claudeModel(id: string): ClaudeModel {
  return CLAUDE_MODELS.find(model => model.id === id)
    ?? { id, label: id, prices: null, pricedUpTo: 0, thinking: null, effort: null }
}

/**
 * The models a chat can choose. `configured` (RAGTIME_MODEL) joins the list when it is not on it, and is the default;
 * without a key the default is the answerer that needs none.
 */
export function modelList({ hasKey, configured }: { hasKey: boolean, configured: string | null }): ModelList {
  const claude = CLAUDE_MODELS.map(({ id, label }) => ({ id, label }))
  if (configured && configured !== EXTRACTIVE_MODEL && !claude.some(model => model.id === configured)) {
    claude.unshift({ id: configured, label: configured })
  }
  const items: ModelInfo[] = claude.map(model => ({
    ...model, provider: 'anthropic', available: hasKey, note: hasKey ? null : NO_KEY,
  }))
  items.push({
    id: EXTRACTIVE_MODEL, label: 'Quotations', provider: 'ragtime', available: true,
    note: 'Quotes the sentences that answer a question, word for word. Needs no key and sends nothing anywhere.',
  })
  if (configured === EXTRACTIVE_MODEL || !hasKey) return { items, default: EXTRACTIVE_MODEL }
  return { items, default: configured ?? CLAUDE_MODELS[0]!.id }
}

/** True for what can be asked for: a listed model, or another Claude model by its id. */
export function isModelId(id: string): boolean {
  return id === EXTRACTIVE_MODEL || /^claude-[a-z0-9][a-z0-9.@-]*$/.test(id)
}

/** Dollars, or null where the price is not known. Input tokens do not include the ones read from or written to the cache. */
export function costOf(model: string, usage: { inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number }): number | null {
  const { prices, pricedUpTo } = claudeModel(model)
  const prompt = usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens
  if (!prices || prompt > pricedUpTo) return null
  const microdollars = usage.inputTokens * prices.input + usage.outputTokens * prices.output
    + usage.cacheReadTokens * prices.cacheRead + usage.cacheWriteTokens * prices.cacheWrite
  return microdollars / 1e6
}

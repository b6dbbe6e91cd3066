import { EXTRACTIVE_MODEL } from '../../shared/schemas/chats.ts'
import type { Embedder } from '../embed/types.ts'
import { isRelevant } from '../retrieval/relevance.ts'
import { createClaudeAnswerer } from './claude.ts'
import { createExtractiveAnswerer } from './extractive.ts'
import type { Answerer } from './types.ts'

export interface AnswerersOptions {
  embedder: Embedder | null
  /** Without a key Claude's answers end with the error that says how to set one. */
  anthropic: { apiKey: string | null, baseUrl: string | null }
}

/** Chooses who answers by the model's id. */
export function createAnswerers({ embedder, anthropic }: AnswerersOptions): (model: string) => Answerer {
  const extractive = createExtractiveAnswerer({ embedder })
  const { apiKey, baseUrl } = anthropic
  const claude = createClaudeAnswerer({ connection: apiKey === null ? null : { apiKey, baseUrl }, isRelevant })
  return model => model === EXTRACTIVE_MODEL ? extractive : claude
}

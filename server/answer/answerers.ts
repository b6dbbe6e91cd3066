import { EXTRACTIVE_MODEL } from '../../shared/schemas/chats.ts'
import type { Embedder } from '../embed/types.ts'
import { createClaudeAnswerer } from './claude.ts'
import { createExtractiveAnswerer } from './extractive.ts'
import type { Answerer } from './types.ts'

export interface AnswerersOptions {
  /** Read anew for each answer. */
  embedder: Embedder | null
  /** Without a key Claude's answers end with the error that says how to set one. */
  anthropic: { apiKey: string | null, baseUrl: string | null }
}

/** Chooses who answers by the model's id. */
export function createAnswerers(options: AnswerersOptions): (model: string) => Answerer {
  const { apiKey, baseUrl } = options.anthropic
  const claude = createClaudeAnswerer({
    connection: apiKey === null ? null : { apiKey, baseUrl },
    get embedder() {
      return options.embedder
    },
  })
  return model => model === EXTRACTIVE_MODEL ? createExtractiveAnswerer({ embedder: options.embedder }) : claude
}

import type { Embedder } from '../embed/types.ts'
import { createExtractiveAnswerer } from './extractive.ts'
import type { Answerer } from './types.ts'

export interface AnswerersOptions {
  embedder: Embedder | null
}

/** Chooses who answers by the model's id. */
export function createAnswerers({ embedder }: AnswerersOptions): (model: string) => Answerer {
  const extractive = createExtractiveAnswerer({ embedder, isRelevant: () => true })
  return () => extractive
}

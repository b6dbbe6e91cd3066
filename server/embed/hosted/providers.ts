import type { BatchLimits } from './batches.ts'

export type ProviderName = 'voyage' | 'openai'

export interface Provider {
  /** What people call it. */
  title: string
  /** Base of its addresses where none is set. */
  url: string
  /** The setting that holds its key. */
  keySetting: string
  batch: BatchLimits
  /** What goes into a request beside `model` and `input`. */
  parameters: (kind: 'query' | 'document', dimensions: number | null) => Record<string, unknown>
}

export const PROVIDERS: Record<ProviderName, Provider> = {
  /** At most 1,000 texts and, for the most limited model, 120,000 tokens a request: https://docs.voyageai.com/reference/embeddings-api */
  voyage: {
    title: 'Voyage',
    url: 'https://api.voyageai.com/v1',
    keySetting: 'VOYAGE_API_KEY',
    batch: { items: 128, tokens: 100_000 },
    parameters: (kind, dimensions) => ({ input_type: kind, truncation: true, ...dimensions !== null && { output_dimension: dimensions } }),
  },
  /**
   * https://platform.openai.com/docs/api-reference/embeddings/create, and servers that speak it. OpenAI takes 2,048 texts;
   * servers for one machine take 32 by default, and less text.
   */
  openai: {
    title: 'The embedding service',
    url: 'https://api.openai.com/v1',
    keySetting: 'RAGTIME_EMBEDDER_KEY',
    batch: { items: 32, tokens: 16_000 },
    parameters: (_kind, dimensions) => ({ encoding_format: 'float', ...dimensions !== null && { dimensions } }),
  },
}

/**
 * Turns texts into unit-length vectors. Implementations share one contract test.
 * Vectors of different `id` cannot be compared.
 */
export interface Embedder {
  /** Names model, precision and preprocessing, for example `all-MiniLM-L6-v2-int8`. Stored beside every vector. */
  readonly id: string
  readonly dimensions: number
  /** Longest input in the model's own tokens, specials included; longer texts are cut. */
  readonly window: number
  /** Number of tokens (word-pieces) of a text, specials not counted. Cheap and synchronous. */
  countTokens: (text: string) => number
  /** `query` jumps ahead of waiting `document` work. Rejects with AppError('embedding_failed', 503). */
  embed: (texts: string[], kind: 'query' | 'document', signal?: AbortSignal) => Promise<Float32Array[]>
  close: () => Promise<void>
}

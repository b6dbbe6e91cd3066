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
  /**
   * `query` jumps ahead of waiting `document` work. Rejects with an AppError of status 503: `embedder_unavailable` where a
   * service is away for a while, `embedding_failed` and others where waiting does not help.
   */
  embed: (texts: string[], kind: 'query' | 'document', signal?: AbortSignal) => Promise<Float32Array[]>
  /**
   * Only of an embedder behind a service, which is not asked just to see whether it answers: what the last call failed
   * with, null when it succeeded.
   */
  trouble?: () => string | null
  close: () => Promise<void>
}

/**
 * The vectors of a text's tokens, for late interaction (ColBERT, https://arxiv.org/abs/2004.12832): each token as the model
 * sees it in its text, the special ones left out, texts cut at the window.
 */
export interface TokenEmbedder {
  /** Of a question, ahead of everything else: `tokens × dimensions`, each token's of unit length. */
  query: (text: string, signal?: AbortSignal) => Promise<Float32Array>
  /**
   * Of one of several texts that a question waits for: the signs of the same, see {@link import('./token-vectors.ts').toSigns}.
   * Each call is for one text, so that whoever calls can keep what is done when it gives up.
   */
  document: (text: string, signal?: AbortSignal) => Promise<Uint8Array>
}

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
  /** Only of models that run here: what a service gives away is one vector for a text. */
  tokens?: TokenEmbedder
  close: () => Promise<void>
}

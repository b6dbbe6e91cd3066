import { toSigns, toTokens } from '../../../server/embed/token-vectors.ts'
import type { Embedder } from '../../../server/embed/types.ts'

/**
 * A deterministic embedder without a model: a text's vector is the sum of its words' directions. For tests alone.
 *
 * @param options.tokens whether it gives vectors of its tokens as well, which are its words
 */
export function createHashEmbedder(options: { id?: string, dimensions?: number, tokens?: boolean } = {}): Embedder {
  const dimensions = options.dimensions ?? 64
  const window = 256
  const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  let closed = false
  const check = (signal?: AbortSignal) => {
    signal?.throwIfAborted()
    if (closed) throw new Error('The embedder was closed')
  }
  const add = (vector: Float32Array, word: string) => {
    let hash = 2_166_136_261
    for (const char of word) hash = Math.imul(hash ^ char.codePointAt(0)!, 16_777_619) >>> 0
    vector[hash % dimensions]! += 1
    vector[(hash >>> 8) % dimensions]! += 1
  }
  /** As a model gives them: one token before, one after. Every number has a sign of its own, or all words would look alike. */
  const hidden = (text: string) => Float32Array.from(['', ...words(text).slice(0, window), ''].flatMap(word => [...wordVector(word)]))
  const wordVector = (word: string) => {
    let state = 2_166_136_261
    for (const char of word) state = Math.imul(state ^ char.codePointAt(0)!, 16_777_619) >>> 0
    return Float32Array.from({ length: dimensions }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
      return state / 2 ** 32 - 0.5
    })
  }
  return {
    id: options.id ?? `hash-${dimensions}`,
    dimensions,
    window,
    countTokens: text => words(text).length,
    async embed(texts, _kind, signal) {
      check(signal)
      return texts.map((text) => {
        const vector = new Float32Array(dimensions)
        vector[0] = 0.01
        for (const word of words(text).slice(0, window)) add(vector, word)
        const norm = Math.hypot(...vector)
        return vector.map(value => value / norm)
      })
    },
    ...options.tokens && {
      tokens: {
        async query(text, signal) {
          check(signal)
          return toTokens(hidden(text), dimensions)
        },
        async document(text, signal) {
          check(signal)
          return toSigns(hidden(text), dimensions)
        },
      },
    },
    async close() {
      closed = true
    },
  }
}

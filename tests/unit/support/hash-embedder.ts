import type { Embedder } from '../../../server/embed/types.ts'

/** A deterministic embedder without a model: a text's vector is the sum of its words' directions. For tests alone. */
export function createHashEmbedder(options: { id?: string, dimensions?: number } = {}): Embedder {
  const dimensions = options.dimensions ?? 64
  const window = 256
  const words = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  let closed = false
  return {
    id: options.id ?? `hash-${dimensions}`,
    dimensions,
    window,
    countTokens: text => words(text).length,
    async embed(texts, _kind, signal) {
      signal?.throwIfAborted()
      await null
      signal?.throwIfAborted()
      if (closed) throw new Error('The embedder was closed')
      return texts.map((text) => {
        const vector = new Float32Array(dimensions)
        vector[0] = 0.01
        for (const word of words(text).slice(0, window)) {
          let hash = 2_166_136_261
          for (const char of word) hash = Math.imul(hash ^ char.codePointAt(0)!, 16_777_619) >>> 0
          vector[hash % dimensions]! += 1
          vector[(hash >>> 8) % dimensions]! += 1
        }
        const norm = Math.hypot(...vector)
        return vector.map(value => value / norm)
      })
    },
    async close() {
      closed = true
    },
  }
}

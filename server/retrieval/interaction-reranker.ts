import type { TokenEmbedder } from '../embed/types.ts'
import { ByteCache } from './byte-cache.ts'
import type { Reranker, RerankText } from './rerank.ts'

/** Texts under way at a time: two for each of two threads. A question that comes in meanwhile waits for no more of them. */
const LANES = 4
/** Questions that rerank at a time. What a queue of them would wait for is worth less than an answer now. */
const MAX_QUESTIONS = 4

export interface InteractionOptions {
  tokens: TokenEmbedder
  dimensions: number
  limit: number
  /** Of token vectors that are kept for the next question; some 9 kB a chunk. */
  cacheBytes: number
  /** Scores the vectors (`interactions`) where it holds up nobody. */
  interact: (query: Float32Array, texts: Uint8Array[], dimensions: number, signal?: AbortSignal) => Promise<number[]>
}

/** Late interaction with the embedder's own token vectors. */
export function createInteractionReranker({ tokens, dimensions, limit, cacheBytes, interact }: InteractionOptions): Reranker {
  const cache = new ByteCache(cacheBytes)
  let questions = 0

  async function signsOf({ id, text }: RerankText, signal?: AbortSignal): Promise<Uint8Array> {
    const known = cache.get(id)
    if (known) return known
    const signs = await tokens.document(text, signal)
    cache.set(id, signs)
    return signs
  }

  return {
    limit,
    async score(query, texts, signal) {
      if (questions >= MAX_QUESTIONS) throw new Error(`${questions} questions are being reranked already`)
      questions++
      // When one fails, the others are given up as well.
      const stop = new AbortController()
      const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
      try {
        const asked = tokens.query(query, either)
        const signs: Uint8Array[] = []
        const waiting = texts.entries()
        const lane = async () => {
          for (const [index, text] of waiting) signs[index] = await signsOf(text, either)
        }
        const [vectors] = await Promise.all([asked, ...Array.from({ length: LANES }, lane)])
        return await interact(vectors, signs, dimensions, either)
      }
      finally {
        stop.abort()
        questions--
      }
    },
  }
}

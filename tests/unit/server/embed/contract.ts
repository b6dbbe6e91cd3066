import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Embedder } from '../../../../server/embed/types.ts'

export function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

/** What every embedder must do; each implementation's test calls it. */
export function describeEmbedder(name: string, create: () => Promise<Embedder>): void {
  describe(`${name} keeps the contract of Embedder`, () => {
    let embedder: Embedder
    beforeAll(async () => {
      embedder = await create()
    })
    afterAll(() => embedder.close())

    it('gives one unit vector of its dimensions for each text, in order', async () => {
      const texts = ['The Maple Leaf Rag was published in 1899.', 'Photosynthesis needs light.', '']
      const vectors = await embedder.embed(texts, 'document')
      expect(vectors).toHaveLength(3)
      for (const vector of vectors) {
        expect(vector).toHaveLength(embedder.dimensions)
        expect(Math.hypot(...vector)).toBeCloseTo(1, 4)
      }
      const [again] = await embedder.embed([texts[1]!], 'document')
      expect(cosine(again!, vectors[1]!)).toBeCloseTo(1, 5)
    })

    it('answers no texts with no vectors', async () => expect(await embedder.embed([], 'query')).toEqual([]))

    it('puts a question nearer to its answer than to something else', async () => {
      const [question] = await embedder.embed(['When was the Maple Leaf Rag published?'], 'query')
      const [answer, other] = await embedder.embed(['The Maple Leaf Rag was published in 1899.', 'Photosynthesis needs light.'], 'document')
      expect(cosine(question!, answer!)).toBeGreaterThan(cosine(question!, other!) + 0.2)
    })

    it('gives a text the same vector whatever is embedded beside it', async () => {
      const [alone] = await embedder.embed(['syncopation'], 'document')
      const [, beside] = await embedder.embed(['a '.repeat(300), 'syncopation'], 'document')
      expect(cosine(alone!, beside!)).toBeCloseTo(1, 5)
    })

    it('cuts a text that is longer than its window', async () => {
      const [vector] = await embedder.embed(['ragtime piano '.repeat(5_000)], 'document')
      expect(Math.hypot(...vector!)).toBeCloseTo(1, 4)
    })

    it('takes any text', async () => {
      const texts = ['\u0000', '\uD800 lone surrogate', '👩‍👩‍👧‍👦', '[CLS] [SEP]', 'ﬁ ﷺ', '音楽', 'x'.repeat(10_000)]
      const vectors = await embedder.embed(texts, 'document')
      expect(vectors.flatMap(vector => [...vector]).every(Number.isFinite)).toBe(true)
    })

    it('counts tokens: none of nothing, more of more', () => {
      expect(embedder.countTokens('')).toBe(0)
      expect(embedder.countTokens('ragtime')).toBeGreaterThan(0)
      expect(embedder.countTokens('one two three four')).toBeGreaterThan(embedder.countTokens('one two'))
    })

    it('gives the vectors of its tokens, of unit length, and their signs, where it has any', async () => {
      const { tokens, dimensions } = embedder
      if (!tokens) return
      const text = 'The Maple Leaf Rag was published in 1899.'
      const vectors = await tokens.query(text)
      expect(vectors.length / dimensions).toBe(embedder.countTokens(text))
      for (let start = 0; start < vectors.length; start += dimensions) expect(Math.hypot(...vectors.subarray(start, start + dimensions))).toBeCloseTo(1, 4)
      const signs = await tokens.document(text)
      const bytes = Math.ceil(dimensions / 8)
      expect(signs).toHaveLength(embedder.countTokens(text) * bytes)
      const positive = (index: number) => (signs[Math.floor(index / dimensions) * bytes + (index % dimensions >> 3)]! >> (index % dimensions & 7)) & 1
      expect([...vectors].every((value, index) => positive(index) === Number(value >= 0))).toBe(true)

      expect(await tokens.query('')).toHaveLength(0)
      expect(await tokens.document('')).toHaveLength(0)
      expect((await tokens.document('ragtime piano '.repeat(5_000))).length / bytes).toBeLessThanOrEqual(embedder.window)
      await expect(tokens.document(text, AbortSignal.abort(new Error('asked to stop')))).rejects.toThrow('asked to stop')
    })

    it('stops for an aborted signal with its reason', async () => {
      const reason = new Error('asked to stop')
      await expect(embedder.embed(['a'], 'query', AbortSignal.abort(reason))).rejects.toBe(reason)
    })

    it('refuses work once it is closed', async () => {
      const other = await create()
      await other.close()
      await expect(other.embed(['a'], 'query')).rejects.toThrow()
    })
  })
}

import { describe, expect, it } from 'vitest'
import { interactions } from '../../../../server/retrieval/interaction.ts'
import { createInteractionReranker } from '../../../../server/retrieval/interaction-reranker.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'

const hash = createHashEmbedder({ tokens: true })
const text = (id: string, content = id) => ({ id, text: content })

/** With a count of the texts that were embedded and of those under way at a time. */
function create({ cacheBytes = 100_000, hold }: { cacheBytes?: number, hold?: Promise<void> } = {}) {
  const counts = { embedded: [] as string[], running: 0, most: 0 }
  const reranker = createInteractionReranker({
    limit: 20, cacheBytes, dimensions: hash.dimensions,
    tokens: {
      query: hash.tokens!.query,
      async document(content, signal) {
        counts.embedded.push(content)
        counts.most = Math.max(counts.most, ++counts.running)
        try {
          await hold
          return await hash.tokens!.document(content, signal)
        }
        finally {
          counts.running--
        }
      },
    },
    interact: async (query, texts, dimensions) => interactions(query, texts, dimensions),
  })
  return { reranker, counts }
}

describe('createInteractionReranker', () => {
  it('scores each text in its place', async () => {
    const { reranker } = create()
    const scores = await reranker.score('maple leaf', [text('oak root'), text('the maple leaf rag'), text('maple')])
    expect(scores).toHaveLength(3)
    expect(scores.indexOf(Math.max(...scores))).toBe(1)
    expect(scores.indexOf(Math.min(...scores))).toBe(0)
    expect(await reranker.score('maple leaf', [])).toEqual([])
  })

  it('embeds a text once while there is room to keep it', async () => {
    const { reranker, counts } = create()
    const first = await reranker.score('maple leaf', [text('a', 'oak'), text('b', 'maple')])
    expect(await reranker.score('maple leaf', [text('b', 'maple'), text('a', 'oak')])).toEqual(first.toReversed())
    expect(counts.embedded).toEqual(['oak', 'maple'])
    const forgetful = create({ cacheBytes: 0 })
    for (let i = 0; i < 2; i++) expect(await forgetful.reranker.score('maple leaf', [text('a', 'oak'), text('b', 'maple')])).toEqual(first)
    expect(forgetful.counts.embedded).toHaveLength(4)
  })

  it('hands over a few texts at a time, and refuses more questions than it can keep up with', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { reranker, counts } = create({ hold: promise })
    const texts = Array.from({ length: 20 }, (_, i) => text(`text ${i}`))
    const questions = Array.from({ length: 4 }, () => reranker.score('maple', texts))
    await expect(reranker.score('maple', texts)).rejects.toThrow('4 questions are being reranked already')
    resolve()
    await Promise.all(questions)
    expect(counts.most).toBeLessThanOrEqual(16)
    expect(await reranker.score('maple', [text('maple')])).toHaveLength(1)
  })

  it('gives up all texts when one fails or the question is taken back', async () => {
    const { reranker, counts } = create()
    const reason = new Error('taken back')
    await expect(reranker.score('maple', [text('a'), text('b')], AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(counts.running).toBe(0)
    expect(await reranker.score('maple', [text('a')])).toHaveLength(1)
  })
})

import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { write } from '../../../../server/db/connection.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import type { CrossEncoder } from '../../../../server/embed/cross/index.ts'
import type { Embedder, TokenEmbedder } from '../../../../server/embed/types.ts'
import { createRetriever } from '../../../../server/retrieval/index.ts'
import type { Retriever } from '../../../../server/retrieval/types.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'

const entry = fileURLToPath(new URL('../../../../server/retrieval/worker.ts', import.meta.url))
const request = { query: 'maple leaf', filters: {}, limit: 5 }

let retriever: Retriever
afterEach(() => retriever?.close())

async function setUp(embedder: Embedder | null = createHashEmbedder()) {
  const { db, path } = temporaryDatabase()
  const index = createHashEmbedder()
  ensureVectorIndex(db, { embedderId: index.id, dimensions: index.dimensions })
  const [embedding] = await index.embed(['the maple leaf rag'], 'document')
  const add = (number: number) => insertDocuments(db, [{ id: testId('document', number), chunks: [{ text: `the maple leaf rag ${number}`, embedding: embedding! }] }], index.id)
  add(1)
  retriever = await createRetriever({ databasePath: path, entry, embedder })
  return { db, path, add }
}

describe('createRetriever', () => {
  it('searches in its thread and sees what was written meanwhile', async () => {
    const { db, add } = await setUp()
    const first = await retriever.search(request)
    expect(first.results.map(({ documentId }) => documentId)).toEqual([testId('document', 1)])
    expect(first.mode).toBe('hybrid')
    expect(first.trace.timings).toMatchObject({ embed: expect.any(Number) as number, total: expect.any(Number) as number })
    add(2)
    expect((await retriever.search(request)).results).toHaveLength(2)
    write(db, () => db.exec(`UPDATE documents SET status = 'failed' WHERE key = 1`))
    expect((await retriever.search(request)).results.map(({ documentId }) => documentId)).toEqual([testId('document', 2)])
  })

  it('searches for the parts of a question beside the whole, and says so', async () => {
    const { db } = await setUp()
    const hash = createHashEmbedder()
    for (const [number, text] of [[2, 'zebras graze in herds'], [3, 'quartz crystals vibrate']] as const) {
      const [embedding] = await hash.embed([text], 'document')
      insertDocuments(db, [{ id: testId('document', number), chunks: [{ text, embedding: embedding! }] }], hash.id)
    }
    const query = 'How do zebras graze in herds and why do quartz crystals vibrate?'
    const { trace, results, evidence } = await retriever.search({ query, filters: {}, limit: 2, explain: testId('document', 3) })
    expect(trace.parts).toEqual(['How do zebras graze in herds', 'why do quartz crystals vibrate?'])
    expect(results.map(({ documentId }) => documentId)).toEqual([testId('document', 2), testId('document', 3)])
    const whole = await retriever.search({ query, filters: {}, limit: 2, explain: testId('document', 3), options: { parts: false } })
    expect(whole.trace.parts).toBeUndefined()
    expect(evidence!.coverage).toBeGreaterThan(whole.evidence!.coverage)
    const explained = (await retriever.search({ query, filters: {}, limit: 2, explain: testId('document', 3) })).explained!
    expect(explained.candidate!.score).toBe(results[1]!.score)
    expect(explained.candidate!.stages.vector).toEqual({ rank: 1, score: results[1]!.stages.vector!.score })
    expect(explained.candidate!.stages.fusion).toEqual(results[1]!.stages.fusion)
  })

  it('answers many at a time', async () => {
    await setUp()
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => retriever.search(request)))
    expect(outcomes.every(({ results }) => results.length === 1)).toBe(true)
  })

  it('works by words alone without an embedder', async () => {
    await setUp(null)
    expect(await retriever.search(request)).toMatchObject({ mode: 'keyword', results: [{ documentId: testId('document', 1) }] })
  })

  it('fails as embedding when the embedder does, never with an empty result', async () => {
    const failure = new AppError('embedding_failed', 503, 'The embedding model did not answer.')
    await setUp({ ...createHashEmbedder(), embed: async () => {
      throw failure
    } })
    await expect(retriever.search(request)).rejects.toBe(failure)
  })

  it('fails as search when the index belongs to another embedder', async () => {
    await setUp(createHashEmbedder({ id: 'other' }))
    await expect(retriever.search(request)).rejects.toMatchObject({ code: 'search_failed', status: 503 })
  })

  it('stops for an aborted signal with its reason', async () => {
    await setUp()
    const reason = new Error('the reader left')
    await expect(retriever.search(request, AbortSignal.abort(reason))).rejects.toBe(reason)
  })

  describe('with token vectors', () => {
    /** Neither words nor vectors tell these apart, only the order that is in `wanted`. */
    const texts = ['maple leaf rag and more', 'rag of leaf and maple', 'leaf rag maple too']
    async function setUpTokens(change: (tokens: TokenEmbedder) => TokenEmbedder = tokens => tokens, { cross = () => null, keyword = false }: { cross?: () => Pick<CrossEncoder, 'score'> | null, keyword?: boolean } = {}) {
      const { db, path } = temporaryDatabase()
      const hash = createHashEmbedder({ tokens: true })
      ensureVectorIndex(db, { embedderId: hash.id, dimensions: hash.dimensions })
      for (const [i, text] of texts.entries()) {
        const [embedding] = await hash.embed(['maple leaf rag'], 'document')
        insertDocuments(db, [{ id: testId('document', i + 1), title: '', chunks: [{ text, embedding: embedding! }] }], hash.id)
      }
      retriever = await createRetriever({ databasePath: path, entry, embedder: keyword ? null : { ...hash, tokens: change(hash.tokens!) }, cross: cross as () => CrossEncoder | null, settings: { crossMs: 5_000 } })
      return { db }
    }
    const ask = { query: 'the maple leaf rag too', filters: {}, limit: 10, options: { rerankGap: 2, vectorWeight: 1 } }
    const ids = (numbers: number[]) => numbers.map(number => testId('document', number))

    it('ranks the best candidates once more and says how', async () => {
      await setUpTokens()
      const fused = await retriever.search({ ...ask, options: { ...ask.options, rerank: 0 } })
      expect(fused.results.map(({ documentId }) => documentId)).toEqual(ids([1, 2, 3]))
      expect(fused.trace.rerank).toBeUndefined()
      const outcome = await retriever.search({ ...ask, explain: testId('document', 3) })
      expect(outcome.results[0]!.documentId).toBe(testId('document', 3))
      expect(outcome.results[0]!.stages).toMatchObject({ fusion: { rank: 3 }, rerank: { rank: 1 } })
      expect(outcome.trace.rerank).toEqual({ candidates: 3, skipped: null })
      expect(outcome.trace.timings.rerank).toEqual(expect.any(Number))
      expect(outcome.trace.candidates.map(({ documentId }) => documentId)[0]).toBe(testId('document', 3))
      expect(outcome.evidence!.interaction).toBe(outcome.results[0]!.stages.rerank!.score)
      const { score, stages: { fusion, rerank } } = outcome.results[0]!
      expect(outcome.explained).toMatchObject({ dropped: null, candidate: { score, stages: { fusion, rerank } } })
      expect(await retriever.search(ask)).toMatchObject({ results: outcome.results })
    })

    it('reranks as many as it is told to', async () => {
      await setUpTokens()
      const { trace } = await retriever.search({ ...ask, options: { ...ask.options, rerank: 2 } })
      expect(trace.rerank).toEqual({ candidates: 2, skipped: null })
      expect(trace.candidates.at(-1)).toMatchObject({ documentId: testId('document', 3) })
      expect(trace.candidates.at(-1)!.stages.rerank).toBeUndefined()
    })

    it('leaves a decided order alone', async () => {
      await setUpTokens()
      expect((await retriever.search({ ...ask, options: { vectorWeight: 0, rerankGap: 0.01 } })).trace.rerank).toEqual({ candidates: 0, skipped: 'the first candidate is far ahead' })
      expect((await retriever.search({ ...ask, filters: { documents: [testId('document', 2)] } })).trace.rerank).toEqual({ candidates: 0, skipped: 'there is nothing to compare' })
    })

    it('lets the fused order stand when token vectors fail or take too long', async () => {
      await setUpTokens(tokens => ({ ...tokens, document: async () => {
        throw new Error('broken')
      } }))
      const broken = await retriever.search(ask)
      expect(broken.results.map(({ documentId }) => documentId)).toEqual(ids([1, 2, 3]))
      expect(broken.trace.rerank).toEqual({ candidates: 0, skipped: 'it did not succeed' })
      await retriever.close()
      await setUpTokens(tokens => ({ ...tokens, query: (_text, signal) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error))) }))
      const late = await retriever.search({ ...ask, options: { ...ask.options, rerankMs: 50 } })
      expect(late.results.map(({ documentId }) => documentId)).toEqual(ids([1, 2, 3]))
      expect(late.trace.rerank).toEqual({ candidates: 0, skipped: 'it took longer than 50 ms' })
    })

    describe('and a reranking model', () => {
      const broken = (tokens: TokenEmbedder): TokenEmbedder => ({ ...tokens, document: async () => {
        throw new Error('broken')
      } })
      /** Likes what the words and the vectors like less. */
      const model = { score: async (_query: string, read: string[]) => read.map(text => text.includes('and maple') ? 0.9 : 0.1) }
      const first = async (options = {}) => {
        const outcome = await retriever.search({ ...ask, options: { ...ask.options, ...options } })
        return { ...outcome, first: outcome.results[0]!.documentId }
      }

      it('lets it decide in the place of late interaction, and says so', async () => {
        await setUpTokens(broken, { cross: () => model })
        const outcome = await retriever.search({ ...ask, explain: testId('document', 2) })
        expect(outcome.results.map(({ documentId }) => documentId)).toEqual(ids([2, 1, 3]))
        expect(outcome.results[0]!.stages).toMatchObject({ fusion: { rank: 2 }, cross: { rank: 1, score: 0.9 } })
        expect(outcome.results[0]!.stages.rerank).toBeUndefined()
        expect(outcome.trace.rerank).toEqual({ candidates: 3, skipped: null, by: 'cross' })
        expect(outcome.trace.timings.cross).toEqual(expect.any(Number))
        expect(outcome.evidence!.interaction).toBeUndefined()
        expect(outcome.explained!.candidate!.stages.cross).toEqual({ rank: 1, score: 0.9 })
        expect((await retriever.search({ ...ask, options: { ...ask.options, rerank: 0 } })).trace.rerank).toBeUndefined()
      })

      it('reads again without an embedder as well', async () => {
        await setUpTokens(undefined, { cross: () => model, keyword: true })
        expect(await first()).toMatchObject({ mode: 'keyword', first: testId('document', 2), trace: { rerank: { candidates: 3, by: 'cross' } } })
      })

      it('falls back to late interaction when it fails or is late, and to the fused order when both are', async () => {
        let score: CrossEncoder['score'] = async () => {
          throw new Error('broken')
        }
        await setUpTokens(undefined, { cross: () => ({ score: (...call) => score(...call) }) })
        const fallen = await first()
        expect(fallen.trace.rerank).toEqual({ candidates: 3, skipped: null, fallback: 'the reranking model was left out: it did not succeed' })
        expect(fallen.results[0]!.stages.rerank).toBeDefined()
        score = (_query, _texts, signal) => new Promise((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason as Error)))
        expect((await first({ crossMs: 50 })).trace.rerank).toMatchObject({ candidates: 3, fallback: 'the reranking model was left out: it took longer than 50 ms' })
        await retriever.close()
        await setUpTokens(broken, { cross: () => ({ score }) })
        expect((await first({ crossMs: 50 })).trace.rerank).toEqual({ candidates: 0, skipped: 'it did not succeed', fallback: 'the reranking model was left out: it took longer than 50 ms' })
        expect((await first({ crossMs: 50 })).first).toBe(testId('document', 1))
      })

      it('is taken up when it gets ready, and let go when it is gone', async () => {
        let cross: Pick<CrossEncoder, 'score'> | null = null
        await setUpTokens(undefined, { cross: () => cross })
        expect((await first()).trace.rerank!.by).toBeUndefined()
        cross = model
        expect((await first()).trace.rerank!.by).toBe('cross')
        cross = null
        expect((await first()).trace.rerank).toEqual({ candidates: 3, skipped: null })
      })
    })

    it('stops within the rerank for an aborted signal with its reason', async () => {
      const stop = new AbortController()
      const reason = new Error('the reader left')
      await setUpTokens(tokens => ({ ...tokens, query: async (text, signal) => {
        stop.abort(reason)
        return tokens.query(text, signal)
      } }))
      await expect(retriever.search(ask, stop.signal)).rejects.toBe(reason)
    })

    it('shows nothing that was deleted meanwhile', async () => {
      let remove = () => {}
      const { db } = await setUpTokens(tokens => ({ ...tokens, query: (text, signal) => {
        remove()
        return tokens.query(text, signal)
      } }))
      remove = () => write(db, () => db.prepare('DELETE FROM documents WHERE id = ?').run(testId('document', 3)))
      const { results } = await retriever.search(ask)
      expect(results.map(({ documentId }) => documentId).toSorted()).toEqual(ids([1, 2]))
    })
  })

  it('fails at the start without a database', async () => {
    const { path } = temporaryDatabase()
    rmSync(path, { force: true })
    await expect(createRetriever({ databasePath: `${path}-missing`, entry, embedder: null })).rejects.toMatchObject({ code: 'search_failed' })
  })
})

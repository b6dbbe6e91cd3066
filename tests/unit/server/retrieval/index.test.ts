import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { write } from '../../../../server/db/connection.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import type { Embedder } from '../../../../server/embed/types.ts'
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

  it('fails at the start without a database', async () => {
    const { path } = temporaryDatabase()
    rmSync(path, { force: true })
    await expect(createRetriever({ databasePath: `${path}-missing`, entry, embedder: null })).rejects.toMatchObject({ code: 'search_failed' })
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { write, type Db } from '../../../../server/db/connection.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import { search } from '../../../../server/retrieval/search.ts'
import type { SearchRequest } from '../../../../server/retrieval/types.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'

const embedder = createHashEmbedder()
const id = (number: number) => testId('document', number)
/** More chunks about the question than there are candidates, in one document before the others. */
const crowd = Array.from({ length: 120 }, (_, i) => `piano roll piano roll number ${i}`)
const documents = [
  { id: id(1), title: 'Crowd', chunks: crowd },
  { id: id(2), title: 'Aside', chunks: ['nothing of the kind', 'one roll was mentioned among many other things that have little to do with it'] },
  { id: id(3), title: 'Unfinished', status: 'processing' as const, chunks: ['piano roll'] },
  { id: id(4), title: 'Old version', chunks: ['piano roll of old'] },
  { id: id(5), title: 'New version', chunks: ['piano roll of late'] },
  { id: id(6), title: 'Empty', chunks: [] },
  { id: id(7), title: 'Elsewhere', collection: 'other', chunks: ['piano roll'] },
]

describe('explain', () => {
  let db: Db
  beforeAll(async () => {
    ({ db } = temporaryDatabase())
    ensureVectorIndex(db, { embedderId: embedder.id, dimensions: embedder.dimensions })
    for (const { chunks, ...document } of documents) {
      const vectors = await embedder.embed(chunks, 'document')
      insertDocuments(db, [{ ...document, chunks: chunks.map((text, i) => ({ text, embedding: vectors[i]! })) }], embedder.id)
    }
    write(db, () => db.prepare('UPDATE documents SET replaces = (SELECT key FROM documents WHERE id = ?) WHERE id = ?').run(id(4), id(5)))
  })
  const explain = async (number: number, { hybrid = true, ...request }: Partial<SearchRequest> & { hybrid?: boolean } = {}) => {
    const query = request.query ?? 'piano roll'
    const [embedding] = await embedder.embed([query], 'query')
    return search(db, { query, filters: { collection: 'default' }, limit: 10, explain: id(number), ...request }, hybrid ? { embedding: embedding!, embedderId: embedder.id } : null)
  }

  it('says nothing where nobody asked', async () => {
    expect(await explain(1, { explain: undefined })).not.toHaveProperty('explained')
  })

  it('gives the best chunk of a document that is found as the trace has it', async () => {
    const { explained, results, trace } = await explain(1)
    const first = trace.candidates.find(({ documentId }) => documentId === id(1))!
    expect(explained).toMatchObject({ documentId: id(1), title: 'Crowd', dropped: null, candidate: { chunkId: first.chunkId, score: first.score, stages: { fusion: first.stages.fusion } } })
    expect(results.map(({ chunkId }) => chunkId)).toContain(first.chunkId)
  })

  it('finds the ranks of a chunk that was no candidate', async () => {
    const { explained, trace } = await explain(2)
    expect(trace.candidates.map(({ documentId }) => documentId)).not.toContain(id(2))
    const { candidate, dropped } = explained!
    expect(dropped).toBe('not among the best of either search')
    // Behind the 120 of the crowd and the new version.
    expect(candidate!.stages).toMatchObject({ vector: { rank: 122 }, text: { rank: 122 } })
    expect(candidate!.stages.fusion!.rank).toBe(trace.candidates.length + 1)
    expect(candidate!.score).toBeLessThan(trace.candidates.at(-1)!.score)
    expect(candidate!.score).toBe(candidate!.stages.fusion!.score)
  })

  it('says what keeps a candidate from being a result', async () => {
    const { explained } = await explain(5, { query: 'piano roll number 7', limit: 1, options: { candidates: 200 } })
    expect(explained).toMatchObject({ title: 'New version', dropped: 'beyond the limit of 1', candidate: { dropped: 'beyond the limit of 1' } })
  })

  it.each([
    [3, 'it is not ready: searches see a document when all of it has been read'],
    [4, 'a newer version of it is searched in its place'],
    [6, 'it has no text'],
    [7, 'the filters leave it out'],
    [99, 'there is no such document'],
  ])('says why document %i is not searched', async (number, dropped) => {
    const { explained } = await explain(number)
    expect(explained).toEqual({ documentId: id(number), title: documents.find(document => document.id === id(number))?.title ?? null, candidate: null, dropped })
  })

  it('explains a search by words alone', async () => {
    const { candidate } = (await explain(2, { hybrid: false })).explained!
    expect(candidate!.stages.vector).toBeUndefined()
    expect(candidate!.stages.text!.rank).toBe(122)
    const none = await explain(2, { hybrid: false, query: 'number' })
    expect(none.explained).toMatchObject({ candidate: null, dropped: 'none of the words of the question is in it' })
  })
})

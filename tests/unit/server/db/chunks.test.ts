import { describe, expect, it } from 'vitest'
import { countChunks, deleteChunks, insertChunks, listChunks, listPendingChunks, storeEmbeddings } from '../../../../server/db/chunks.ts'
import { insertDocument } from '../../../../server/db/documents.ts'
import { insertFullText } from '../../../../server/db/fulltext.ts'
import { ensureVectorIndex, insertVectors } from '../../../../server/db/vectors.ts'
import { temporaryDatabase } from '../../support/database.ts'

const { db } = temporaryDatabase()
ensureVectorIndex(db, { embedderId: 'fake', dimensions: 2 })

function store(count: number): { key: number, keys: number[] } {
  const { key } = insertDocument(db, { contentHash: crypto.randomUUID(), title: 't', filename: 'f', mediaType: 'text/plain', bytes: 1 })!
  const drafts = Array.from({ length: count }, (_, ordinal) => ({
    ordinal, headingPath: ['Rags', 'Joplin'], pageStart: 1, pageEnd: 2, start: ordinal * 10, end: ordinal * 10 + 9, text: `Chunk ${ordinal}.`,
    sentences: [[ordinal * 10, ordinal * 10 + 9] as [number, number]], tokens: 3,
  }))
  const keys = insertChunks(db, key, drafts)
  insertFullText(db, keys.map((chunkKey, index) => ({ chunkKey, headingPath: [], text: drafts[index]!.text })))
  return { key, keys }
}
const tally = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()

describe('chunks', () => {
  it('are listed in order, page by page', () => {
    const { key } = store(5)
    const first = listChunks(db, key, { from: 0, limit: 3 })
    expect(first.items[0]).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/), ordinal: 0, headingPath: ['Rags', 'Joplin'], pageStart: 1, pageEnd: 2, start: 0, end: 9, text: 'Chunk 0.', tokens: 3,
    })
    expect(first).toMatchObject({ next: 3 })
    expect(listChunks(db, key, { from: 3, limit: 3 })).toMatchObject({ items: [{ ordinal: 3 }, { ordinal: 4 }], next: null })
  })

  it('wait for their embeddings and keep them bit by bit', () => {
    const { key, keys } = store(4)
    expect(listPendingChunks(db, key, -1, 2).map(({ ordinal }) => ordinal)).toEqual([0, 1])
    const embedding = Float32Array.of(0.6, 0.8)
    storeEmbeddings(db, 'fake', [{ chunkKey: keys[0]!, embedding }, { chunkKey: keys[2]!, embedding: new Float32Array([9, 0.8, 0.6]).subarray(1) }])
    expect(listPendingChunks(db, key, -1, 9).map(({ ordinal, headingPath }) => [ordinal, headingPath.length])).toEqual([[1, 2], [3, 2]])
    expect(listPendingChunks(db, key, 1, 9).map(({ ordinal }) => ordinal)).toEqual([3])
    const blobs = db.prepare('SELECT embedding FROM chunks WHERE document_key = ? AND embedding IS NOT NULL ORDER BY ordinal').pluck().all(key) as Buffer[]
    expect(blobs.map(blob => [...new Float32Array(new Uint8Array(blob).buffer)])).toEqual([[...embedding], [...Float32Array.of(0.8, 0.6)]])
    expect(countChunks(db, key, 'fake')).toEqual({ embedded: 2, foreign: 0 })
    expect(countChunks(db, key, 'another')).toEqual({ embedded: 2, foreign: 2 })
    expect(countChunks(db, key, null)).toEqual({ embedded: 2, foreign: 2 })
  })

  it('are removed in steps with their full text and vectors', () => {
    for (const table of ['chunks', 'chunks_fts', 'chunks_vec']) db.prepare(`DELETE FROM ${table}`).run()
    const { key, keys } = store(5)
    const other = store(1)
    insertVectors(db, [...keys, ...other.keys].map(chunkKey => ({ chunkKey, documentKey: key, embedding: Float32Array.of(1, 0) })))
    expect(deleteChunks(db, key, 2)).toBe(2)
    expect([tally('chunks'), tally('chunks_fts'), tally('chunks_vec')]).toEqual([4, 4, 4])
    expect(listChunks(db, key, { from: 0, limit: 9 }).items.map(({ ordinal }) => ordinal)).toEqual([2, 3, 4])
    expect(deleteChunks(db, key, 16)).toBe(3)
    expect([tally('chunks'), tally('chunks_fts'), tally('chunks_vec')]).toEqual([1, 1, 1])
  })
})

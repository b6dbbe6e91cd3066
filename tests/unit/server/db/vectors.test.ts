import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { openReadOnly, write } from '../../../../server/db/connection.ts'
import { eligibleDocuments } from '../../../../server/db/search.ts'
import { deleteVectors, ensureVectorIndex, insertVectors, nearestChunks } from '../../../../server/db/vectors.ts'
import { insertDocuments, seededUnitVector, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

const INDEX = { embedderId: 'test-8', dimensions: 8 }
const vector = (seed: number) => seededUnitVector(seed, INDEX.dimensions)
const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)

function databaseWithIndex() {
  const { db, path } = temporaryDatabase()
  ensureVectorIndex(db, INDEX)
  return { db, path }
}

describe('ensureVectorIndex', () => {
  it('creates the index once and leaves it alone after that', () => {
    const { db } = temporaryDatabase()
    expect(ensureVectorIndex(db, INDEX)).toEqual({ rebuilt: true, inserted: 0, removed: 0, stale: 0 })
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'a', embedding: vector(1) }] }], INDEX.embedderId)
    expect(ensureVectorIndex(db, INDEX)).toEqual({ rebuilt: false, inserted: 0, removed: 0, stale: 0 })
  })

  it('fills in what is missing and removes what has no chunk, more rows than one batch', () => {
    const { db } = databaseWithIndex()
    const chunks = Array.from({ length: 1_050 }, (_, i) => ({ text: `chunk ${i}`, embedding: vector(i) }))
    const keys = insertDocuments(db, [{ id: testId('document', 1), chunks }], INDEX.embedderId)
    db.exec('DELETE FROM chunks_vec WHERE chunk_key > 3')
    insertVectors(db, [{ chunkKey: 999_999, documentKey: 1, embedding: vector(1) }])
    expect(ensureVectorIndex(db, INDEX)).toEqual({ rebuilt: false, inserted: 1_047, removed: 1, stale: 0 })
    expect(db.prepare('SELECT count(*) FROM chunks_vec').pluck().get()).toBe(1_050)
    const nearest = nearestChunks(db, { embedding: vector(1_040), embedderId: INDEX.embedderId, k: 1 })
    expect(nearest[0]!.chunkKey).toBe(keys[1_040])
  })

  it('makes the index anew for another embedder and counts what has to be embedded again', () => {
    const { db } = databaseWithIndex()
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'a', embedding: vector(1) }, { text: 'b' }] }], INDEX.embedderId)
    const other = { embedderId: 'other-16', dimensions: 16 }
    expect(ensureVectorIndex(db, other)).toEqual({ rebuilt: true, inserted: 0, removed: 0, stale: 2 })
    expect(() => nearestChunks(db, { embedding: vector(1), embedderId: INDEX.embedderId, k: 1 })).toThrow(/belongs to other-16/)
    expect(nearestChunks(db, { embedding: seededUnitVector(1, 16), embedderId: 'other-16', k: 1 })).toEqual([])
    expect(ensureVectorIndex(db, INDEX)).toEqual({ rebuilt: true, inserted: 1, removed: 0, stale: 1 })
  })

  it('does not take a vector of the right embedder but the wrong length', () => {
    const { db } = temporaryDatabase()
    ensureVectorIndex(db, { embedderId: 'x', dimensions: 16 })
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'a', embedding: seededUnitVector(1, 16) }] }], 'x')
    expect(ensureVectorIndex(db, { embedderId: 'x', dimensions: 8 })).toEqual({ rebuilt: true, inserted: 0, removed: 0, stale: 1 })
  })
})

describe('nearestChunks', () => {
  it('returns cosine similarity', () => {
    const { db } = databaseWithIndex()
    const [first] = insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'a', embedding: vector(1) }] }], INDEX.embedderId)
    const opposite = vector(1).map(value => -value)
    expect(nearestChunks(db, { embedding: vector(1), embedderId: INDEX.embedderId, k: 1 }))
      .toEqual([{ chunkKey: first, similarity: expect.closeTo(1, 5) as number }])
    expect(nearestChunks(db, { embedding: opposite, embedderId: INDEX.embedderId, k: 1 })[0]!.similarity).toBeCloseTo(-1, 5)
  })

  it('answers a reader that was opened before the index was made anew', () => {
    const { db, path } = databaseWithIndex()
    const reader = openReadOnly(path)
    insertDocuments(db, [{ id: testId('document', 1), chunks: [{ text: 'a', embedding: vector(1) }] }], INDEX.embedderId)
    const search = { embedding: vector(1), embedderId: INDEX.embedderId, k: 1 }
    expect(nearestChunks(reader, search)).toHaveLength(1)
    db.exec('DROP TABLE chunks_vec')
    ensureVectorIndex(db, INDEX)
    expect(nearestChunks(reader, search)).toHaveLength(1)
  })

  it('is equal to comparing every eligible chunk, under any filter', () => {
    const statuses = ['ready', 'ready', 'ready', 'processing', 'failed'] as const
    fc.assert(fc.property(
      fc.array(fc.record({
        status: fc.constantFrom(...statuses),
        collection: fc.constantFrom('default', 'law'),
        day: fc.integer({ min: 1, max: 9 }),
        seeds: fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 0, maxLength: 12 }),
      }), { minLength: 1, maxLength: 12 }),
      fc.record({
        documents: fc.option(fc.array(fc.integer({ min: 0, max: 11 }), { maxLength: 4 })),
        collection: fc.option(fc.constantFrom('default', 'law', 'none')),
        since: fc.option(fc.integer({ min: 1, max: 9 })),
      }),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 20 }),
      (documents, filter, querySeed, k) => {
        const { db } = databaseWithIndex()
        insertDocuments(db, documents.map((document, i) => ({
          id: testId('document', i), status: document.status, collection: document.collection,
          createdAt: `2026-01-0${document.day}T12:00:00.000Z`,
          chunks: document.seeds.map(seed => ({ text: `seed ${seed}`, embedding: vector(seed) })),
        })), INDEX.embedderId)
        const eligible = eligibleDocuments(db, {
          ...(filter.documents && { documents: filter.documents.map(i => testId('document', i)) }),
          ...(filter.collection && { collection: filter.collection }),
          // The same instant as 12:00 UTC, written with an offset.
          ...(filter.since && { since: `2026-01-0${filter.since}T14:00:00+02:00` }),
        })
        const expected = documents
          .filter((document, i) => document.status === 'ready'
            && (!filter.documents || filter.documents.includes(i))
            && (!filter.collection || document.collection === filter.collection)
            && (!filter.since || document.day >= filter.since))
          .flatMap(document => document.seeds.map(seed => cosine(vector(seed), vector(querySeed))))
          .sort((a, b) => b - a).slice(0, k)
        const found = nearestChunks(db, { embedding: vector(querySeed), embedderId: INDEX.embedderId, k, eligible })
        // By similarity, not by key: equal seeds make ties.
        expect(found.map(row => row.similarity)).toEqual(expected.map(value => expect.closeTo(value, 5) as number))
        expect(new Set(found.map(row => row.chunkKey)).size).toBe(found.length)
        db.close()
      },
    ), { numRuns: 120 })
  })
})

describe('deleteVectors', () => {
  it('removes the vectors of one document and rolls back with its transaction', () => {
    const { db } = databaseWithIndex()
    insertDocuments(db, [1, 2].map(i => ({ id: testId('document', i), chunks: [{ text: 'a', embedding: vector(i) }] })), INDEX.embedderId)
    const count = () => db.prepare('SELECT count(*) FROM chunks_vec').pluck().get()
    expect(() => write(db, () => {
      deleteVectors(db, 1)
      throw new Error('later step failed')
    })).toThrow('later step failed')
    expect(count()).toBe(2)
    write(db, () => deleteVectors(db, 1))
    expect(count()).toBe(1)
    expect(nearestChunks(db, { embedding: vector(1), embedderId: INDEX.embedderId, k: 9 })).toHaveLength(1)
  })

  it('leaves nothing of the vector in the file', () => {
    const { db, path } = databaseWithIndex()
    insertDocuments(db, [1, 2].map(i => ({ id: testId('document', i), chunks: [{ text: 'a', embedding: vector(i) }] })), INDEX.embedderId)
    const occurrences = (seed: number) => {
      db.pragma('wal_checkpoint(TRUNCATE)')
      return readFileSync(path).includes(Buffer.from(vector(seed).buffer))
    }
    expect(occurrences(1)).toBe(true)
    write(db, () => {
      deleteVectors(db, 1)
      db.exec('DELETE FROM chunks WHERE document_key = 1')
    })
    expect([occurrences(1), occurrences(2)]).toEqual([false, true])
  })

  it('does nothing where there is no index, as in keyword mode', () => {
    const { db } = temporaryDatabase()
    expect(() => deleteVectors(db, 1)).not.toThrow()
  })
})

import { describe, expect, it } from 'vitest'
import { withNeighbours } from '../../../../server/retrieval/neighbours.ts'
import { search } from '../../../../server/retrieval/search.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

describe('withNeighbours', () => {
  const { db } = temporaryDatabase()
  const [a0, a1, a2, b0] = insertDocuments(db, [
    { id: testId('document', 1), chunks: [{ text: 'The Maple Leaf Rag.' }, { text: 'It was published in Sedalia.' }, { text: 'Nothing.' }] },
    { id: testId('document', 2), chunks: [{ text: 'A book was published in Sedalia.' }] },
  ], null) as [number, number, number, number]

  it('adds a share of the better neighbour of the same document', () => {
    const list = [{ chunkKey: a0, score: 4 }, { chunkKey: a1, score: 2 }, { chunkKey: a2, score: 6 }, { chunkKey: b0, score: 3 }]
    expect(withNeighbours(db, list, 0.5)).toEqual([{ chunkKey: a0, score: 5 }, { chunkKey: a1, score: 5 }, { chunkKey: a2, score: 7 }, { chunkKey: b0, score: 3 }])
    expect(withNeighbours(db, list, 0)).toBe(list)
  })

  it('leaves a chunk as it is that has no neighbour in the list or is gone', () => {
    const list = [{ chunkKey: a0, score: 4 }, { chunkKey: a2, score: 6 }, { chunkKey: 99, score: 1 }]
    expect(withNeighbours(db, list, 0.5)).toEqual(list)
  })

  it('decides between equal sentences by what stands before them', () => {
    const best = (neighbourShare: number) => {
      const { trace } = search(db, { query: 'Where was the Maple Leaf Rag published in Sedalia?', filters: {}, limit: 9, options: { neighbourShare } }, null)
      const scores = new Map(trace.candidates.map(({ chunkId, score }) => [chunkId, score]))
      return scores.get(testId('chunk', 10_001))! - scores.get(testId('chunk', 20_000))!
    }
    expect(best(0.1)).toBeGreaterThan(best(0))
  })
})

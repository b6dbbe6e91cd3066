import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toSigns } from '../../../../server/embed/token-vectors.ts'
import { interactions } from '../../../../server/retrieval/interaction.ts'
import { seededUnitVector } from '../../support/corpus.ts'

function tokens(seeds: number[], dimensions: number): Float32Array {
  return Float32Array.from(seeds.flatMap(seed => [...seededUnitVector(seed, dimensions)]))
}
/** With the special tokens around that `toSigns` leaves out. */
const signs = (seeds: number[], dimensions: number) => toSigns(tokens([0, ...seeds, 0], dimensions), dimensions)

/** The definition, written out. */
function expected(query: number[], texts: number[][], dimensions: number): number[] {
  const best = texts.map(text => query.map((seed) => {
    const vector = seededUnitVector(seed, dimensions)
    return Math.max(...text.map(other => seededUnitVector(other, dimensions).reduce((sum, value, d) => sum + Math.sign(value) * vector[d]!, 0) / Math.sqrt(dimensions)))
  }))
  const weights = query.map((_, i) => Math.max(...best.map(row => row[i]!)) - best.reduce((sum, row) => sum + row[i]!, 0) / best.length + 1e-3)
  return best.map(row => row.reduce((sum, value, i) => sum + weights[i]! * value, 0) / weights.reduce((sum, weight) => sum + weight, 0))
}

describe('interactions', () => {
  it('is the weighted mean of the best similarities', () => {
    const seeds = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 6 })
    fc.assert(fc.property(seeds, fc.array(seeds, { minLength: 1, maxLength: 5 }), fc.constantFrom(8, 20, 384), (query, texts, dimensions) => {
      const scores = interactions(tokens(query, dimensions), texts.map(text => signs(text, dimensions)), dimensions)
      for (const [index, score] of expected(query, texts, dimensions).entries()) expect(scores[index]).toBeCloseTo(score, 4)
    }), { numRuns: 60 })
  })

  it('puts the text with the words of the question first, wherever they stand and whatever else is there', () => {
    const scores = interactions(tokens([1, 2, 3], 384), [signs([7, 8, 9, 1], 384), signs([3, 9, 8, 2, 7, 1], 384), signs([7, 8], 384)], 384)
    expect(scores[1]).toBeGreaterThan(scores[0]!)
    expect(scores[0]).toBeGreaterThan(scores[2]!)
  })

  it('lets a word decide that not all candidates have', () => {
    // The second lacks one word of three, which every other has as well; the third lacks the rare one.
    const [whole, common, rare] = interactions(tokens([1, 2, 3], 384), [signs([1, 2, 3], 384), signs([9, 2, 3], 384), signs([1, 2, 9], 384), signs([1, 2, 9], 384), signs([1, 2, 9], 384)], 384)
    expect(whole).toBeGreaterThan(common!)
    expect(common).toBeGreaterThan(rare!)
  })

  it('takes questions and texts without tokens', () => {
    expect(interactions(new Float32Array(0), [signs([1], 16)], 16)).toEqual([0])
    expect(interactions(tokens([1], 16), [], 16)).toEqual([])
    expect(interactions(tokens([1], 16), [signs([], 16)], 16)).toEqual([0])
  })
})

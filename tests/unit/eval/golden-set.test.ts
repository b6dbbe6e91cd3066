import { describe, expect, it } from 'vitest'
import type { Corpus } from '../../../eval/support/corpus.ts'
import { findPassage, parseGoldenSet, placeOf, summarizeUnwanted } from '../../../eval/support/golden-set.ts'

const text = 'The Maple Leaf Rag came out in 1899. It sold well.'
const chunk = (id: string, start: number, end: number) => ({ id, document: 'a', start, end, pageStart: 1, pageEnd: 1, text: text.slice(start, end), sentences: [], embedding: null })
const chunks = [chunk('first', 0, 36), chunk('second', 37, 50)]
const corpus = {
  chunks, chunk: (id: string) => chunks.find(chunk => chunk.id === id)!, documents: ['a'],
  documentOf: file => file, fileOf: document => document, textOf: () => text, pageAt: () => 1,
} satisfies Corpus
const wanted = { documentId: 'a', title: 'Rags', start: 37, end: 50, quote: 'It sold well.' }

describe('a golden set', () => {
  it('is questions with the passages that were wanted', () => {
    const set = { name: 'golden', questions: [{ question: 'How did it sell?', wanted: [wanted] }] }
    expect(parseGoldenSet(JSON.stringify(set))).toEqual(set)
    const blamed = { name: 'golden', questions: [{ question: 'How did it sell?', wanted: [], unwanted: [wanted] }] }
    expect(parseGoldenSet(JSON.stringify(blamed))).toEqual(blamed)
  })

  it('that is none is refused with the place of the fault', () => {
    expect(() => parseGoldenSet('{')).toThrow('The golden set is no JSON.')
    expect(() => parseGoldenSet(JSON.stringify({ name: 'golden', questions: [{ question: 'Why?' }] }))).toThrow(/questions\[0\]\.wanted/)
  })
})

describe('a wanted passage', () => {
  it('is at its range, or where its words have gone, or gone', () => {
    expect(findPassage(wanted, corpus)).toEqual({ document: 'a', range: [37, 50] })
    expect(findPassage({ ...wanted, start: 30, end: 43 }, corpus)).toEqual({ document: 'a', range: [37, 49] })
    expect(findPassage({ ...wanted, quote: 'It sold badly.' }, corpus)).toBeNull()
    expect(findPassage({ ...wanted, documentId: 'b' }, corpus)).toBeNull()
  })

  it('stands where the first chunk is that holds some of it, copies of others left out', () => {
    const candidate = (chunkId: string, dropped: string | null = null) => ({ chunkId, documentId: 'a', stages: {}, score: 0, dropped })
    const trace = (candidates: ReturnType<typeof candidate>[]) => ({ query: '', mode: 'keyword' as const, filters: {}, timings: {}, candidates })
    const passages = [{ document: 'a', range: [37, 50] as const }]
    expect(placeOf(trace([candidate('first'), candidate('second')]), passages, corpus)).toBe(2)
    expect(placeOf(trace([candidate('first', 'same text as a better result'), candidate('second')]), passages, corpus)).toBe(1)
    expect(placeOf(trace([candidate('first'), candidate('second', 'beyond the limit of 1')]), passages, corpus)).toBeNull()
  })
})

it('unwanted passages count where they are cited, stand high, or stand before what was wanted', () => {
  expect(summarizeUnwanted([
    { place: 1, wantedPlace: 2, cited: true }, { place: 3, wantedPlace: 1, cited: true }, { place: 9, wantedPlace: null, cited: false }, { place: null, wantedPlace: 4, cited: false },
  ])).toEqual({ questions: 4, cited: 2, amongFive: 2, beforeWanted: 1, withWanted: 3 })
})

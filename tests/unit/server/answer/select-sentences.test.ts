import { describe, expect, it } from 'vitest'
import type { RankedSentence } from '../../../../server/answer/rank-sentences.ts'
import { inReadingOrder, MAX_SENTENCES, selectSentences } from '../../../../server/answer/select-sentences.ts'
import { Topic } from '../../../../server/answer/topic.ts'
import type { RetrievedChunk } from '../../../../server/retrieval/types.ts'

function sentence(probability: number, start: number, text = `words${start} number${start} of${start}`, documentId = 'a'): RankedSentence {
  return {
    candidate: { chunk: { documentId, start: 0, text: '' } as RetrievedChunk, rank: 0, index: start, last: start, start, end: start + 9, text, said: text, topic: Topic.of(text), before: null, header: null, lead: null, headings: [] },
    features: { chunk: 0, words: 0, plain: 0, before: 0, type: 0, blemish: 0 }, meaning: null, probability,
  }
}
const starts = (chosen: RankedSentence[]) => chosen.map(({ candidate }) => candidate.start)

describe('selectSentences', () => {
  it('takes one where it is clear', () => {
    expect(starts(selectSentences([sentence(0.985, 50), sentence(0.01, 10), sentence(0.005, 0)]))).toEqual([50])
  })

  it('takes more where it is not, up to a limit', () => {
    expect(selectSentences([0.5, 0.3, 0.19, 0.01].map((p, i) => sentence(p, 10 * i)))).toHaveLength(3)
    expect(selectSentences(Array.from({ length: 10 }, (_, i) => sentence(0.1, 10 * i)))).toHaveLength(MAX_SENTENCES)
  })

  it('leaves out what is unlikely and what was said already', () => {
    expect(starts(selectSentences([sentence(0.6, 0), sentence(0.01, 10)]))).toEqual([0])
    expect(starts(selectSentences([sentence(0.4, 0, 'John Stark was its publisher.'), sentence(0.3, 20, 'John Stark was its publisher!'), sentence(0.2, 40)]))).toEqual([0, 40])
  })

  it('prefers the neighbour of a chosen sentence', () => {
    const [best, beside] = [sentence(0.5, 50), sentence(0.2, 51)]
    expect(starts(selectSentences([best, sentence(0.25, 10), beside, sentence(0.05, 90)]))).toEqual([50, 51, 10, 90])
  })

  it('takes the only one there is, however unlikely, and nothing from nothing', () => {
    expect(selectSentences([sentence(0.01, 0)])).toHaveLength(1)
    expect(selectSentences([])).toEqual([])
  })
})

describe('inReadingOrder', () => {
  const order = (chosen: RankedSentence[]) => inReadingOrder(chosen.map(({ candidate }) => candidate)).map(group => group.map(({ start }) => start))

  it('begins with the best sentence and what follows it directly, then goes on in the order of the text', () => {
    expect(order([sentence(0.4, 50), sentence(0.2, 90), sentence(0.2, 10), sentence(0.1, 60)])).toEqual([[50, 60, 10, 90]])
  })

  it('keeps the documents apart, that of the best sentence first', () => {
    expect(order([sentence(0.4, 50, undefined, 'b'), sentence(0.3, 0, undefined, 'a'), sentence(0.2, 10, undefined, 'b')])).toEqual([[50, 10], [0]])
  })
})

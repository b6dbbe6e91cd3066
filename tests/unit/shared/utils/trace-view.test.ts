import { describe, expect, it } from 'vitest'
import type { TracedCandidate } from '../../../../shared/schemas/trace.ts'
import { candidateTitle, compareSearches, comparisonText, milliseconds, rankText, stagesOf, timingLines } from '../../../../shared/utils/trace-view.ts'

function candidate(chunkId: string, dropped: string | null = null): TracedCandidate {
  return { chunkId, documentId: 'd', title: 'A book', place: null, stages: { text: { rank: 1, score: 2 }, fusion: { rank: 1, score: 1 } }, score: 1, dropped }
}

describe('compareSearches', () => {
  it('says of each passage where it went and where it came from', () => {
    const before = { candidates: [candidate('a'), candidate('b'), candidate('c'), candidate('d'), candidate('x', 'beyond the limit of 4')] }
    const after = { candidates: [candidate('b'), candidate('a'), candidate('e'), candidate('c', 'beyond the limit of 3')] }
    const compared = compareSearches(before, after)
    expect(compared.before.map(({ place, word }) => `${place} ${word}`)).toEqual(['1 down 1', '2 up 1', '3 dropped: beyond the limit of 3', '4 not found'])
    expect(compared.after.map(({ place, word }) => `${place} ${word}`)).toEqual(['1 up 1', '2 down 1', '3 new'])
    expect(compared.moved).toBe(5)
    expect(comparisonText(after, compared.moved)).toBe('3 passages; 5 changes')
  })

  it('finds nothing to say of the same search', () => {
    const search = { candidates: [candidate('a'), candidate('b')] }
    const compared = compareSearches(search, search)
    expect(compared.after.map(({ word }) => word)).toEqual(['same place', 'same place'])
    expect(comparisonText(search, compared.moved)).toBe('2 passages, the same in the same order')
  })
})

describe('the words of a trace', () => {
  it('show the stages that there were', () => {
    expect(stagesOf([candidate('a')]).map(({ key }) => key)).toEqual(['text', 'fusion'])
    expect(stagesOf([candidate('a'), { stages: { fusion: { rank: 1, score: 1 }, cross: { rank: 1, score: 0.9 } } }]).map(({ key }) => key)).toEqual(['text', 'fusion', 'cross'])
  })
  it('name what was deleted', () => expect(candidateTitle({ title: null })).toBe('Deleted document'))
  it.each([[3, '3'], [4096, '4,096'], [4097, 'after 4,096']])('give place %i as %s', (rank, text) => expect(rankText(rank)).toBe(text))
  it.each([[0.42, '0.4 ms'], [31.4, '31 ms'], [1234, '1.2 s']])('give %f ms as %s', (ms, text) => expect(milliseconds(ms)).toBe(text))
  it('divide the time, longest part first, also where a part has no name yet', () => {
    expect(timingLines({ total: 20, text: 4, embed: 12, select: 0.1, novelty: 2 })).toEqual({
      total: 20, parts: [{ name: 'understanding the question', ms: 12 }, { name: 'search by words', ms: 4 }, { name: 'novelty', ms: 2 }],
    })
    expect(timingLines({ text: 4, vector: 3 }).total).toBe(7)
  })
})

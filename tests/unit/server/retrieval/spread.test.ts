import { describe, expect, it } from 'vitest'
import { spreadDocuments, type Spreadable } from '../../../../server/retrieval/spread.ts'

const list = (documents: string, from: number, step = 0.01) => [...documents].map((letter, index): Spreadable => ({ documentKey: letter.charCodeAt(0), score: from - index * step }))
/** What is there afterwards, in the order of the scores. */
function after(chosen: Spreadable[], others: Spreadable[], most: number): string {
  const pairs = spreadDocuments(chosen, others, most)
  const out = new Set(pairs.map(([index]) => index))
  const all = [...chosen.filter((_, index) => !out.has(index)), ...pairs.map(([, index]) => others[index]!)]
  return all.sort((a, b) => b.score - a.score).map(({ documentKey }) => String.fromCharCode(documentKey)).join('')
}

describe('spreadDocuments', () => {
  it('lets the best of others in for the last of a document that takes too many places', () => {
    expect(after(list('aaaaab', 0.9), list('aacba', 0.8), 4)).toBe('aaaabc')
    expect(after(list('aaaaaa', 0.9), list('bbbc', 0.8), 3)).toBe('aaabbb')
    expect(spreadDocuments(list('aaaaab', 0.9), list('aac', 0.8), 4)).toEqual([[4, 2]])
  })

  it('leaves alone what is spread already, and what the others come nowhere near', () => {
    expect(spreadDocuments(list('aabbcc', 0.9), list('ddd', 0.8), 4)).toEqual([])
    expect(spreadDocuments(list('aaaaaa', 0.9), list('bbb', 0.5), 4)).toEqual([])
    expect(spreadDocuments(list('aaaaaa', 0.9), list('aaa', 0.8), 4)).toEqual([])
    expect(spreadDocuments([], list('a', 1), 1)).toEqual([])
  })

  it('makes no other document take too many', () => {
    expect(after(list('aaaabbb', 0.9), list('bbbbcb', 0.8), 3)).toBe('aaabbbc')
  })
})

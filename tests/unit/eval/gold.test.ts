import { describe, expect, it } from 'vitest'
import { answerSentences, holdsAnswer } from '../../../eval/support/gold.ts'

const sentences = (...texts: string[]) => {
  let end = 0
  return texts.map((text) => {
    const start = end
    end += text.length + 1
    return { document: 'a', range: [start, start + text.length] as const, text }
  })
}

describe('an answer', () => {
  it('is held whatever the white space, quotation marks and dashes', () => {
    expect(holdsAnswer('He said:\n“a  two–step” and left.', ['a waltz', '"a two-step"'])).toBe(true)
    expect(holdsAnswer('He said: a two step.', ['two-step'])).toBe(false)
  })
})

describe('the answer sentences of a free answer', () => {
  const text = sentences('Rags are written for the piano.', 'Joplin published the Maple Leaf Rag in 1899.', 'It sold well in Sedalia.', 'Nothing else matters here.')

  it('are those that hold enough of its words, alone or with the next one', () => {
    expect(answerSentences('The Maple Leaf Rag was published by Joplin in 1899.', text)).toEqual([{ document: 'a', range: text[1]!.range }])
    expect(answerSentences('Joplin publishes the Maple Leaf Rag, which sells well in Sedalia.', text)).toEqual([{ document: 'a', range: [text[1]!.range[0], text[2]!.range[1]] }])
  })

  it('are none where the document puts it in other words', () => {
    expect(answerSentences('A composition from Missouri appeared before the turn of the century.', text)).toEqual([])
    expect(answerSentences('', text)).toEqual([])
  })
})

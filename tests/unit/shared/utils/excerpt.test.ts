import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asFlow, excerpt } from '../../../../shared/utils/excerpt.ts'

const text = 'The first words. The quote itself. The last words.'
const chunk = { start: 100, end: 100 + text.length, text }
const quote = 'The quote itself.'
const citation = { start: 117, end: 134, quote }

describe('excerpt', () => {
  it('gives all of the chunk when there is room', () => {
    expect(excerpt(chunk, citation, 1000)).toEqual({ before: 'The first words. ', quote, after: ' The last words.' })
  })

  it('cuts at words and says so', () => {
    expect(excerpt(chunk, citation, 8)).toEqual({ before: '… words. ', quote, after: ' The …' })
  })

  it('shows the quote alone when it is not in the chunk', () => {
    expect(excerpt(chunk, { start: 90, end: 110, quote }, 50)).toEqual({ before: '', quote, after: '' })
  })

  it('is never longer than asked for on either side (property)', () => {
    fc.assert(fc.property(fc.nat({ max: 60 }), (around) => {
      const { before, after } = excerpt(chunk, citation, around)
      expect(before.length).toBeLessThanOrEqual(around + 2)
      expect(after.length).toBeLessThanOrEqual(around + 2)
    }))
  })
})

describe('asFlow', () => {
  it('joins the lines of a paragraph and keeps paragraphs apart', () => {
    expect(asFlow('Heading\n\nOne line \n and the next\n\n\nEnd')).toBe('Heading\nOne line and the next\nEnd')
  })

  it('keeps the lines of tables and lists, also where a quote cuts them off', () => {
    expect(asFlow('Works to begin with\n\nYear | Work\n')).toBe('Works to begin with\nYear | Work\n')
    expect(asFlow('\n1902 | The Entertainer\n1903 | Palm Leaf Rag\nand the\nrest')).toBe('\n1902 | The Entertainer\n1903 | Palm Leaf Rag\nand the rest')
    expect(asFlow('It needs:\n- a piano\n- two\n  hands')).toBe('It needs:\n- a piano\n- two hands')
  })

  it('does not join words that a quote separates', () => {
    expect(asFlow('before \n')).toBe('before ')
    expect(asFlow('\nafter')).toBe(' after')
    expect(asFlow('before\n\n')).toBe('before\n')
    expect(asFlow('\n\nafter')).toBe('\nafter')
    expect(asFlow('before ')).toBe('before ')
    expect(asFlow(' after')).toBe(' after')
    expect(asFlow('words\nof one line ')).toBe('words of one line ')
  })
})

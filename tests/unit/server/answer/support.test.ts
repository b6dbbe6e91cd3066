import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { markSupport } from '../../../../server/answer/support.ts'

const claims = (text: string, covered: { start: number, end: number }[] = []) =>
  markSupport(text, covered).map(({ start, end, supported }) => `${supported ? '+' : '-'} ${text.slice(start, end)}`)

describe('markSupport', () => {
  it('takes prose, list items, quotes and table rows for claims', () => {
    expect(claims('# Title\n\nFirst here. Second\nthere.\n\nThe reasons are:\n\n- It is one.\n- It is two. Really.\n\n> Quoted text. More\n> of it.\n\n| Year | Name |\n|---|---|\n| 1899 | Maple Leaf |\n\n```\ncode is none.\n```\n\n**Only a title**\n\n---\nLast one.')).toEqual([
      '- First here.', '- Second\nthere.', '- It is one.', '- It is two.', '- Really.', '- Quoted text.', '- More\n> of it.', '- | 1899 | Maple Leaf |', '- Last one.',
    ])
  })

  it('marks every sentence that a cited range touches', () => {
    const text = 'One is so. Two is so. Three is not.'
    expect(claims(text, [{ start: 0, end: 21 }])).toEqual(['+ One is so.', '+ Two is so.', '- Three is not.'])
  })

  it('gives ascending ranges inside the text without surrounding space, whatever the text', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('a. ', 'B c', '\n', '\n\n', '> ', '- ', '# ', '```', '|', '---', '1. ', ':', '**', '🎹', ' ')).map(parts => parts.join('')), (text) => {
      let last = 0
      for (const { start, end } of markSupport(text, [])) {
        expect(start).toBeGreaterThanOrEqual(last)
        expect(end).toBeGreaterThan(start)
        expect(end).toBeLessThanOrEqual(text.length)
        expect(text.slice(start, end)).toBe(text.slice(start, end).trim())
        last = end
      }
    }))
  })
})

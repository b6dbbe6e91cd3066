import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findSelected } from '../../../../shared/utils/selection.ts'

const page = { start: 100, text: 'A heading\n\nThe rag was played. The rag was sold.\nRow 1 | Name: Maple Leaf Rag | Year: 1899' }
const at = (text: string, from = 0) => ({ start: 100 + page.text.indexOf(text, from), end: 100 + page.text.indexOf(text, from) + text.length })

describe('findSelected', () => {
  it('finds what is drawn with other white space and without the bars between cells', () => {
    expect(findSelected(page, ' The rag was\n played. ', 'A heading')).toEqual(at('The rag was played.'))
    expect(findSelected(page, 'Name: Maple Leaf Rag\tYear: 1899', '')).toEqual(at('Name: Maple Leaf Rag | Year: 1899'))
  })

  it('tells equal places apart by what stands before', () => {
    expect(findSelected(page, 'The rag', 'A heading')).toEqual(at('The rag'))
    expect(findSelected(page, 'The rag', 'A heading The rag was played.')).toEqual(at('The rag', 20))
  })

  it('finds nothing where there is nothing', () => {
    expect(findSelected(page, ' | \n', '')).toBeNull()
    expect(findSelected(page, 'The rag was lost.', '')).toBeNull()
  })

  it('finds any part of a text at its own place', () => {
    fc.assert(fc.property(fc.stringMatching(/^[a-z| \n]{1,60}$/), fc.nat(), fc.nat(), (text, a, b) => {
      const [start, end] = [a % text.length, b % text.length].sort((x, y) => x - y) as [number, number]
      const selected = text.slice(start, end)
      const found = findSelected({ start: 7, text }, selected, text.slice(0, start))
      const trimmed = selected.replace(/^[\s|]+|[\s|]+$/g, '')
      if (trimmed === '') expect(found).toBeNull()
      else expect(found).toEqual({ start: 7 + start + selected.search(/[^\s|]/), end: 7 + start + selected.search(/[^\s|]/) + trimmed.length })
    }))
  })
})

import { describe, expect, it } from 'vitest'
import { answerToMarkdown, citationPath } from '../../../../shared/utils/answer-text.ts'

const citation = { documentId: 'd', title: 'A history', page: 3, start: 10, end: 14, chunkId: 'c' }

describe('answerToMarkdown', () => {
  it('writes the numbers where they stand and lists the sources', () => {
    const citations = [
      { ...citation, n: 2, quote: 'Second\n sentence.', anchors: [9] },
      { ...citation, n: 1, quote: 'First.', anchors: [4, 9] },
    ]
    expect(answerToMarkdown('One. Two.\n', citations)).toBe(
      'One.[1] Two.[1][2]\n\nSources\n\n[1] A history, p. 3: “First.”\n[2] A history, p. 3: “Second sentence.”\n',
    )
  })

  it('says which sources were deleted', () => {
    const deleted = { ...citation, n: 1, anchors: [4], sourceDeletedAt: '2026-01-01T00:00:00.000Z' }
    expect(answerToMarkdown('One.', [{ ...deleted, title: '', quote: '' }])).toContain('[1] Deleted document, p. 3\n')
    expect(answerToMarkdown('One.', [{ ...deleted, quote: 'First.' }])).toContain('[1] A history (deleted), p. 3: “First.”')
  })

  it('is the answer alone where nothing was cited', () => {
    expect(answerToMarkdown('One.', [])).toBe('One.')
  })
})

it('names the range and the page of a citation', () => {
  expect(citationPath(citation)).toBe('/documents/d?start=10&end=14&page=3')
})

import { describe, expect, it } from 'vitest'
import { embeddingText } from '../../../../server/ingest/embedding-text.ts'

const embedder = { window: 20, countTokens: (text: string) => text.split(/\s+/).filter(word => /\w/.test(word)).length }
const chunk = (text: string, headingPath: string[]) => ({ text, headingPath, tokens: embedder.countTokens(text) })

describe('embeddingText', () => {
  it('puts title and headings before the text', () => {
    expect(embeddingText(chunk('It spread.', ['Origins', 'Missouri']), 'Ragtime', embedder)).toBe('Ragtime › Origins › Missouri\nIt spread.')
  })

  it('puts a context before the text, as much of it as there is room for', () => {
    const withContext = (text: string, context: string) => embeddingText({ ...chunk(text, ['Origins']), context }, 'Ragtime', embedder)
    expect(withContext('It spread.', 'In Missouri, about 1890.')).toBe('Ragtime › Origins\nIn Missouri, about 1890.\nIt spread.')
    const context = 'one two three four five six seven eight nine ten eleven twelve'
    expect(withContext('a b c d e f', context)).toBe('Ragtime › Origins\none two three four five six seven eight nine ten\na b c d e f')
    expect(withContext('a b c d e f g h i', context)).toBe('Ragtime › Origins\na b c d e f g h i')
    expect(withContext('It spread.', '')).toBe('Ragtime › Origins\nIt spread.')
  })

  it('does not repeat a heading that the text opens with', () => {
    expect(embeddingText(chunk('Missouri\n\nIt spread.', ['Origins', 'Missouri']), 'Ragtime', embedder)).toBe('Ragtime › Origins\nMissouri\n\nIt spread.')
  })

  it('shortens the prefix from the title inwards until the window holds it all', () => {
    const text = 'one two three four five six seven eight nine ten eleven twelve thirteen fourteen'
    expect(embeddingText(chunk(text, ['Origins', 'In Missouri']), 'A long title', embedder)).toBe(`Origins › In Missouri\n${text}`)
    expect(embeddingText(chunk(`${text} fifteen`, ['Origins', 'In Missouri']), 'A long title', embedder)).toBe(`Origins › In Missouri\n${text} fifteen`)
    expect(embeddingText(chunk(`${text} fifteen sixteen`, ['Origins', 'In Missouri']), 'A long title', embedder)).toBe(`In Missouri\n${text} fifteen sixteen`)
    expect(embeddingText(chunk(`${text} fifteen sixteen seventeen`, ['Origins', 'In Missouri']), 'A long title', embedder)).toBe(`${text} fifteen sixteen seventeen`)
  })
})

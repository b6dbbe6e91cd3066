import { describe, expect, it } from 'vitest'
import { blemish } from '../../../../server/answer/blemish.ts'

const QUESTION = 'What did the contract for the Maple Leaf Rag pay Scott Joplin?'

describe('blemish', () => {
  it.each([
    ['an entry under “Sources”', 'Library of Congress: articles on Scott Joplin, the Maple Leaf Rag and Treemonisha.', ['Scott Joplin', 'Sources']],
    ['an entry under a numbered heading', 'Shannon, C. E. A mathematical theory of communication.', ['7. References']],
    ['an address', 'See https://example.org/maple-leaf-rag for the contract.', []],
    ['an entry of a bibliography without a heading', 'Edward A. Berlin, King of Ragtime: Scott Joplin and His Era, Oxford University Press, second edition 2016.', []],
    ['another', 'Rudi Blesh and Harriet Janis, They All Played Ragtime, Alfred A. Knopf, 1950.', []],
  ])('counts %s for less', (_name, sentence, headings) => {
    expect(blemish(sentence, headings, QUESTION)).toBe(1)
    expect(blemish(sentence, headings, 'Which sources are there about Scott Joplin?'), 'unless it is asked for').toBe(0)
    expect(blemish(sentence, headings, 'What books name the Maple Leaf Rag?')).toBe(0)
  })

  it.each([
    ['The contract paid Joplin a royalty of one cent for every copy sold.', ['The contract']],
    ['The book was published by Oxford University Press, which in 2016 brought out a second edition.', []],
    ['Notes of the scale are named after letters.', ['Notes of the scale']],
    ['Springs feed the lake.', ['Sources of the river']],
    ['1902 | The Entertainer | A two-step that became world-famous through a film in 1973', ['Selected works']],
    ['In 1971 the New York Public Library published The Collected Works of Scott Joplin.', []],
  ])('leaves “%s” alone', (sentence, headings) => {
    expect(blemish(sentence, headings, QUESTION)).toBe(0)
  })

  it.each([
    ['a caption', 'Table 4: Royalties of ragtime composers by year.'],
    ['the end of a sentence', 'who had paid one cent for every copy of the rag.'],
    ['the beginning of one', 'The contract for the Maple Leaf Rag paid a royalty of'],
  ])('counts %s a little less', (_name, sentence) => {
    expect(blemish(sentence, [], QUESTION)).toBeGreaterThan(0)
    expect(blemish(sentence, [], QUESTION)).toBeLessThan(1)
  })

  it('leaves a caption alone when the question asks for the table', () => {
    expect(blemish('Table 4: Royalties of ragtime composers by year.', [], 'Which table shows royalties?')).toBe(0)
  })
})

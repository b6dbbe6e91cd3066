import { describe, expect, it } from 'vitest'
import { quotability } from '../../../../server/answer/quotability.ts'

const QUESTION = 'What did the contract for the Maple Leaf Rag pay Scott Joplin?'

describe('quotability', () => {
  it.each([
    ['an entry under “Sources”', 'Library of Congress: articles on Scott Joplin, the Maple Leaf Rag and Treemonisha.', ['Scott Joplin', 'Sources']],
    ['an entry under a numbered heading', 'Shannon, C. E. A mathematical theory of communication.', ['7. References']],
    ['an address', 'See https://example.org/maple-leaf-rag for the contract.', []],
    ['an entry of a bibliography without a heading', 'Edward A. Berlin, King of Ragtime: Scott Joplin and His Era, Oxford University Press, second edition 2016.', []],
    ['another', 'Rudi Blesh and Harriet Janis, They All Played Ragtime, Alfred A. Knopf, 1950.', []],
  ])('counts %s for less', (_name, sentence, headings) => {
    expect(quotability(sentence, headings, QUESTION)).toBeLessThan(1)
    expect(quotability(sentence, headings, 'Which sources are there about Scott Joplin?'), 'unless it is asked for').toBe(1)
    expect(quotability(sentence, headings, 'What books name the Maple Leaf Rag?')).toBe(1)
  })

  it.each([
    ['The contract paid Joplin a royalty of one cent for every copy sold.', ['The contract']],
    ['The book was published by Oxford University Press, which in 2016 brought out a second edition.', []],
    ['Notes of the scale are named after letters.', ['Notes of the scale']],
    ['Springs feed the lake.', ['Sources of the river']],
    ['1902 | The Entertainer | A two-step that became world-famous through a film in 1973', ['Selected works']],
    ['In 1971 the New York Public Library published The Collected Works of Scott Joplin.', []],
  ])('leaves “%s” alone', (sentence, headings) => {
    expect(quotability(sentence, headings, QUESTION)).toBe(1)
  })
})

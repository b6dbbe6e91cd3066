import { describe, expect, it } from 'vitest'
import { withAntecedent } from '../../../../server/answer/antecedent.ts'
import { candidateSentences } from '../../../../server/answer/sentences.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { insertDocument } from './fixtures.ts'

const { db } = temporaryDatabase()
/** The last sentence of a paragraph as it is quoted. */
const quoted = (paragraph: string) => withAntecedent(candidateSentences('lake', insertDocument(db, { title: 'Lake', paragraphs: [paragraph] })).at(-1)!)

describe('withAntecedent', () => {
  it.each([
    'The old mill stands by the lake. It burned down in 1904.',
    'The miller kept bees by the lake. However, nobody bought his honey.',
    'Die Mühle steht am großen See. Sie brannte im Jahr 1904 ab.',
    'El molino está junto al lago. Este fue destruido en 1904.',
    'Мельница стоит у большого озера. Она сгорела в 1904 году.',
  ])('takes what a sentence leans on with it: “%s”', (paragraph) => {
    const { text, start, end, chunk } = quoted(paragraph)
    expect(text).toBe(paragraph)
    expect(chunk.text.slice(start - chunk.start, end - chunk.start)).toBe(text)
  })

  it.each([
    ['The old mill stands by the lake. The miller kept bees there.', 'The miller kept bees there.'],
    ['The old mill stands by the lake. Italians built the road to it.', 'Italians built the road to it.'],
    ['It burned down in the year 1904.', 'It burned down in the year 1904.'],
    [`The mill ${'and the road '.repeat(60)}are old. It burned down in 1904.`, 'It burned down in 1904.'],
  ])('leaves others as they are, and what would be too long: “%s”', (paragraph, sentence) => {
    expect(quoted(paragraph).text).toBe(sentence)
  })
})

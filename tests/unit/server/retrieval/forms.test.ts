import { describe, expect, it } from 'vitest'
import { indexForms, languagesOf, queryForms } from '../../../../server/retrieval/forms.ts'
import { findLanguage } from '../../../../server/retrieval/languages.ts'

const german = findLanguage('de')!
const spanish = findLanguage('es')!
const on = { stems: true, grams: true }

describe('languagesOf', () => {
  it('takes what is too short to tell for the language of the others, English included', () => {
    const codes = (texts: string[]) => languagesOf(texts).map(language => language?.code ?? null)
    expect(codes(['Der Hund liegt auf dem Sofa.', 'Tabelle 3', 'Die Katze ist nicht da.', 'The dog is on the sofa.'])).toEqual(['de', 'de', 'de', null])
    expect(codes(['Tabelle 3', 'The dog is on the sofa.'])).toEqual([null, null])
  })
})

describe('indexForms', () => {
  it('are the language, stems without function words, and the grams of long words once', () => {
    const forms = indexForms('Die Häuser und das Haus', german)
    expect(forms).toEqual([german.mark, `haus${german.mark}`, `haus${german.mark}`])
    expect(indexForms('Dampfschiff Dampfschiff', german).filter(form => form.startsWith('damp'))).toEqual([`dampfschiff${german.mark}`, `dampfschiff${german.mark}`, 'damp\uE5DF'])
    expect(indexForms('publicaciones internacionales', spanish)).toHaveLength(3)
    expect(indexForms('Plain English words', null)).toEqual([])
    expect(indexForms('日本', null)).toEqual(['日本', '本'])
  })
})

describe('queryForms', () => {
  it('are the word and its stem in the languages that the question may be in and the index has', () => {
    const forms = (query: string, codes: string[], options = on) =>
      queryForms(query, ({ code }) => codes.includes(code), options).map(({ term, forms, parts }) => [term, ...[...forms, ...parts].map(({ phrase }) => phrase)])
    expect(forms('houses', [])).toEqual([['houses', 'houses']])
    expect(forms('¿Quién publicó?', ['es', 'de'])).toEqual([['publicó', 'publicó', `public${spanish.mark}`]])
    expect(forms('Häuser', ['es', 'de'])).toEqual([['häuser', 'häuser', `haus${german.mark}`, `häus${spanish.mark}`, 'haus\uE5DF']])
    expect(forms('When were the houses built?', ['de'])).toEqual([['houses', 'houses'], ['built', 'built']])
    expect(forms('Häuser', ['de'], { stems: false, grams: true })).toEqual([['häuser', 'häuser', 'haus\uE5DF']])
    expect(forms('Häuser', ['de'], { stems: true, grams: false })).toEqual([['häuser', 'häuser', `haus${german.mark}`]])
    expect(forms('v2 1899', ['de'])).toEqual([['v2', 'v2'], ['1899', '1899']])
  })

  it('count a whole word more than a part of one', () => {
    expect(queryForms('Häuser', language => language === german, on)[0]).toEqual({ term: 'häuser', forms: [{ phrase: 'häuser' }, { phrase: `haus${german.mark}`, times: 2 }], parts: [{ phrase: 'haus\uE5DF' }] })
  })

  it('count a word more than a piece of an identifier that is none by itself', () => {
    const counts = (query: string) => Object.fromEntries(queryForms(query, () => false, on).map(({ term, forms }) => [term, forms[0]!.times ?? 1]))
    expect(counts('Which tasks does SuperGLUE have?')).toEqual({ tasks: 2, superglue: 2, super: 1, glue: 1 })
    expect(counts('How does SuperGLUE differ from GLUE?')).toEqual({ differ: 2, superglue: 2, super: 1, glue: 2 })
    expect(counts('Which tasks are there?')).toEqual({ tasks: 1 })
  })

  it('leave out what only says which kind of thing a name is', () => {
    const terms = (query: string) => queryForms(query, () => false, on).map(({ term }) => term)
    expect(terms('What does the `hash` method of the middle class return?')).toEqual(['hash', 'middle', 'class', 'return'])
  })

  it('are the pairs of letters of words without spaces', () => {
    const forms = (query: string, grams = true) => queryForms(query, () => false, { stems: true, grams }).map(({ forms, parts }) => [...forms, ...parts])
    expect(forms('首都')).toEqual([[{ phrase: '首都', prefix: false }]])
    expect(forms('書')).toEqual([[{ phrase: '書', prefix: true }]])
    expect(forms('図書館')).toEqual([[{ phrase: '図書 書館', prefix: false }, { phrase: '図書' }, { phrase: '書館' }]])
    expect(forms('図書館', false)).toEqual([[{ phrase: '図書館' }]])
  })
})

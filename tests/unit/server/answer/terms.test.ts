import { describe, expect, it } from 'vitest'
import { sharedLanguage, stem, textWords, topicWords } from '../../../../server/answer/terms.ts'

describe('stem', () => {
  it.each([['teach', 'taught'], ['die', 'died'], ['win', 'won'], ['write', 'written'], ['composer', 'composers'], ['child', 'children'], ['city', 'cities'], ['plan', 'planned']])(
    'brings “%s” and “%s” together', (one, other) => expect(stem(one)).toBe(stem(other)))

  it.each([['found', 'founded'], ['leaf', 'leave'], ['live', 'life'], ['press', 'pres']])('keeps “%s” and “%s” apart', (one, other) => expect(stem(one)).not.toBe(stem(other)))
})

describe('sharedLanguage', () => {
  it.each([
    ['Wann wurde die Brücke gebaut?', [], 'de'],
    ['¿Quién construyó el puente?', [], 'es'],
    ['Кто построил этот мост?', [], 'ru'],
    ['When was the bridge built?', ['Die Brücke wurde im Jahr 1905 gebaut, und sie steht noch.'], null],
    ['Brücke Baujahr', ['Die Brücke wurde im Jahr 1905 gebaut, und sie steht noch.'], 'de'],
    ['Brücke Baujahr', [], null],
  ])('of “%s” and %j is %s', (question, texts, code) => expect(sharedLanguage(question, texts)?.code ?? null).toBe(code))
})

describe('words of a question', () => {
  it('are stemmed in the language that it shares with the texts', () => {
    const question = '¿Dónde trabajaban las pescadoras?'
    const language = sharedLanguage(question, [])
    expect(textWords('La pescadora trabajaba en el puerto.', language)).toEqual(expect.arrayContaining(topicWords(question, language)))
    expect(textWords('La pescadora trabajaba en el puerto.')).not.toEqual(expect.arrayContaining(topicWords(question)))
  })

  it('are pairs of letters in scripts without spaces, found wherever they stand', () => {
    expect(textWords('東京駅の屋根は二〇一二年に復元された。')).toEqual(expect.arrayContaining(topicWords('東京駅 屋根')))
    expect(textWords('大阪城の石垣')).not.toEqual(expect.arrayContaining(topicWords('東京駅')))
  })
})

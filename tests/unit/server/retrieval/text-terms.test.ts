import { beforeAll, describe, expect, it } from 'vitest'
import { DEFAULT_OPTIONS } from '../../../../server/retrieval/options.ts'
import { search } from '../../../../server/retrieval/search.ts'
import { coverage, formsOf, searchedTerms, weighTerms, type WeighedTerm } from '../../../../server/retrieval/text-terms.ts'
import type { Db } from '../../../../server/db/connection.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { isRelevant } from '../../support/relevance.ts'

/** One library of many languages, as small as it can be without every question finding its document by chance. */
const library: Record<string, string[]> = {
  en: ['The steamship company was founded in 1829 and ran services on the river.', 'The library opens at nine every morning and closes at ten.', 'Tenants have to pay the rent within the first five days of each month.'],
  de: [
    'Die Erste Donaudampfschifffahrtsgesellschaft entstand im Jahr 1829 und betrieb Linien nach Budapest.', 'Der Vertrag kann mit einer Frist von drei Monaten zum Ende des Jahres beendet werden.',
    'Im Krankenhaus werden die Patienten von den Ärzten und Schwestern der Abteilung versorgt.', 'Die alten Häuser am Marktplatz stehen seit dem Krieg unter Denkmalschutz.',
  ],
  es: ['Las canciones fueron publicadas por una editorial de la ciudad en el siglo pasado.', 'Los inquilinos deben pagar el alquiler durante los primeros cinco días de cada mes.', 'El compositor nació en un pueblo pequeño y aprendió con los maestros de la capital.'],
  fr: ['Les chevaux de la ferme sont nourris chaque matin par les apprentis.', 'Le bail peut être résilié par chacune des parties avec un préavis de deux mois.'],
  ru: ['Композитор написал эту оперу в последние годы своей жизни.', 'Договор аренды заключается на срок до одного года и может быть продлён по соглашению сторон.', 'В библиотеке хранятся редкие книги и рукописи прошлых веков.'],
  zh: ['北京是中华人民共和国的首都，人口超过两千万。', '图书馆每天早上九点开门，晚上十点关门。', '租房合同应当在到期前三十天以书面形式通知对方终止。'],
  ja: ['東京は日本の首都であり、世界最大級の都市圏を形成している。', 'この川は山から流れ、海に注ぐ。'],
  th: ['กรุงเทพมหานครเป็นเมืองหลวงของประเทศไทยและมีประชากรมากที่สุด', 'ห้องสมุดเปิดเวลาเก้าโมงเช้าทุกวัน'],
  ko: ['서울은 대한민국의 수도이며 가장 큰 도시이다.', '도서관은 매일 아침 아홉 시에 문을 연다.'],
}

describe('a library in many languages', () => {
  let db: Db
  let keys: number[]
  beforeAll(() => {
    ({ db } = temporaryDatabase())
    keys = insertDocuments(db, Object.values(library).map((chunks, i) => ({ id: testId('document', i), chunks: chunks.map(text => ({ text })) })), null)
  })
  const ask = (query: string, options = {}) => search(db, { query, filters: {}, limit: 3, options }, null)

  it.each([
    ['a part of a compound', 'Gab es eine Dampfschifffahrt?', 'de', 0],
    ['its part in another form', 'Wo fuhren Dampfschiffe?', 'de', 0],
    ['the first and the last part', 'Welcher Schutz gilt am Markt?', 'de', 3],
    ['the singular of a changed stem', 'Welches Haus ist alt?', 'de', 3],
    ['another case', 'Verträge: Fristen?', 'de', 1],
    ['the singular, and another tense', '¿Quién publicó la canción?', 'es', 0],
    ['without accents', 'publicaron cancion', 'es', 0],
    ['another number of noun and verb', '¿Dónde aprendieron los compositores?', 'es', 2],
    ['a changed ending', 'Qui nourrit le cheval ?', 'fr', 0],
    ['an infinitive', 'Comment résilier des baux ou un bail ?', 'fr', 1],
    ['another case and number', 'Какие оперы написали композиторы?', 'ru', 0],
    ['all words in other cases', 'О сроках договоров', 'ru', 1],
    ['adjective and noun in the singular', 'Где хранится редкая книга?', 'ru', 2],
    ['words inside of a run', '北京的人口是多少？', 'zh', 0],
    ['another order of words', '什么时候图书馆开门？', 'zh', 1],
    ['words that stand apart', '怎么终止合同？', 'zh', 2],
    ['one letter', '书', 'zh', 1],
    ['particles around', '日本の首都はどこですか', 'ja', 0],
    ['one letter among kana', '川はどこから', 'ja', 1],
    ['letters with marks', 'เมืองหลวงของไทยคืออะไร', 'th', 0],
    ['a word within a sentence', 'ห้องสมุดเปิดกี่โมง', 'th', 1],
    ['another particle', '대한민국의 수도는 어디입니까', 'ko', 0],
  ])('is found by %s: %s', (_, query, language, index) => {
    const outcome = ask(query)
    expect(outcome.trace.candidates[0]?.chunkId).toBe(testId('chunk', (Object.keys(library).indexOf(language) + 1) * 10_000 + index))
    expect(isRelevant(outcome)).toBe(true)
  })

  it.each(['Wer hat das Telefon erfunden?', '¿Quién inventó el teléfono?', 'Кто изобрёл телефон?', '谁发明了电话？', 'Who invented the telephone?'])('has nothing on another subject: %s', (query) => {
    expect(isRelevant(ask(query))).toBe(false)
  })

  it('is not found so with these parts switched off', () => {
    const off = { stems: false, grams: false }
    for (const query of ['Welches Haus war das?', 'Qui nourrit le cheval ?', 'Где хранится редкая книга?', '书']) expect(ask(query, off).results, query).toEqual([])
    expect(ask('Wo fuhren Dampfschiffe?', { grams: false }).results).toEqual([])
  })

  it('shows the words of the question as what was searched for, not their forms', () => {
    expect(ask('¿Quién publicó la canción?').trace.terms).toEqual(['publicó', 'canción'])
  })

  it('counts a word as found in any of its forms', () => {
    const terms = weighTerms(db, '¿Quién publicó la canción de jazz?', keys.length, DEFAULT_OPTIONS)
    expect(terms.map(({ term, chunkKeys }) => [term, chunkKeys.length])).toEqual([['publicó', 1], ['canción', 1], ['jazz', 0]])
    const covered = coverage(db, terms, keys)
    expect([...covered.keys()]).toEqual([keys[3 + 4]])
    expect(covered.get(keys[3 + 4]!)).toBeCloseTo((terms[0]!.weight + terms[1]!.weight) / terms.reduce((sum, { weight }) => sum + weight, 0))
  })
})

describe('weighTerms', () => {
  it('looks for parts where few chunks have the word itself', () => {
    const { db } = temporaryDatabase()
    const chunks = [...Array.from({ length: 3 }, () => ({ text: 'Die Schule ist in der Stadt.' })), { text: 'Die Musikschule ist nicht in der Stadt.' }]
    insertDocuments(db, [{ id: testId('document', 1), chunks }], null)
    const found = (candidates: number) => weighTerms(db, 'Welche Schule?', 4, { ...DEFAULT_OPTIONS, candidates })[0]!.chunkKeys
    expect(found(4)).toEqual([1, 2, 3, 4])
    expect(found(3)).toEqual([1, 2, 3])
  })
})

describe('coverage', () => {
  it('looks up what is too common for a list of its chunks', () => {
    const { db } = temporaryDatabase()
    const texts = ['图书馆开门', '图书在这里', 'The library opens', 'A book']
    const keys = insertDocuments(db, [{ id: testId('document', 1), chunks: texts.map(text => ({ text })) }], null)
    const common = (query: string) => weighTerms(db, query, keys.length, DEFAULT_OPTIONS).map(term => ({ ...term, common: true, chunkKeys: [] }))
    expect([...coverage(db, common('开门'), keys)]).toEqual([[keys[0], 1]])
    expect([...coverage(db, common('图书'), keys).keys()]).toEqual([keys[0], keys[1]])
    expect([...coverage(db, common('libraries'), keys)]).toEqual([[keys[2], 1]])
  })
})

describe('searchedTerms', () => {
  const term = (name: string, matches: number, common = false): WeighedTerm => ({ term: name, forms: [{ phrase: name }, { phrase: 'both' }], chunkKeys: Array.from({ length: matches }, (_, i) => i), weight: 1, common })

  it('are those that are found, common ones only where nothing else is', () => {
    expect(searchedTerms([term('a', 3), term('b', 0), term('c', 9, true)]).map(({ term }) => term)).toEqual(['a'])
    expect(searchedTerms([term('b', 0), term('c', 9, true)]).map(({ term }) => term)).toEqual(['c'])
    expect(searchedTerms(Array.from({ length: 40 }, (_, i) => term(`w${i}`, 50 - i)))).toHaveLength(24)
  })

  it('ask for each form once', () => {
    expect(formsOf([term('a', 1), term('b', 1)])).toEqual([{ phrase: 'a' }, { phrase: 'both' }, { phrase: 'b' }])
  })
})

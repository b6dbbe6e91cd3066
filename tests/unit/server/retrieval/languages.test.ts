import { describe, expect, it } from 'vitest'
import { findLanguage, isDenseStopWord, isStopWord, listLanguages, questionLanguages, textLanguage } from '../../../../server/retrieval/languages.ts'
import { plainWords } from '../../../../server/retrieval/terms.ts'

/** Sentences of our own, each about as ordinary as they come, with a question about it. */
const samples: Record<string, [text: string, question: string]> = {
  en: ['The library opens at nine every morning and closes in the evening.', 'When does the library open?'],
  de: ['Die Bibliothek öffnet jeden Morgen um neun und schließt am Abend.', 'Wann öffnet die Bibliothek?'],
  nl: ['De bibliotheek gaat elke ochtend om negen uur open en sluit in de avond.', 'Hoe laat gaat de bibliotheek open?'],
  sv: ['Biblioteket öppnar klockan nio varje morgon och stänger på kvällen.', 'När öppnar biblioteket och vad kostar det?'],
  da: ['Biblioteket åbner klokken ni om morgenen og lukker om aftenen, når der ikke er nogen.', 'Hvornår åbner biblioteket?'],
  no: ['Biblioteket åpner klokka ni om morgenen og stenger om kvelden etter noen timer.', 'Når åpner biblioteket, og hva koster det?'],
  fi: ['Kirjasto on auki joka aamu ja se suljetaan illalla, kun kaikki ovat lähteneet.', 'Milloin kirjasto on auki?'],
  hu: ['A könyvtár minden reggel nyitva van, és este zár be.', 'Mikor van nyitva a könyvtár?'],
  fr: ['La bibliothèque ouvre chaque matin à neuf heures et ferme le soir.', 'À quelle heure ouvre la bibliothèque ?'],
  es: ['La biblioteca abre todos los días a las nueve y cierra por la noche.', '¿Cuándo abre la biblioteca?'],
  it: ['La biblioteca apre alle nove di ogni mattina e chiude la sera.', 'Quando apre la biblioteca e dove si trova?'],
  pt: ['A biblioteca abre às nove da manhã e não fecha antes da noite.', 'Quando é que a biblioteca abre?'],
  ro: ['Biblioteca se deschide în fiecare dimineață și se închide seara.', 'Când se deschide biblioteca și unde este?'],
  tr: ['Kütüphane her sabah dokuzda açılır ve akşam için kapanır.', 'Kütüphane ne zaman açılır ve nerede?'],
  ru: ['Библиотека открывается каждое утро в девять и закрывается только вечером.', 'Когда открывается библиотека?'],
  el: ['Η βιβλιοθήκη ανοίγει κάθε πρωί στις εννέα και κλείνει το βράδυ.', 'Πότε ανοίγει η βιβλιοθήκη;'],
  ar: ['تفتح المكتبة كل صباح في التاسعة وتغلق أبوابها بعد المساء.', 'متى تفتح المكتبة؟'],
}

describe.each(Object.entries(samples))('%s', (code, [text, question]) => {
  it('is told by its function words', () => {
    expect(textLanguage(plainWords(text))).toBe(code)
    expect(questionLanguages(plainWords(question))).toContain(code)
  })

  it.runIf(code !== 'en')('has stems that do not depend on what was stemmed before', () => {
    const { stem } = findLanguage(code)!
    const words = plainWords(text)
    const stems = words.map(stem)
    expect(words.toReversed().map(stem)).toEqual(stems.toReversed())
    expect(stems).not.toEqual(words)
  })
})

describe('textLanguage', () => {
  it.each([
    ['', null],
    ['Table 3: 1899 1902 1911', null],
    ['impl<A, B> Visit for State<A, B> where A: B, B: State { fn set(&mut self, a: A, e: E, i: I) {} }', null],
    ['los Los LOS los Angeles los', null],
  ])('knows when it does not know: %s', (text, code) => expect(textLanguage(plainWords(text))).toBe(code))
})

describe('questionLanguages', () => {
  it('takes a question that could be English for English first', () => {
    expect(questionLanguages(plainWords('What was the plague in Paris?'))[0]).toBe('en')
    expect(questionLanguages(plainWords('ragtime piano'))).toEqual([])
  })
})

describe('listLanguages', () => {
  it('gives each a mark of its own, which stays the same', () => {
    expect(listLanguages().map(({ code, mark }) => `${code} ${mark.charCodeAt(0).toString(16)}`)).toEqual([
      'de e5e0', 'nl e5e1', 'sv e5e2', 'da e5e3', 'no e5e4', 'fi e5e5', 'hu e5e6', 'fr e5e7', 'es e5e8', 'it e5e9', 'pt e5ea', 'ro e5eb', 'tr e5ec', 'ru e5ed', 'el e5ee', 'ar e5ef',
    ])
    expect(findLanguage('en')).toBeNull()
  })
})

describe('stop-words', () => {
  it('belong to their language', () => {
    expect([isStopWord('die', 'de'), isStopWord('die', 'en'), isStopWord('quién', 'es')]).toEqual([true, false, true])
    expect(['什么', 'の', 'ที่', '图书馆'].map(isDenseStopWord)).toEqual([true, true, true, false])
  })
})

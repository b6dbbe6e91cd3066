import { describe, expect, it } from 'vitest'
import { createExtractiveAnswerer } from '../../../../server/answer/extractive.ts'
import type { RetrievedChunk, Retriever } from '../../../../server/retrieval/types.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { collect, insertDocument, request } from './fixtures.ts'

const { db } = temporaryDatabase()
const keyword = createExtractiveAnswerer({ embedder: null })

/** Gives the one chunk, as a search whose words were all found. */
function retriever(chunk: RetrievedChunk): Retriever {
  return {
    search: async ({ query, filters }) => ({
      mode: 'keyword', results: [{ ...chunk, score: 1 }], evidence: { similarity: null, coverage: 1, score: 1 },
      scope: { documents: 1, documentsInFilter: 1 }, trace: { query, mode: 'keyword', filters, timings: {}, candidates: [] },
    }),
    close: async () => {},
  }
}

/** Each text has the answer in words of another form, and a sentence that has as many of the question's as they stand there. */
const CASES: [language: string, text: string, question: string, answer: string][] = [
  ['German', 'Die Werft liegt an der Mündung des Flusses. Auf der Werft wurden die ersten Dampfschiffe von Heinrich Lamm erbaut. Die Reeder des Ortes fuhren bis nach Island.',
    'Wer erbaute das erste Dampfschiff?', 'Auf der Werft wurden die ersten Dampfschiffe von Heinrich Lamm erbaut.'],
  ['German, a part of a compound', 'Der Hafen ist seit langem versandet. Die Konservenfabriken zahlten den Frauen zwölf Pfennig in der Stunde. Die Männer fuhren zur See.',
    'Was zahlte die Fabrik?', 'Die Konservenfabriken zahlten den Frauen zwölf Pfennig in der Stunde.'],
  ['Spanish', 'El faro se ve desde la sierra. Los fareros encendían las lámparas con aceite de ballena. La sierra está cubierta de pinos.',
    '¿Con qué encendía el farero la lámpara?', 'Los fareros encendían las lámparas con aceite de ballena.'],
  ['French', 'Le moulin domine la vallée. Les meuniers payaient leurs apprentis en farine. La vallée est souvent inondée au printemps.',
    'Comment le meunier payait-il son apprenti ?', 'Les meuniers payaient leurs apprentis en farine.'],
  ['Russian', 'Мельница стоит над рекой. Мельники расплачивались с работниками мукой. Весной долину заливает вода.',
    'Чем мельник расплачивался с работником?', 'Мельники расплачивались с работниками мукой.'],
  ['Japanese', '港は北にあります。灯台の守り人は鯨の油でランプをともした。山は松に覆われている。',
    '灯台のランプは何でともしましたか?', '灯台の守り人は鯨の油でランプをともした。'],
  ['Chinese', '港口在北边。守灯塔的人用鲸油点灯。山上长满了松树。', '灯塔用什么点灯？', '守灯塔的人用鲸油点灯。'],
]

describe('the extractive answerer in other languages', () => {
  it.each(CASES)('finds the sentence whose words have other forms: %s', async (language, text, question, answer) => {
    const [chunk] = insertDocument(db, { title: language, paragraphs: [text] })
    const events = await collect(keyword.answer(request({ question, retriever: retriever(chunk!) }), new AbortController().signal))
    expect(events.flatMap(event => event.type === 'pointer' ? [event.data.quote] : [])[0]).toBe(answer)
  })
})

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

/** In each text the answer has the question's words in other forms, and another sentence has one of them as it stands there. */
const CASES: [language: string, text: string, question: string, answer: string][] = [
  ['German', 'Sein Bruder schmiedete Nägel und Ketten. Jeder Zug hat ein Rad, das Lamm geschmiedet hat. Die Reeder fuhren bis nach Island.',
    'Wer schmiedete die Räder der Züge?', 'Jeder Zug hat ein Rad, das Lamm geschmiedet hat.'],
  ['German, parts of compounds', 'Die Stadt liegt an der Mündung. Die Konservenfabriken gaben jedem Kind der Hafenstadt Milch. Die Männer fuhren zur See.',
    'Was gaben die Fabriken der Stadt?', 'Die Konservenfabriken gaben jedem Kind der Hafenstadt Milch.'],
  ['Spanish', 'La gata duerme en la proa. Los gatos beben la leche del puerto. La sierra está cubierta de pinos.',
    '¿Qué bebe la gata?', 'Los gatos beben la leche del puerto.'],
  ['French', 'Un frère gardait les oies du moulin. Les ducs ont gardé leur or dans une tour. La vallée est souvent inondée au printemps.',
    'Que gardait le duc ?', 'Les ducs ont gardé leur or dans une tour.'],
  ['Russian', 'Летом дети спят на сене. Старый кот лежал в доме на печи. Весной долину заливает вода.',
    'Где спят коты этого дома?', 'Старый кот лежал в доме на печи.'],
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

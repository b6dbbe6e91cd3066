import { describe, expect, it } from 'vitest'
import { createExtractiveAnswerer, LEADS } from '../../../../server/answer/extractive.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import type { AnswerEvent } from '../../../../server/answer/types.ts'
import type { Embedder } from '../../../../server/embed/types.ts'
import { collect, insertDocument, request, textOf, wordRetriever } from './fixtures.ts'

const signal = new AbortController().signal
const keyword = createExtractiveAnswerer({ embedder: null })

const { db } = temporaryDatabase()
const joplin = insertDocument(db, {
  title: 'Scott Joplin',
  paragraphs: [
    'Scott Joplin was born in Texas in 1868. He grew up in Texarkana. His father had been a slave. The family loved music.',
    'The Maple Leaf Rag was published in Sedalia in September 1899.[12] John Stark was its publisher. It sold half a million copies. Joplin got one cent for each copy.',
  ],
})
const lamb = insertDocument(db, { title: 'Joseph *Lamb*', paragraphs: ['Joseph Lamb admired the Maple Leaf Rag. John Stark was its publisher. Stark published twelve of Lamb\'s rags.'] })

const pointers = (events: AnswerEvent[]) => events.flatMap(event => event.type === 'pointer' ? [event.data] : [])

describe('the extractive answerer', () => {
  it('quotes up to five sentences, the best one first, with their exact ranges and says that it only quotes', async () => {
    const events = await collect(keyword.answer(request({ question: 'When was the Maple Leaf Rag published?', retriever: wordRetriever([...joplin, ...lamb]) }), signal))
    const text = textOf(events)
    expect(text.startsWith(LEADS.direct)).toBe(true)
    const cited = pointers(events)
    expect(cited.length).toBeGreaterThanOrEqual(1)
    expect(cited.length).toBeLessThanOrEqual(5)
    for (const { chunk, start, end, quote } of cited) expect(chunk.text.slice(start - chunk.start, end - chunk.start)).toBe(quote)
    expect(cited[0]!.quote).toContain('September 1899.')
    expect(events.at(-1)).toEqual({ type: 'outcome', data: 'answered' })
  })

  it('leaves the source\'s reference numbers out of the text and in the quote', async () => {
    const events = await collect(keyword.answer(request({ question: 'Where was the Maple Leaf Rag published?', retriever: wordRetriever(joplin) }), signal))
    expect(textOf(events)).not.toContain('[12]')
    expect(textOf(events)).toContain('in September 1899.')
  })

  it('quotes a sentence that stands in two documents once', async () => {
    const [one, other] = ['The first one', 'The second one'].map(title => insertDocument(db, { title, paragraphs: [`${title} is about rags. Euphonic Sounds was published by Seminary Music.`] }))
    const events = await collect(keyword.answer(request({ question: 'Who published Euphonic Sounds?', retriever: wordRetriever([...one!, ...other!]) }), signal))
    expect(pointers(events).filter(({ quote }) => quote === 'Euphonic Sounds was published by Seminary Music.')).toHaveLength(1)
  })

  it('names each document when there are several, with marks that mean nothing to Markdown', async () => {
    const events = await collect(keyword.answer(request({ question: 'Who admired the Maple Leaf Rag, and where was it published?', retriever: wordRetriever([...joplin, ...lamb]) }), signal))
    expect(new Set(pointers(events).map(({ chunk }) => chunk.documentId)).size).toBe(2)
    expect(textOf(events)).toContain(String.raw`**Joseph \*Lamb\***`)
  })

  it('keeps the order of the text inside a document', async () => {
    const events = await collect(keyword.answer(request({ question: 'Where was the Maple Leaf Rag published, and what did Joplin get for each copy?', retriever: wordRetriever(joplin) }), signal))
    const starts = pointers(events).map(({ start }) => start)
    expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  })

  it('quotes a sentence that opens with a pronoun together with the one before it, as one quote', async () => {
    const events = await collect(keyword.answer(request({ question: 'Where did Scott Joplin grow up?', retriever: wordRetriever(joplin) }), signal))
    expect(pointers(events)[0]!.quote).toBe('Scott Joplin was born in Texas in 1868. He grew up in Texarkana.')
    expect(pointers(events).filter(({ quote }) => quote.includes('1868'))).toHaveLength(1)
  })

  it('quotes an introduction with the list that it introduces, line by line', async () => {
    const list = insertDocument(db, { title: 'Rags', paragraphs: [''] })
    const text = 'Scott wrote many rags. Three of them were published by Stark in Sedalia:\n\nFrog Legs Rag\n- Grace and Beauty\nHilarity Rag\n\nThe lake is deep.'
    const lines = ['Scott wrote many rags.', 'Three of them were published by Stark in Sedalia:', 'Frog Legs Rag', '- Grace and Beauty', 'Hilarity Rag', 'The lake is deep.']
    const chunk = { ...list[0]!, text, end: text.length, sentences: lines.map(line => [text.indexOf(line), text.indexOf(line) + line.length] as [number, number]) }
    const events = await collect(keyword.answer(request({ question: 'Which rags were published in Sedalia by Stark?', retriever: wordRetriever([chunk]) }), signal))
    expect(pointers(events)[0]!.quote).toBe(lines.slice(1, 5).join('\n').replace(':\n', ':\n\n'))
    expect(textOf(events)).toContain('> Three of them were published by Stark in Sedalia:\n> - Frog Legs Rag\n> - Grace and Beauty\n> - Hilarity Rag')
  })

  it('quotes all items of a list where several things are asked for, and one where one is', async () => {
    const list = insertDocument(db, { title: 'Rags', paragraphs: [''] })
    const items = ['Frog Legs Rag was published by Stark in Sedalia in 1906.', 'Grace and Beauty came later.', 'Hilarity Rag came last.']
    const text = `${items.join('\n')}\n\nThe lake is deep.`
    const chunk = { ...list[0]!, text, end: text.length, sentences: [...items, 'The lake is deep.'].map(line => [text.indexOf(line), text.indexOf(line) + line.length] as [number, number]) }
    const ask = async (question: string) => pointers(await collect(keyword.answer(request({ question, retriever: wordRetriever([chunk]) }), signal)))[0]!.quote
    expect(await ask('Which rags were published by Stark?')).toBe(items.join('\n'))
    expect(await ask('When was Frog Legs Rag published by Stark?')).toBe(items[0])
  })

  it('never quotes an introduction whose list is not there', async () => {
    const cut = insertDocument(db, { title: 'Rags', paragraphs: ['Scott wrote many rags in Sedalia. Three of the rags were published by Stark in Sedalia:'] })
    const events = await collect(keyword.answer(request({ question: 'Which rags were published in Sedalia by Stark?', retriever: wordRetriever(cut) }), signal))
    expect(textOf(events)).not.toContain('Three of the rags')
  })

  it('finds a row by what its cells are named, shows the names above it and cites both', async () => {
    const table = insertDocument(db, { title: 'Pianos', paragraphs: [''] })
    const text = 'Made in the United States\n\nYear | Pianos | Player pianos\n1925 | 306,584 | 168,393\n1927 | 218,140 | 95,454\n\nThe player was loud in 1930.'
    const lines = text.split(/\n+/)
    const chunk = { ...table[0]!, text, end: text.length, sentences: lines.map(line => [text.indexOf(line), text.indexOf(line) + line.length] as [number, number]) }
    const events = await collect(keyword.answer(request({ question: 'How many player pianos were made in the United States in 1927?', retriever: wordRetriever([chunk]) }), signal))
    expect(pointers(events).slice(0, 2).map(({ quote }) => quote)).toEqual(['1927 | 218,140 | 95,454', 'Year | Pianos | Player pianos'])
    expect(textOf(events)).toContain('> Year | Pianos | Player pianos\n>\n> 1927 | 218,140 | 95,454')
  })

  it('quotes a question with the answer that follows it', async () => {
    const list = insertDocument(db, { title: 'Questions', paragraphs: ['Where was the rag printed? A press in Missouri did the work.'] })
    const events = await collect(keyword.answer(request({ question: 'Where was the rag printed?', retriever: wordRetriever(list) }), signal))
    expect(pointers(events)[0]!.quote).toBe('Where was the rag printed? A press in Missouri did the work.')
  })

  it('searches a follow-up question with the topic of the one before', async () => {
    const retriever = wordRetriever(joplin)
    await collect(keyword.answer(request({
      question: 'How many copies did it sell?', retriever,
      history: [{ role: 'user', content: 'Tell me about the Maple Leaf Rag' }, { role: 'assistant', content: 'It is a rag.' }],
    }), signal))
    expect(retriever.queries[0]).toMatch(/maple.*leaf.*rag/)
  })

  it.each([
    ['no_documents', { documents: 0, documentsInFilter: 0 }],
    ['none_in_filter', { documents: 3, documentsInFilter: 0 }],
    ['nothing_relevant', { documents: 3, documentsInFilter: 3 }],
  ] as const)('answers %s with advice and the nearest chunks as sources', async (kind, scope) => {
    const retriever = wordRetriever(kind === 'nothing_relevant' ? joplin : [], { scope })
    const events = await collect(keyword.answer(request({ question: 'Quantum chromodynamics Texas lattice gauge theory', retriever }), signal))
    expect(events.at(-1)).toEqual({ type: 'outcome', data: kind })
    expect(textOf(events).length).toBeGreaterThan(60)
    expect(pointers(events)).toEqual([])
    const sources = events.find(event => event.type === 'sources')!
    expect(sources.data.chunks.length > 0).toBe(kind === 'nothing_relevant')
  })

  it('lets an outage be an outage', async () => {
    const broken = { search: async () => Promise.reject(new AppError('search_failed', 503, 'The search is down.')), close: async () => {} }
    await expect(collect(keyword.answer(request({ question: 'Anything', retriever: broken }), signal))).rejects.toMatchObject({ code: 'search_failed' })
  })

  it('answers by words alone when the embedding is late or fails', async () => {
    const embedder = (embed: Embedder['embed']): Embedder => ({ id: 'test', dimensions: 2, window: 256, countTokens: () => 1, embed, close: async () => {} })
    for (const embed of [() => new Promise<Float32Array[]>(() => {}), async () => Promise.reject(new AppError('embedding_failed', 503, 'Down.'))]) {
      const answerer = createExtractiveAnswerer({ embedder: embedder(embed), limits: { embeddingMs: 20 } })
      const events = await collect(answerer.answer(request({ question: 'When was the Maple Leaf Rag published?', retriever: wordRetriever(joplin) }), signal))
      expect(pointers(events)[0]!.quote).toContain('1899')
    }
  })

  it('embeds no more sentences than it may', async () => {
    let embedded = 0
    const embedder: Embedder = {
      id: 'test', dimensions: 2, window: 256, countTokens: () => 1, close: async () => {},
      embed: async (texts) => {
        embedded += texts.length
        return texts.map(() => Float32Array.of(1, 0))
      },
    }
    const many = insertDocument(db, { title: 'Long', paragraphs: Array.from({ length: 10 }, (_, p) => Array.from({ length: 8 }, (_, s) => `The rag number ${p}${s} was published somewhere.`).join(' ')) })
    const answerer = createExtractiveAnswerer({ embedder })
    await collect(answerer.answer(request({ question: 'Which rag was published?', retriever: wordRetriever(many) }), signal))
    expect(embedded).toBeGreaterThan(1)
    expect(embedded).toBeLessThanOrEqual(9)
  })
})

import { describe, expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import type { Db } from '../../../../server/db/connection.ts'
import { finishAnswer, insertAnswer, insertQuestion } from '../../../../server/db/messages.ts'
import { insertRun } from '../../../../server/db/runs.ts'
import { saveTrace } from '../../../../server/db/traces.ts'
import { recordUsage } from '../../../../server/db/usage.ts'
import { createExtractiveAnswerer } from '../../../../server/answer/extractive.ts'
import { changeFeedback, checkFeedback, giveFeedback } from '../../../../server/answer/feedback.ts'
import { describeTrace } from '../../../../server/answer/message-trace.ts'
import { replaySearch, standingOf } from '../../../../server/answer/replay.ts'
import { search } from '../../../../server/retrieval/search.ts'
import type { Retriever, SearchRequest } from '../../../../server/retrieval/types.ts'
import type { SearchFilters } from '../../../../shared/schemas/chats.ts'
import { ANSWER_CHUNKS } from '../../../../shared/schemas/trace.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

const [JOPLIN, LAMB, COOK] = [1, 2, 3].map(number => testId('document', number)) as [string, string, string]

/** A library, an answer with its trace, and the real search by words without its thread. */
function scene({ filters = {} }: { filters?: SearchFilters } = {}) {
  const { db } = temporaryDatabase()
  insertDocuments(db, [
    { id: JOPLIN, title: 'Joplin', chunks: [{ text: 'Joplin signed the contract in Sedalia.' }, { text: 'The contract paid a royalty of one cent.' }] },
    { id: LAMB, title: 'Lamb', chunks: [{ text: 'Lamb sold his rags by contract.' }] },
    { id: COOK, title: 'A cookery book', chunks: [{ text: 'Cream the butter.' }] },
  ], null)
  const asked: SearchRequest[] = []
  const retriever: Retriever = {
    async search(request) {
      asked.push(request)
      return search(db, request, null)
    },
    async close() {},
  }
  const chat = createChat(db, {})
  const questionId = insertQuestion(db, chat.id, 'And the royalty?')
  const answerId = insertAnswer(db, { chatId: chat.id, replyTo: questionId, model: 'extractive' })
  insertRun(db, { chatId: chat.id, messageId: answerId, model: 'extractive', filters })
  const query = 'And the royalty? (contract)'
  const { trace } = search(db, { query, filters, limit: ANSWER_CHUNKS }, null)
  saveTrace(db, answerId, { question: 'And the royalty?', queries: [query], retrievals: [trace], answerer: 'extractive' })
  finish(db, answerId)
  return { db, retriever, asked, chat, questionId, answerId, query }
}

function finish(db: Db, answerId: string): void {
  finishAnswer(db, answerId, { content: 'One cent.', status: 'complete', outcome: 'answered', sentences: [], error: null })
}

describe('describeTrace', () => {
  it('names documents as they are called today, and none that is gone', () => {
    const { db, answerId, query } = scene()
    db.prepare('UPDATE documents SET title = ? WHERE id = ?').run('Joplin, a life', JOPLIN)
    db.prepare('DELETE FROM documents WHERE id = ?').run(LAMB)
    const trace = describeTrace(db, answerId)!
    expect(trace).toMatchObject({ question: 'And the royalty?', queries: [query], usage: null })
    const [first] = trace.retrievals
    expect(first!.candidates[0]).toMatchObject({ documentId: JOPLIN, title: 'Joplin, a life', dropped: null, place: { page: 1, excerpt: 'The contract paid a royalty of one cent.' } })
    expect(first!.candidates.find(({ documentId }) => documentId === LAMB)).toMatchObject({ title: null, place: null })
    expect(first!.fit).toMatch(/^What was found/)
  })

  it('counts what was sent to a model', () => {
    const { db, answerId } = scene()
    for (const inputTokens of [100, 50]) recordUsage(db, answerId, { model: 'm', inputTokens, outputTokens: 5, cacheReadTokens: 1, cacheWriteTokens: 0, costUsd: null } as Parameters<typeof recordUsage>[2])
    expect(describeTrace(db, answerId)!.usage).toMatchObject({ calls: 2, inputTokens: 150, outputTokens: 10, cacheReadTokens: 2 })
  })
})

describe('replaySearch', () => {
  it('searches for the stored question with the settings that are given, and inside the same filters', async () => {
    const s = scene({ filters: { documents: [JOPLIN, LAMB] } })
    const usual = await replaySearch(s, s.answerId, {})
    expect(s.asked[0]).toEqual({ query: s.query, filters: { documents: [JOPLIN, LAMB] }, limit: ANSWER_CHUNKS, options: {} })
    expect(usual.candidates.map(({ title }) => title)).toContain('Lamb')
    const narrow = await replaySearch(s, s.answerId, { limit: 1, filters: { documents: [LAMB] }, vectorWeight: 0.2, rerank: false })
    expect(s.asked[1]).toMatchObject({ limit: 1, options: { vectorWeight: 0.2, rerank: 0 } })
    expect(narrow.candidates.map(({ title }) => title)).toEqual(['Lamb'])
  })

  it('has nothing to search for without an answer', async () => {
    const s = scene()
    await expect(replaySearch(s, s.questionId, {})).rejects.toMatchObject({ status: 404 })
    await expect(replaySearch(s, testId('document', 99), {})).rejects.toMatchObject({ status: 404 })
  })
})

describe('standingOf', () => {
  it('shows the best passage of a document that was used', async () => {
    const s = scene()
    expect(await standingOf(s, s.answerId, JOPLIN)).toMatchObject({ title: 'Joplin', reason: null, then: { rank: 1, dropped: null }, best: { place: { excerpt: 'The contract paid a royalty of one cent.' }, stages: { text: { rank: 1 } } } })
  })

  it.each([
    ['its words are not in it', COOK, {}, 'none of the words'],
    ['the filters leave it out', LAMB, { documents: [JOPLIN] }, 'the filters leave it out'],
  ])('says that %s', async (_name, id, filters, reason) => {
    const s = scene({ filters })
    expect(await standingOf(s, s.answerId, id)).toMatchObject({ reason: expect.stringContaining(reason) as string, best: null, then: null })
  })

  it('knows no document that is gone', async () => {
    const s = scene()
    await expect(standingOf(s, s.answerId, testId('document', 99))).rejects.toMatchObject({ status: 404 })
  })
})

describe('giveFeedback', () => {
  it('keeps the question as it was searched for, its documents, and quotes that are read from them', () => {
    const s = scene({ filters: { documents: [JOPLIN] } })
    const given = giveFeedback(s.db, s.answerId, { verdict: 'down', note: 'Wrong.', wanted: [{ documentId: JOPLIN, start: 0, end: 6 }] })
    expect(given).toMatchObject({ question: s.query, documents: [JOPLIN], wanted: [{ title: 'Joplin', page: 1, quote: 'Joplin' }] })
    expect(changeFeedback(s.db, given.id, { wanted: [{ documentId: LAMB, start: 0, end: 4 }] })).toMatchObject({ note: 'Wrong.', wanted: [{ quote: 'Lamb' }] })
  })

  it.each([
    ['a document that is gone', { documentId: testId('document', 99), start: 0, end: 6 }],
    ['a range behind the end', { documentId: JOPLIN, start: 0, end: 5_000 }],
  ])('takes no passage of %s', (_name, passage) => {
    const s = scene()
    expect(() => giveFeedback(s.db, s.answerId, { verdict: 'down', note: '', wanted: [passage] })).toThrow(expect.objectContaining({ code: 'unknown_passage', status: 400 }) as Error)
  })

  it('is for finished answers alone', () => {
    const s = scene()
    expect(() => giveFeedback(s.db, s.questionId, { verdict: 'up', note: '' })).toThrow(expect.objectContaining({ status: 404 }) as Error)
    s.db.prepare(`UPDATE messages SET status = 'streaming' WHERE id = ?`).run(s.answerId)
    expect(() => giveFeedback(s.db, s.answerId, { verdict: 'up', note: '' })).toThrow(expect.objectContaining({ code: 'not_finished', status: 409 }) as Error)
  })
})

describe('checkFeedback', () => {
  const royalty = { documentId: JOPLIN, start: 38, end: 78 }

  it('finds the place of the wanted passage and remembers the one before', async () => {
    const s = scene()
    const { id } = giveFeedback(s.db, s.answerId, { verdict: 'down', note: '', wanted: [royalty] })
    expect(await checkFeedback(s, id)).toMatchObject({ rank: 1, isRead: true, mode: 'keyword', obstacle: null, feedback: { check: { rank: 1, before: null } } })
    expect(s.asked[0]).toMatchObject({ query: s.query, limit: ANSWER_CHUNKS })
    changeFeedback(s.db, id, { question: 'Lamb contract' })
    expect(await checkFeedback(s, id)).toMatchObject({ rank: expect.any(Number) as number })
  })

  it('does not take a word at the edge for the passage', async () => {
    const s = scene()
    const { id } = giveFeedback(s.db, s.answerId, { verdict: 'down', note: '', wanted: [{ documentId: COOK, start: 0, end: 10 }] })
    expect(await checkFeedback(s, id)).toMatchObject({ rank: null, isRead: false, obstacle: null })
    changeFeedback(s.db, id, { wanted: [{ documentId: JOPLIN, start: 0, end: 39 }], question: 'royalty cent' })
    expect(await checkFeedback(s, id)).toMatchObject({ rank: null })
  })

  it('says why a passage cannot be found at all', async () => {
    const s = scene()
    const { id } = giveFeedback(s.db, s.answerId, { verdict: 'down', note: '', wanted: [royalty] })
    const key = (document: string) => s.db.prepare('SELECT key FROM documents WHERE id = ?').pluck().get(document)
    s.db.prepare('UPDATE documents SET replaces = ? WHERE id = ?').run(key(JOPLIN), LAMB)
    expect(await checkFeedback(s, id)).toMatchObject({ rank: null, obstacle: 'replaced' })
    s.db.prepare('DELETE FROM documents WHERE id = ?').run(JOPLIN)
    expect(await checkFeedback(s, id)).toMatchObject({ rank: null, obstacle: 'deleted' })
    await expect(checkFeedback(s, testId('document', 99))).rejects.toMatchObject({ status: 404 })
  })
})

describe('the number of chunks', () => {
  it('is that of an answer', async () => {
    const s = scene()
    const answer = createExtractiveAnswerer({ embedder: null }).answer({ question: 'What?', history: [], filters: {}, model: 'extractive', retriever: s.retriever }, new AbortController().signal)
    await Array.fromAsync(answer)
    expect(s.asked[0]!.limit).toBe(ANSWER_CHUNKS)
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { RunReport } from '../../../../server/answer/run-report.ts'
import type { AnswerEvent, AnswerRequest } from '../../../../server/answer/types.ts'
import { createChat, getChat } from '../../../../server/db/chats.ts'
import { getMessage, listMessages } from '../../../../server/db/messages.ts'
import { getRun, readEvents } from '../../../../server/db/runs.ts'
import { getTrace } from '../../../../server/db/traces.ts'
import { summarizeUsage } from '../../../../server/db/usage.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { insertDocument, pointerTo } from './fixtures.ts'
import { delta, follow, sayAndWait, sayHello, setUp, type Script } from './run-stage.ts'

describe('ask', () => {
  it('gives back what was asked already when the same question is sent again, and asks it anew after that', async () => {
    const { db, runs, chat } = setUp(sayHello)
    const first = runs.ask(chat.id, { content: 'What is ragtime?', after: null })
    // While the answer is being written, and after it.
    expect(runs.ask(chat.id, { content: 'What is ragtime?', after: null })).toEqual(first)
    await follow(runs, first.run.id)
    const again = runs.ask(chat.id, { content: 'What is ragtime?', after: null })
    expect(again.message.id).toBe(first.message.id)
    expect(again.answer).toMatchObject({ id: first.answer.id, content: 'Hello there.', status: 'complete' })
    expect(listMessages(db, chat.id)).toHaveLength(2)

    // Somebody who has seen the answer and asks the same means it.
    const second = runs.ask(chat.id, { content: 'What is ragtime?', after: first.message.id })
    expect(second.message.id).not.toBe(first.message.id)
    await follow(runs, second.run.id)
    expect(runs.ask(chat.id, { content: 'What is ragtime?', after: first.message.id }).message.id).toBe(second.message.id)
    expect(listMessages(db, chat.id)).toHaveLength(4)
  })

  it('stores the question and the run before anything is called', () => {
    const { db, runs, chat } = setUp(() => {
      throw new Error('called too early')
    })
    const { message, answer, run } = runs.ask(chat.id, { content: 'What is ragtime?' })
    expect(listMessages(db, chat.id).map(({ role, content, status }) => ({ role, content, status }))).toEqual([
      { role: 'user', content: 'What is ragtime?', status: 'complete' },
      { role: 'assistant', content: '', status: 'pending' },
    ])
    expect(message.id).toBe(answer.replyTo)
    expect(answer.runId).toBe(run.id)
    expect(getRun(db, run.id)).toMatchObject({ status: 'queued', chatId: chat.id, messageId: answer.id })
  })

  it('writes the answer down and ends with done', async () => {
    const { db, runs, chat } = setUp(sayHello)
    const { answer, run } = runs.ask(chat.id, { content: 'Say hello' })
    const events = await follow(runs, run.id)
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1))
    expect(events.at(-1)!.event).toMatchObject({ type: 'done', data: { messageId: answer.id, outcome: 'answered', droppedCitations: 0 } })
    expect(getMessage(db, answer.id)).toMatchObject({ content: 'Hello there.', status: 'complete', outcome: 'answered', error: null })
    expect(getRun(db, run.id)).toMatchObject({ status: 'done', finishedAt: expect.any(String) as string })
  })

  it('reports each run that ends, however it ends, and each call that costs tokens, once', async () => {
    const reports: RunReport[] = []
    const tokens: number[] = []
    const usage = (inputTokens: number): AnswerEvent =>
      ({ type: 'usage', data: { model: 'claude-x', inputTokens, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: 0.1 } })
    const scripts: Record<string, Script> = {
      async* fine() {
        yield delta('Fine.')
        yield { type: 'dropped', data: { reason: 'made up' } }
        yield usage(1)
        yield { type: 'outcome', data: 'answered' }
      },
      async* broken() {
        yield usage(2)
        throw new AppError('claude_overloaded', 503, 'Busy.')
      },
      async* stopped(_request, signal) {
        yield delta('Half')
        await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
        yield usage(4)
      },
    }
    const { runs, db } = setUp((request, signal) => scripts[request.question]!(request, signal), {
      onEnd: report => reports.push(report), onUsage: ({ inputTokens }) => tokens.push(inputTokens),
    })
    const asked: string[] = []
    for (const content of Object.keys(scripts)) {
      const { run } = runs.ask(createChat(db, {}).id, { content })
      asked.push(run.id)
      if (content !== 'stopped') await follow(runs, run.id)
    }
    for await (const { event } of runs.follow(asked[2]!, 0, AbortSignal.timeout(5_000))) if (event.type === 'delta') break
    await runs.stop(asked[2]!)
    expect(reports.map(({ runId, status, outcome, code, droppedCitations }) => [runId, status, outcome, code, droppedCitations])).toEqual([
      [asked[0], 'done', 'answered', null, 1],
      [asked[1], 'failed', null, 'claude_overloaded', 0],
      [asked[2], 'stopped', 'stopped', null, 0],
    ])
    await expect.poll(() => tokens).toEqual([1, 2, 4])
  })

  it('names a chat after its first question and leaves a chosen name alone', () => {
    const { db, runs, chat } = setUp(sayHello)
    runs.ask(chat.id, { content: `Who wrote the\n Maple Leaf Rag? ${'x'.repeat(200)}` })
    expect(getChat(db, chat.id)!.title).toMatch(/^Who wrote the Maple Leaf Rag\?.*…$/)
    const named = createChat(db, { title: 'Mine' })
    runs.ask(named.id, { content: 'Another question' })
    expect(getChat(db, named.id)!.title).toBe('Mine')
  })

  it('refuses a second question while an answer is being written', async () => {
    const { runs, chat } = setUp(sayAndWait)
    const { run } = runs.ask(chat.id, { content: 'First' })
    expect(() => runs.ask(chat.id, { content: 'Second' })).toThrow(expect.objectContaining({ status: 409, code: 'answer_in_progress' }) as Error)
    await runs.stop(run.id)
    expect(() => runs.ask(chat.id, { content: 'Second' })).not.toThrow()
    await runs.shutdown()
  })

  it('answers 404 for an unknown chat and 400 for an unknown model, and stores nothing', () => {
    const { db, runs, chat } = setUp(sayHello)
    expect(() => runs.ask('0190a000-0000-7000-8000-000000000000', { content: 'Hi' })).toThrow(expect.objectContaining({ status: 404 }) as Error)
    expect(() => runs.ask(chat.id, { content: 'Hi', model: 'gpt-9' })).toThrow(expect.objectContaining({ status: 400 }) as Error)
    expect(listMessages(db, chat.id)).toEqual([])
  })

  it('gives the answerer the model, the filters and the earlier turns', async () => {
    const seen: AnswerRequest[] = []
    const { db, runs } = setUp(async function* (request) {
      seen.push(request)
      yield delta(`Answer ${seen.length}`)
    })
    const chat = createChat(db, { model: 'claude-opus-5-5' })
    const since = '2026-01-01T00:00:00Z'
    await follow(runs, runs.ask(chat.id, { content: 'One', filters: { since } }).run.id)
    await follow(runs, runs.ask(chat.id, { content: 'Two', model: 'claude-haiku-5-5' }).run.id)
    expect(seen).toMatchObject([
      { question: 'One', model: 'claude-opus-5-5', filters: { since }, history: [] },
      { question: 'Two', model: 'claude-haiku-5-5', filters: {}, history: [{ role: 'user', content: 'One' }, { role: 'assistant', content: 'Answer 1' }] },
    ])
  })

  it('runs a few at once and lets the others wait', async () => {
    let most = 0
    let now = 0
    const { db, runs } = setUp(async function* () {
      most = Math.max(most, ++now)
      await delay(10)
      now--
      yield delta('Done')
    }, { concurrency: 2 })
    const asked = Array.from({ length: 6 }, () => runs.ask(createChat(db, {}).id, { content: 'Go' }).run.id)
    await Promise.all(asked.map(id => follow(runs, id)))
    expect(most).toBe(2)
    expect(asked.map(id => getRun(db, id)!.status)).toEqual(asked.map(() => 'done'))
  })
})

describe('citations', () => {
  it('checks each against the text, numbers them by appearance and drops what differs', async () => {
    const { db } = temporaryDatabase()
    const [chunk] = insertDocument(db, { title: 'Joplin', paragraphs: ['Scott Joplin wrote rags. He lived in Sedalia.'] })
    const { runs, chat } = setUp(async function* () {
      yield delta('He lived there.')
      yield pointerTo(chunk!, 1, 15)
      yield delta(' He wrote rags.')
      yield pointerTo(chunk!, 0, 15)
      yield { type: 'pointer', data: { ...pointerTo(chunk!, 0).data, quote: 'Scott Joplin wrote operas.' } }
      yield { type: 'dropped', data: { reason: 'no such source' } }
      yield delta(' Sedalia it was. Nobody knows why.')
      yield { ...pointerTo(chunk!, 1), data: { ...pointerTo(chunk!, 1).data, covers: 5 } }
      yield { type: 'outcome', data: 'answered' }
    }, { db })
    const { answer, run } = runs.ask(chat.id, { content: 'Where?' })
    const events = await follow(runs, run.id)
    const cited = events.flatMap(({ event }) => event.type === 'citation' ? [event.data] : [])
    expect(cited.map(({ n, at }) => [n, at])).toEqual([[1, 15], [2, 30], [1, 64]])
    const stored = getMessage(db, answer.id)!
    expect(stored.citations).toEqual([
      { n: 1, documentId: chunk!.documentId, title: 'Joplin', page: 1, start: 25, end: 45, quote: 'He lived in Sedalia.', chunkId: chunk!.chunkId, anchors: [15, 64] },
      { n: 2, documentId: chunk!.documentId, title: 'Joplin', page: 1, start: 0, end: 24, quote: 'Scott Joplin wrote rags.', chunkId: chunk!.chunkId, anchors: [30] },
    ])
    expect(events.at(-1)!.event).toMatchObject({ data: { droppedCitations: 2 } })
    expect(stored.sentences.map(({ start, end, supported }) => [stored.content.slice(start, end), supported])).toEqual([
      ['He lived there.', true], ['He wrote rags.', true], ['Sedalia it was.', false], ['Nobody knows why.', true],
    ])
  })

  it('drops a citation whose document was deleted while the answer was written', async () => {
    const { db } = temporaryDatabase()
    const [chunk] = insertDocument(db, { title: 'Gone', paragraphs: ['This will be deleted.'] })
    const { runs, chat } = setUp(async function* () {
      yield delta('It says so.')
      db.prepare('DELETE FROM documents').run()
      yield pointerTo(chunk!, 0)
    }, { db })
    const { answer, run } = runs.ask(chat.id, { content: 'What?' })
    expect((await follow(runs, run.id)).at(-1)!.event).toMatchObject({ data: { droppedCitations: 1 } })
    expect(getMessage(db, answer.id)!.citations).toEqual([])
  })
})

it('an empty answer claims nothing', async () => {
  const { db, runs, chat } = setUp(async function* () {
    yield delta('Your documents do not answer this. Add one.')
    yield { type: 'outcome', data: 'nothing_relevant' }
  })
  const { answer, run } = runs.ask(chat.id, { content: 'What?' })
  expect((await follow(runs, run.id)).at(-1)!.event).toMatchObject({ data: { outcome: 'nothing_relevant', sentences: [] } })
  expect(getMessage(db, answer.id)).toMatchObject({ status: 'complete', outcome: 'nothing_relevant', sentences: [] })
})

describe('follow', () => {
  it('replays after the last event seen and goes on live, for every reader alike', async () => {
    const gate = Promise.withResolvers<void>()
    const { runs, chat } = setUp(async function* () {
      yield delta('One. ')
      await gate.promise
      yield delta('Two.')
    })
    const { run } = runs.ask(chat.id, { content: 'Count' })
    const whole = follow(runs, run.id)
    await delay(80)
    const late = follow(runs, run.id, 1)
    gate.resolve()
    const events = await whole
    expect(await late).toEqual(events.slice(1))
    expect(await follow(runs, run.id)).toEqual(events)
    expect(await follow(runs, run.id, events.length)).toEqual([])
  })

  it('goes on writing when the reader leaves', async () => {
    const { db, runs, chat } = setUp(async function* () {
      yield delta('One. ')
      await delay(100)
      yield delta('Two.')
    })
    const { answer, run } = runs.ask(chat.id, { content: 'Count' })
    const left = new AbortController()
    for await (const _ of runs.follow(run.id, 0, left.signal)) {
      left.abort()
      break
    }
    await follow(runs, run.id)
    expect(getMessage(db, answer.id)).toMatchObject({ content: 'One. Two.', status: 'complete' })
  })

  it('lets a slow reader read at its own pace from the table', async () => {
    const { runs, chat } = setUp(async function* () {
      for (let i = 0; i < 300; i++) yield { type: 'status', data: { step: 'reading', message: `Step ${i}` } }
    })
    const { run } = runs.ask(chat.id, { content: 'Go' })
    const seen: number[] = []
    for await (const { seq } of runs.follow(run.id, 0)) {
      seen.push(seq)
      if (seq % 60 === 0) await delay(20)
    }
    expect(seen).toEqual(Array.from({ length: 301 }, (_, index) => index + 1))
  })

  it('puts many small pieces of text into few rows', async () => {
    const { db, runs, chat } = setUp(async function* () {
      for (let i = 0; i < 1_000; i++) yield delta('word ')
    })
    const { run } = runs.ask(chat.id, { content: 'Go' })
    await follow(runs, run.id)
    expect(readEvents(db, run.id, 0, 1_000).length).toBeLessThan(20)
  })
})

describe('regenerate', () => {
  it('answers the same question again, in its place, with the same filters and the turns before it', async () => {
    const seen: AnswerRequest[] = []
    const { db, runs, chat } = setUp(async function* (request) {
      seen.push(request)
      yield delta(`Answer ${seen.length}`)
    })
    const first = runs.ask(chat.id, { content: 'One', filters: { collection: 'rags' } })
    await follow(runs, first.run.id)
    await follow(runs, runs.ask(chat.id, { content: 'Two' }).run.id)
    const again = runs.regenerate(first.answer.id, { model: 'claude-sonnet-5-5' })
    expect(again.message.id).toBe(first.message.id)
    await follow(runs, again.run.id)
    expect(listMessages(db, chat.id).map(({ content }) => content)).toEqual(['One', 'Answer 3', 'Two', 'Answer 2'])
    expect(seen[2]).toMatchObject({ question: 'One', filters: { collection: 'rags' }, history: [], model: 'claude-sonnet-5-5' })
    expect(() => runs.regenerate('0190a000-0000-7000-8000-000000000000')).toThrow(expect.objectContaining({ status: 404 }) as Error)
  })
})

describe('trace and usage', () => {
  it('are stored with the answer', async () => {
    const usage = { model: 'claude-sonnet-5-5', inputTokens: 1_000, outputTokens: 100, cacheReadTokens: 500, cacheWriteTokens: 0, costUsd: 0.0031 }
    const { db, runs, chat } = setUp(async function* () {
      yield { type: 'trace', data: { question: 'Go', queries: ['go'], retrievals: [], answerer: 'claude' } }
      yield { type: 'usage', data: usage }
      yield delta('Done.')
    })
    const { answer, run } = runs.ask(chat.id, { content: 'Go' })
    await follow(runs, run.id)
    expect(getTrace(db, answer.id)).toMatchObject({ queries: ['go'] })
    expect(summarizeUsage(db)).toMatchObject({ totals: { calls: 1, inputTokens: 1_000, costUsd: 0.0031, unpricedCalls: 0 }, byModel: [{ model: 'claude-sonnet-5-5' }] })
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createChat, getChat } from '../../../../server/db/chats.ts'
import { getMessage, listMessages } from '../../../../server/db/messages.ts'
import { getRun } from '../../../../server/db/runs.ts'
import { summarizeUsage } from '../../../../server/db/usage.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import type { RunEvent } from '../../../../shared/schemas/chats.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { insertDocument, pointerTo } from './fixtures.ts'
import { delta, follow, sayAndWait, sayHello, setUp } from './run-stage.ts'

describe('ends', () => {
  it('stop keeps the text and is heard at once', async () => {
    const { db, runs, chat } = setUp(sayAndWait)
    const { answer, run } = runs.ask(chat.id, { content: 'Go on' })
    await delay(30)
    expect(await runs.stop(run.id)).toMatchObject({ status: 'stopped' })
    expect(getMessage(db, answer.id)).toMatchObject({ content: 'Half a sentence', status: 'stopped', outcome: 'stopped' })
    expect((await follow(runs, run.id)).at(-1)!.event).toMatchObject({ type: 'done', data: { outcome: 'stopped' } })
    expect(await runs.stop(run.id)).toMatchObject({ status: 'stopped' })
  })

  it('stop does not wait for an answerer that does not listen, and counts the tokens it still reports', async () => {
    const { db, runs, chat } = setUp(async function* () {
      yield delta('Half')
      await delay(150)
      yield { type: 'usage', data: { model: 'claude-opus-5-5', inputTokens: 7, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null } }
    })
    const { run } = runs.ask(chat.id, { content: 'Go on' })
    await delay(20)
    const before = performance.now()
    await runs.stop(run.id)
    expect(performance.now() - before).toBeLessThan(100)
    await expect.poll(() => summarizeUsage(db).totals.inputTokens).toBe(7)
  })

  it('stops one that waits for its turn', async () => {
    const { db, runs, chat } = setUp(sayAndWait, { concurrency: 1 })
    runs.ask(chat.id, { content: 'First' })
    const second = runs.ask(createChat(db, {}).id, { content: 'Second' })
    await delay(20)
    expect(await runs.stop(second.run.id)).toMatchObject({ status: 'stopped' })
    expect((await follow(runs, second.run.id)).map(({ event }) => event.type)).toEqual(['status', 'done'])
    await runs.shutdown()
  })

  it('an error keeps the text, says what happened and whether to try again', async () => {
    const { db, runs, chat } = setUp(async function* () {
      yield delta('So far')
      throw new AppError('claude_overloaded', 529, 'Claude is overloaded. Try again.')
    })
    const { answer, run } = runs.ask(chat.id, { content: 'Go' })
    expect((await follow(runs, run.id)).at(-1)!.event).toEqual({
      type: 'error', data: { messageId: answer.id, code: 'claude_overloaded', message: 'Claude is overloaded. Try again.', retryable: true },
    })
    expect(getMessage(db, answer.id)).toMatchObject({ content: 'So far', status: 'failed', outcome: null, error: { code: 'claude_overloaded' } })
    expect(getRun(db, run.id)!.status).toBe('failed')
  })

  it('a mistake of ours is reported and shown in words, not in its own', async () => {
    const { runs, chat, errors } = setUp(async function* () {
      yield delta('')
      throw new TypeError('x is not a function')
    })
    const { run } = runs.ask(chat.id, { content: 'Go' })
    const last = (await follow(runs, run.id)).at(-1)!.event as Extract<RunEvent, { type: 'error' }>
    expect(last.data).toMatchObject({ code: 'internal', retryable: true })
    expect(last.data.message).not.toContain('x is not')
    expect(errors).toHaveLength(1)
  })

  it('a database that takes no more ends the readers, and the next start marks the run', async () => {
    const { db, runs, chat, errors } = setUp(sayHello)
    db.exec(`CREATE TRIGGER full BEFORE INSERT ON run_events WHEN NEW.type = 'delta' BEGIN SELECT RAISE(ABORT, 'disk full'); END`)
    const { answer, run } = runs.ask(chat.id, { content: 'Go' })
    expect((await follow(runs, run.id)).map(({ event }) => event.type)).toEqual(['status'])
    expect(errors.length).toBeGreaterThan(0)
    expect(runs.active).toBe(0)
    db.exec('DROP TRIGGER full')
    expect(setUp(sayHello, { db }).runs.interruptLost()).toBe(1)
    expect(getMessage(db, answer.id)!.status).toBe('interrupted')
  })

  it('a run that takes too long ends with its text', async () => {
    const { db, runs, chat } = setUp(sayAndWait, { timeLimitMs: 60 })
    const { answer, run } = runs.ask(chat.id, { content: 'Go' })
    expect((await follow(runs, run.id)).at(-1)!.event).toMatchObject({ type: 'error', data: { code: 'run_timeout', retryable: true } })
    expect(getMessage(db, answer.id)!.content).toBe('Half a sentence')
  })

  it('a shutdown interrupts, keeps the text and takes no more questions', async () => {
    const { db, runs, chat } = setUp(sayAndWait)
    const { answer, run } = runs.ask(chat.id, { content: 'Go' })
    await delay(20)
    await runs.shutdown()
    expect(getMessage(db, answer.id)).toMatchObject({ content: 'Half a sentence', status: 'interrupted' })
    expect((await follow(runs, run.id)).at(-1)!.event.type).toBe('interrupted')
    expect(() => runs.ask(chat.id, { content: 'More' })).toThrow(expect.objectContaining({ status: 503 }) as Error)
  })

  it('what a killed process left is interrupted at the next start, with text, citations and support', async () => {
    const { db } = temporaryDatabase()
    const [chunk] = insertDocument(db, { title: 'Joplin', paragraphs: ['Scott Joplin wrote rags.'] })
    const { runs, chat } = setUp(async function* () {
      yield delta('He wrote rags.')
      yield pointerTo(chunk!, 0, 14)
      yield delta(' And he')
      await new Promise(() => {})
    }, { db })
    const { answer, run } = runs.ask(chat.id, { content: 'What?' })
    const live = runs.follow(run.id, 0)
    await live.next()
    await delay(100)
    // The first manager is as good as dead: a second one starts on the same file.
    const next = setUp(sayHello, { db })
    expect(next.runs.interruptLost()).toBe(1)
    const message = getMessage(db, answer.id)!
    expect(message).toMatchObject({ content: 'He wrote rags. And he', status: 'interrupted', citations: [{ n: 1, anchors: [14] }] })
    expect(message.sentences.map(({ supported }) => supported)).toEqual([true, false])
    expect((await follow(next.runs, run.id)).at(-1)!.event.type).toBe('interrupted')
    expect(next.runs.interruptLost()).toBe(0)
    const again = next.runs.regenerate(answer.id)
    await follow(next.runs, again.run.id)
    expect(listMessages(db, chat.id).map(({ content }) => content)).toEqual(['What?', 'Hello there.'])
  })
})

describe('deleting', () => {
  it('a chat stops its run and leaves nothing behind', async () => {
    const { db, runs, chat, errors } = setUp(sayAndWait)
    const { run } = runs.ask(chat.id, { content: 'Go' })
    const reader = follow(runs, run.id)
    await delay(30)
    await runs.deleteChat(chat.id)
    await reader
    for (const table of ['chats', 'messages', 'runs', 'run_events']) {
      expect(db.prepare(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 })
    }
    expect(errors).toEqual([])
    await expect(runs.deleteChat(chat.id)).rejects.toMatchObject({ status: 404 })
  })

  it('clearing keeps the chat and stops its run', async () => {
    const { db, runs, chat } = setUp(sayAndWait)
    runs.ask(chat.id, { content: 'Go' })
    await delay(30)
    await runs.clearChat(chat.id)
    expect(listMessages(db, chat.id)).toEqual([])
    expect(getChat(db, chat.id)).not.toBeNull()
    expect(runs.active).toBe(0)
  })
})

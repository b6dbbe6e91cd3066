import { expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import { insertAnswer, insertQuestion } from '../../../../server/db/messages.ts'
import { appendEvents, finishRun, getRun, insertRun, lastSeq, readEvents, unfinishedRuns } from '../../../../server/db/runs.ts'
import { temporaryDatabase } from '../../support/database.ts'

it('numbers events without gaps, reads them in pages, and knows which runs have not ended', () => {
  const { db } = temporaryDatabase()
  const chat = createChat(db, {})
  const question = insertQuestion(db, chat.id, 'Why?')
  const messageId = insertAnswer(db, { chatId: chat.id, replyTo: question, model: 'extractive' })
  const run = insertRun(db, { chatId: chat.id, messageId, model: 'extractive', filters: {} })
  expect(lastSeq(db, run.id)).toBe(0)
  const delta = (text: string) => ({ type: 'delta' as const, data: { text } })
  expect(appendEvents(db, run.id, [delta('a'), delta('b')])).toBe(2)
  expect(appendEvents(db, run.id, [delta('c')])).toBe(3)
  expect(readEvents(db, run.id, 1, 1)).toEqual([{ seq: 2, event: delta('b') }])
  expect(readEvents(db, run.id, 3, 10)).toEqual([])
  expect(unfinishedRuns(db, chat.id).map(({ id }) => id)).toEqual([run.id])
  finishRun(db, run.id, 'done')
  expect(unfinishedRuns(db)).toEqual([])
  expect(getRun(db, run.id)!.finishedAt).not.toBeNull()
})

import { expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import { insertAnswer, insertQuestion } from '../../../../server/db/messages.ts'
import { getTrace, saveTrace } from '../../../../server/db/traces.ts'
import { temporaryDatabase } from '../../support/database.ts'

it('keeps the newest trace of an answer and goes with it', () => {
  const { db } = temporaryDatabase()
  const chat = createChat(db, {})
  const id = insertAnswer(db, { chatId: chat.id, replyTo: insertQuestion(db, chat.id, 'Why?'), model: 'extractive' })
  const trace = { question: 'Why?', queries: ['why'], retrievals: [], answerer: 'extractive' }
  expect(getTrace(db, id)).toBeNull()
  saveTrace(db, id, trace)
  saveTrace(db, id, { ...trace, queries: ['why', 'because'] })
  expect(getTrace(db, id)).toEqual({ ...trace, queries: ['why', 'because'] })
  db.prepare('DELETE FROM messages').run()
  expect(getTrace(db, id)).toBeNull()
})

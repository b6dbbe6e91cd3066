import { describe, expect, it } from 'vitest'
import { createChat } from '../../../../server/db/chats.ts'
import { saveCitations } from '../../../../server/db/citations.ts'
import { clearMessages, finishAnswer, getMessage, insertAnswer, insertQuestion, listMessages, questionOf, saveDraft, turnsBefore } from '../../../../server/db/messages.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { testId } from '../../support/corpus.ts'

function pair(db: ReturnType<typeof temporaryDatabase>['db'], chatId: string, question: string, answer: string) {
  const questionId = insertQuestion(db, chatId, question)
  const answerId = insertAnswer(db, { chatId, replyTo: questionId, model: 'extractive' })
  if (answer) finishAnswer(db, answerId, { content: answer, status: 'complete', outcome: 'answered', sentences: [{ start: 0, end: 3, supported: true }], error: null })
  return { questionId, answerId }
}

describe('messages', () => {
  it('are read in the order of the conversation, each with its newest answer and citations', () => {
    const { db } = temporaryDatabase()
    const chat = createChat(db, {})
    const one = pair(db, chat.id, 'One?', 'First.')
    const two = pair(db, chat.id, 'Two?', 'Second.')
    const again = insertAnswer(db, { chatId: chat.id, replyTo: one.questionId, model: 'claude-opus-5-5' })
    const citation = { n: 1, documentId: testId('document', 1), title: 'T', page: 2, start: 3, end: 9, quote: 'quoted', chunkId: testId('chunk', 1), anchors: [4, 8] }
    saveCitations(db, two.answerId, [{ ...citation, anchors: [4] }])
    saveCitations(db, two.answerId, [citation])
    const messages = listMessages(db, chat.id)
    expect(messages.map(({ id }) => id)).toEqual([one.questionId, again, two.questionId, two.answerId])
    expect(messages[3]).toMatchObject({ citations: [citation], sentences: [{ start: 0, end: 3, supported: true }], outcome: 'answered', replyTo: two.questionId })
    expect(messages[1]).toMatchObject({ status: 'pending', content: '', model: 'claude-opus-5-5', citations: [] })
  })

  it('a draft is kept while an answer is being written', () => {
    const { db } = temporaryDatabase()
    const chat = createChat(db, {})
    const { answerId } = pair(db, chat.id, 'One?', '')
    saveDraft(db, answerId, 'So far')
    expect(getMessage(db, answerId)).toMatchObject({ content: 'So far', status: 'streaming', chatId: chat.id })
  })

  it('history leaves out what comes later, other chats, and questions without an answer', () => {
    const { db } = temporaryDatabase()
    const chat = createChat(db, {})
    pair(db, createChat(db, {}).id, 'Elsewhere?', 'Yes.')
    pair(db, chat.id, 'One?', 'First.')
    pair(db, chat.id, 'Unanswered?', '')
    const { questionId } = pair(db, chat.id, 'Now?', '')
    pair(db, chat.id, 'Later?', 'Later.')
    expect(turnsBefore(db, chat.id, questionId)).toEqual([{ question: 'One?', answer: 'First.' }])
  })

  it('questionOf finds the question from either side', () => {
    const { db } = temporaryDatabase()
    const chat = createChat(db, {})
    const { questionId, answerId } = pair(db, chat.id, 'One?', 'First.')
    expect(questionOf(db, answerId)).toEqual({ id: questionId, chatId: chat.id, content: 'One?' })
    expect(questionOf(db, questionId)?.id).toBe(questionId)
    expect(questionOf(db, chat.id)).toBeNull()
    clearMessages(db, chat.id)
    expect(listMessages(db, chat.id)).toEqual([])
  })
})

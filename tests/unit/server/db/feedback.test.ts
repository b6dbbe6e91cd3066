import { describe, expect, it } from 'vitest'
import { createChat, deleteChat } from '../../../../server/db/chats.ts'
import { deleteFeedback, feedbackOfAnswer, getFeedback, listFeedback, markPassagesDeleted, readGoldenSet, saveCheck, saveFeedback, updateFeedback, type StoredPassage } from '../../../../server/db/feedback.ts'
import { clearMessages, finishAnswer, insertAnswer, insertQuestion, listMessages } from '../../../../server/db/messages.ts'
import { insertDocuments, testId } from '../../support/corpus.ts'
import { temporaryDatabase } from '../../support/database.ts'

const DOCUMENT = testId('document', 1)
const PASSAGE: StoredPassage = { documentId: DOCUMENT, page: 1, start: 0, end: 12, quote: 'A first word' }

function scene() {
  const { db } = temporaryDatabase()
  insertDocuments(db, [{ id: DOCUMENT, title: 'A book', chunks: [{ text: 'A first word of it.' }] }], null)
  const chat = createChat(db, {})
  const questionId = insertQuestion(db, chat.id, 'Which?')
  const answerId = insertAnswer(db, { chatId: chat.id, replyTo: questionId, model: 'extractive' })
  finishAnswer(db, answerId, { content: 'This.', status: 'complete', outcome: 'answered', sentences: [], error: null })
  const give = (more: Partial<Parameters<typeof saveFeedback>[1]> = {}) =>
    saveFeedback(db, { questionId, answerId, question: 'Which word?', documents: null, verdict: 'down', note: 'No.', wanted: [PASSAGE], ...more })
  return { db, chat, questionId, answerId, give }
}

describe('feedback', () => {
  it('is stored with its passages, and the answer carries its verdict', () => {
    const { db, chat, answerId, give } = scene()
    const feedback = give({ documents: [DOCUMENT] })
    expect(feedback).toMatchObject({ chatId: chat.id, answerId, question: 'Which word?', documents: [DOCUMENT], verdict: 'down', note: 'No.', kept: false, check: null, wanted: [{ ...PASSAGE, title: 'A book' }], unwanted: [], cited: [] })
    expect(feedbackOfAnswer(db, answerId)).toEqual(feedback)
    expect(listMessages(db, chat.id).map(({ verdict }) => verdict)).toEqual([undefined, 'down'])
  })

  it('keeps what should not have been cited apart, and knows what the answer cites', () => {
    const { db, answerId, give } = scene()
    const other: StoredPassage = { documentId: DOCUMENT, page: 1, start: 13, end: 19, quote: 'of it.' }
    db.prepare(`INSERT INTO citations (message_id, n, document_id, title, chunk_id, page, start, end, quote, anchors) VALUES (?, 1, ?, 'A book then', 'c', 1, 13, 19, 'of it.', '[]')`).run(answerId, DOCUMENT)
    const { id, ...feedback } = give({ unwanted: [other] })
    expect(feedback).toMatchObject({ wanted: [PASSAGE], unwanted: [{ ...other, title: 'A book' }], cited: [{ ...other, title: 'A book' }] })
    expect(updateFeedback(db, id, { wanted: [] })).toMatchObject({ wanted: [], unwanted: [other] })
    expect(readGoldenSet(db).questions).toEqual([{ question: 'Which word?', wanted: [], unwanted: [{ documentId: DOCUMENT, title: 'A book', start: 13, end: 19, quote: 'of it.' }] }])
    expect(updateFeedback(db, id, { wanted: [PASSAGE], unwanted: [] })).toMatchObject({ wanted: [PASSAGE], unwanted: [] })
    give({ unwanted: [other] })
    expect(markPassagesDeleted(db, DOCUMENT, { erase: true })).toBe(2)
    expect(getFeedback(db, id)!.unwanted).toMatchObject([{ title: null, quote: '' }])
    expect(give().unwanted).toEqual([])
  })

  it('is one a question: what is said of a newer answer takes its place', () => {
    const { db, chat, questionId, answerId, give } = scene()
    const first = give()
    saveCheck(db, first.id, 3)
    const again = insertAnswer(db, { chatId: chat.id, replyTo: questionId, model: 'extractive' })
    const second = give({ answerId: again, verdict: 'up', wanted: [] })
    expect(second).toMatchObject({ id: first.id, verdict: 'up', wanted: [], check: null })
    expect(feedbackOfAnswer(db, answerId)).toBeNull()
    expect(listFeedback(db, { limit: 10 }).items).toHaveLength(1)
  })

  it('goes with its chat unless it is kept', () => {
    const { db, chat, give } = scene()
    const { id } = give()
    const other = scene()
    const kept = other.give()
    updateFeedback(other.db, kept.id, { kept: true })
    deleteChat(db, chat.id)
    expect(getFeedback(db, id)).toBeNull()
    expect(db.prepare('SELECT count(*) FROM feedback_passages').pluck().get()).toBe(0)
    clearMessages(other.db, other.chat.id)
    expect(getFeedback(other.db, kept.id)).toMatchObject({ chatId: null, answerId: null, question: 'Which word?', wanted: [{ quote: PASSAGE.quote }] })
  })

  it('changes what is given, forgets a measurement of something else, and can be deleted', () => {
    const { db, give } = scene()
    const { id } = give()
    saveCheck(db, id, 4)
    saveCheck(db, id, null)
    expect(updateFeedback(db, id, { note: '' })).toMatchObject({ note: '', verdict: 'down', check: { rank: null, before: 4 } })
    expect(updateFeedback(db, id, { question: 'What?' })).toMatchObject({ question: 'What?', check: null, wanted: [{ quote: PASSAGE.quote }] })
    expect(updateFeedback(db, id, { wanted: [] })).toMatchObject({ wanted: [] })
    expect(deleteFeedback(db, id)).toBe(true)
    expect(deleteFeedback(db, id)).toBe(false)
    expect(updateFeedback(db, id, { wanted: [PASSAGE] })).toBeNull()
  })

  it('is listed newest first, page by page', () => {
    const { db, chat, give } = scene()
    const ids = Array.from({ length: 5 }, (_, index) => {
      const questionId = insertQuestion(db, chat.id, `Question ${index}`)
      return give({ questionId, answerId: insertAnswer(db, { chatId: chat.id, replyTo: questionId, model: 'extractive' }) }).id
    })
    const first = listFeedback(db, { limit: 3 })
    const rest = listFeedback(db, { limit: 3, cursor: first.nextCursor! })
    expect([...first.items, ...rest.items].map(({ id }) => id)).toEqual(ids.toReversed())
    expect(rest.nextCursor).toBeNull()
  })

  it('becomes a golden set of the questions whose passage is there', () => {
    const { db, chat, give } = scene()
    give({ documents: [DOCUMENT] })
    for (const wanted of [[], [{ ...PASSAGE, documentId: testId('document', 9) }]]) {
      const questionId = insertQuestion(db, chat.id, 'Another?')
      give({ questionId, answerId: insertAnswer(db, { chatId: chat.id, replyTo: questionId, model: 'extractive' }), wanted })
    }
    expect(readGoldenSet(db)).toEqual({
      name: 'golden',
      questions: [{ question: 'Which word?', documents: [DOCUMENT], wanted: [{ documentId: DOCUMENT, title: 'A book', start: 0, end: 12, quote: 'A first word' }] }],
    })
  })
})

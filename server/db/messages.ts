import { v7 as uuid } from 'uuid'
import type { AnswerOutcome, AnswerSentence, ErrorBody, Message } from '../../shared/schemas/chats.ts'
import { citationsOf } from './citations.ts'
import type { Db } from './connection.ts'
import { verdictsOf } from './feedback.ts'

interface MessageRow {
  id: string
  role: 'user' | 'assistant'
  content: string
  status: Message['status']
  outcome: AnswerOutcome | null
  sentences: string
  error: string | null
  model: string | null
  reply_to: string | null
  created_at: string
  run_id: string | null
  chat_id: string
}

const SELECT = 'SELECT messages.*, runs.id AS run_id FROM messages LEFT JOIN runs ON runs.message_id = messages.id'

export function insertQuestion(db: Db, chatId: string, content: string): string {
  const id = uuid()
  db.prepare(`
    INSERT INTO messages (id, chat_id, role, content, status, created_at) VALUES (?, ?, 'user', ?, 'complete', ?)
  `).run(id, chatId, content, new Date().toISOString())
  return id
}

/** The question with these words that stands after `after`, or anywhere when that is null; with the run of its newest answer. */
export function findAsked(db: Db, chatId: string, content: string, after: string | null): { questionId: string, answerId: string, runId: string } | null {
  const row = db.prepare(`
    SELECT question.id AS questionId, answer.id AS answerId, runs.id AS runId
    FROM messages AS question
    JOIN messages AS answer ON answer.reply_to = question.id AND answer.replaced = 0
    JOIN runs ON runs.message_id = answer.id
    WHERE question.chat_id = @chatId AND question.role = 'user' AND question.content = @content AND question.id > @after
    ORDER BY question.id LIMIT 1
  `).get({ chatId, content, after: after ?? '' }) as { questionId: string, answerId: string, runId: string } | undefined
  return row ?? null
}

/** Stores the answer that a run will write and takes earlier answers to the same question out of the chat. */
export function insertAnswer(db: Db, answer: { chatId: string, replyTo: string, model: string }): string {
  const id = uuid()
  db.prepare('UPDATE messages SET replaced = 1 WHERE reply_to = ?').run(answer.replyTo)
  db.prepare(`
    INSERT INTO messages (id, chat_id, role, content, status, model, reply_to, created_at)
    VALUES (?, ?, 'assistant', '', 'pending', ?, ?, ?)
  `).run(id, answer.chatId, answer.model, answer.replyTo, new Date().toISOString())
  return id
}

/** Keeps what is written so far, so that a killed process loses at most the last batch. */
export function saveDraft(db: Db, id: string, content: string): void {
  db.prepare(`UPDATE messages SET content = ?, status = 'streaming' WHERE id = ?`).run(content, id)
}

export interface FinishedAnswer {
  content: string
  status: Extract<Message['status'], 'complete' | 'stopped' | 'interrupted' | 'failed'>
  outcome: AnswerOutcome | null
  sentences: AnswerSentence[]
  error: ErrorBody | null
}

export function finishAnswer(db: Db, id: string, answer: FinishedAnswer): void {
  db.prepare('UPDATE messages SET content = ?, status = ?, outcome = ?, sentences = ?, error = ? WHERE id = ?').run(
    answer.content, answer.status, answer.outcome, JSON.stringify(answer.sentences),
    answer.error ? JSON.stringify(answer.error) : null, id,
  )
}

export function getMessage(db: Db, id: string): (Message & { chatId: string }) | null {
  const row = db.prepare(`${SELECT} WHERE messages.id = ?`).get(id) as MessageRow | undefined
  return row ? { ...toMessages(db, [row])[0]!, chatId: row.chat_id } : null
}

/** The chat in reading order: each question followed by its newest answer, wherever that was written in time. */
export function listMessages(db: Db, chatId: string): Message[] {
  const rows = db.prepare(`
    ${SELECT} WHERE messages.chat_id = ? AND replaced = 0
    ORDER BY coalesce(reply_to, messages.id), role DESC, messages.id
  `).all(chatId) as MessageRow[]
  return toMessages(db, rows)
}

/** The question that an answer belongs to; a question is its own. Null when there is no such message. */
export function questionOf(db: Db, messageId: string): { id: string, chatId: string, content: string } | null {
  const row = db.prepare(`
    SELECT question.id, question.chat_id AS chatId, question.content
    FROM messages JOIN messages AS question ON question.id = coalesce(messages.reply_to, messages.id)
    WHERE messages.id = ? AND question.role = 'user'
  `).get(messageId) as { id: string, chatId: string, content: string } | undefined
  return row ?? null
}

/** Questions and answers before `questionId`, oldest first; questions whose answer has no text are left out. */
export function turnsBefore(db: Db, chatId: string, questionId: string): { question: string, answer: string }[] {
  return db.prepare(`
    SELECT question.content AS question, answer.content AS answer
    FROM messages AS question JOIN messages AS answer ON answer.reply_to = question.id AND answer.replaced = 0
    WHERE question.chat_id = ? AND question.id < ? AND answer.content <> ''
    ORDER BY question.id
  `).all(chatId, questionId) as { question: string, answer: string }[]
}

/** Removes the messages and keeps the chat. */
export function clearMessages(db: Db, chatId: string): void {
  db.prepare('DELETE FROM messages WHERE chat_id = ?').run(chatId)
}

function toMessages(db: Db, rows: MessageRow[]): Message[] {
  const answers = rows.filter(row => row.role === 'assistant').map(row => row.id)
  const citations = citationsOf(db, answers)
  const verdicts = verdictsOf(db, answers)
  return rows.map(row => ({
    id: row.id,
    role: row.role,
    content: row.content,
    status: row.status,
    outcome: row.outcome,
    citations: citations.get(row.id) ?? [],
    sentences: JSON.parse(row.sentences) as AnswerSentence[],
    error: row.error ? JSON.parse(row.error) as ErrorBody : null,
    model: row.model,
    replyTo: row.reply_to,
    runId: row.run_id,
    createdAt: row.created_at,
    ...verdicts.has(row.id) && { verdict: verdicts.get(row.id)! },
  }))
}

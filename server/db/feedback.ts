import { v7 as uuid } from 'uuid'
import type { Feedback, GoldenSet, Verdict, WantedPassage } from '../../shared/schemas/feedback.ts'
import type { Db } from './connection.ts'

interface FeedbackRow {
  id: string
  chat_id: string | null
  answer_id: string | null
  question: string
  documents: string | null
  verdict: Verdict
  note: string
  kept: number
  rank: number | null
  rank_before: number | null
  checked_at: string | null
  created_at: string
}
type PassageRow = WantedPassage & { feedbackId: string, unwanted: number }

/** Ordinals of unwanted passages begin here, far above those of wanted ones. */
const UNWANTED_FROM = 100

export type StoredPassage = Omit<WantedPassage, 'title'>

const SELECT = `
  SELECT feedback.*, messages.chat_id FROM feedback LEFT JOIN messages ON messages.id = feedback.question_id`

export interface NewFeedback {
  questionId: string
  answerId: string
  question: string
  documents: string[] | null
  verdict: Verdict
  note: string
  wanted: StoredPassage[]
  unwanted?: StoredPassage[]
}

/** Stores what is said of an answer, in the place of what was said of the question's answers before. Call it in a transaction. */
export function saveFeedback(db: Db, feedback: NewFeedback): Feedback {
  const { id } = db.prepare<unknown[], { id: string }>(`
    INSERT INTO feedback (id, question_id, answer_id, question, documents, verdict, note, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (question_id) DO UPDATE SET answer_id = excluded.answer_id, question = excluded.question, documents = excluded.documents,
      verdict = excluded.verdict, note = excluded.note, rank = NULL, rank_before = NULL, checked_at = NULL
    RETURNING id`).get(uuid(), feedback.questionId, feedback.answerId, feedback.question, feedback.documents && JSON.stringify(feedback.documents),
    feedback.verdict, feedback.note, new Date().toISOString())!
  replacePassages(db, id, feedback.wanted)
  replacePassages(db, id, feedback.unwanted ?? [], { unwanted: true })
  return getFeedback(db, id)!
}

export function getFeedback(db: Db, id: string): Feedback | null {
  const row = db.prepare<[string], FeedbackRow>(`${SELECT} WHERE feedback.id = ?`).get(id)
  return row ? toFeedback(db, [row])[0]! : null
}

/** What was said of an answer; null where nothing was, or another answer to its question has been judged since. */
export function feedbackOfAnswer(db: Db, answerId: string): Feedback | null {
  const row = db.prepare<[string], FeedbackRow>(`${SELECT} WHERE feedback.answer_id = ?`).get(answerId)
  return row ? toFeedback(db, [row])[0]! : null
}

/** Verdicts by answer. */
export function verdictsOf(db: Db, answerIds: string[]): Map<string, Verdict> {
  const rows = db.prepare<[string], { id: string, verdict: Verdict }>(`
    SELECT answer_id AS id, verdict FROM feedback WHERE answer_id IN (SELECT value FROM json_each(?))`).all(JSON.stringify(answerIds))
  return new Map(rows.map(({ id, verdict }) => [id, verdict]))
}

/** Newest first; `cursor` is the `nextCursor` of the page before. */
export function listFeedback(db: Db, { limit, cursor }: { limit: number, cursor?: string }): { items: Feedback[], nextCursor: string | null } {
  const rows = db.prepare<[string | null, string | null, number], FeedbackRow>(`
    ${SELECT} WHERE ? IS NULL OR feedback.id < ? ORDER BY feedback.id DESC LIMIT ?`).all(cursor ?? null, cursor ?? null, limit + 1)
  const shown = rows.slice(0, limit)
  return { items: toFeedback(db, shown), nextCursor: rows.length > limit ? shown.at(-1)!.id : null }
}

/** Changes what is given and leaves the rest. Null when it is gone. Call it in a transaction. */
export function updateFeedback(db: Db, id: string, patch: { question?: string, verdict?: Verdict, note?: string, kept?: boolean, wanted?: StoredPassage[], unwanted?: StoredPassage[] }): Feedback | null {
  // What was measured was measured with another question or another passage.
  const isOther = patch.question !== undefined || patch.wanted !== undefined
  db.prepare(`
    UPDATE feedback SET question = coalesce(@question, question), verdict = coalesce(@verdict, verdict), note = coalesce(@note, note),
      kept = coalesce(@kept, kept)${isOther ? ', rank = NULL, rank_before = NULL, checked_at = NULL' : ''} WHERE id = @id`)
    .run({ id, question: patch.question ?? null, verdict: patch.verdict ?? null, note: patch.note ?? null, kept: patch.kept === undefined ? null : Number(patch.kept) })
  const isThere = getFeedback(db, id) !== null
  if (patch.wanted && isThere) replacePassages(db, id, patch.wanted)
  if (patch.unwanted && isThere) replacePassages(db, id, patch.unwanted, { unwanted: true })
  return getFeedback(db, id)
}

/** False when it was gone already. */
export function deleteFeedback(db: Db, id: string): boolean {
  return db.prepare('DELETE FROM feedback WHERE id = ?').run(id).changes > 0
}

/** Notes at which place the wanted passage was found, null for not at all; the place before stays beside it. */
export function saveCheck(db: Db, id: string, rank: number | null): void {
  db.prepare('UPDATE feedback SET rank_before = rank, rank = ?, checked_at = ? WHERE id = ?').run(rank, new Date().toISOString(), id)
}

/**
 * The golden set: every judged question with a wanted or an unwanted passage whose document is there, oldest first. A passage
 * of a deleted document, and a question that has no other, cannot be found and is left out.
 */
export function readGoldenSet(db: Db): GoldenSet {
  const rows = db.prepare<[], FeedbackRow>(`${SELECT} ORDER BY feedback.id`).all()
  const thoseThere = (passages: WantedPassage[]) => passages.flatMap(({ documentId, title, start, end, quote }) => title === null ? [] : [{ documentId, title, start, end, quote }])
  const questions = toFeedback(db, rows).flatMap(({ question, documents, ...passages }) => {
    const [wanted, unwanted] = [thoseThere(passages.wanted), thoseThere(passages.unwanted)]
    if (wanted.length + unwanted.length === 0) return []
    return [{ question, ...documents && { documents }, wanted, ...unwanted.length > 0 && { unwanted } }]
  })
  return { name: 'golden', questions }
}

/** Takes the document's quotes from what was said of answers, or only marks that it is gone. Returns how many passages there were. */
export function markPassagesDeleted(db: Db, documentId: string, { erase }: { erase: boolean }): number {
  return db.prepare(`UPDATE feedback_passages SET source_deleted_at = ?${erase ? `, quote = ''` : ''} WHERE document_id = ? AND source_deleted_at IS NULL`)
    .run(new Date().toISOString(), documentId).changes
}

function replacePassages(db: Db, feedbackId: string, passages: StoredPassage[], { unwanted = false } = {}): void {
  db.prepare('DELETE FROM feedback_passages WHERE feedback_id = ? AND unwanted = ?').run(feedbackId, Number(unwanted))
  const insert = db.prepare('INSERT INTO feedback_passages (feedback_id, ordinal, document_id, page, start, end, quote, unwanted) VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  for (const [index, { documentId, page, start, end, quote }] of passages.entries()) {
    insert.run(feedbackId, index + (unwanted ? UNWANTED_FROM : 0), documentId, page, start, end, quote, Number(unwanted))
  }
}

/** The citations of answers whose documents are there, by the answer. */
function citedBy(db: Db, answerIds: string[]): Map<string, WantedPassage[]> {
  const rows = db.prepare<[string], WantedPassage & { answerId: string }>(`
    SELECT c.message_id AS answerId, c.document_id AS documentId, c.page, c.start, c.end, c.quote, d.title
    FROM citations c JOIN documents d ON d.id = c.document_id
    WHERE c.source_deleted_at IS NULL AND c.message_id IN (SELECT value FROM json_each(?)) ORDER BY c.message_id, c.n`).all(JSON.stringify(answerIds))
  return new Map(Map.groupBy(rows, ({ answerId }) => answerId).entries().map(([answerId, cited]) => [answerId, cited.map(({ answerId: _, ...passage }) => passage)]))
}

function toFeedback(db: Db, rows: FeedbackRow[]): Feedback[] {
  const passages = db.prepare<[string], PassageRow>(`
    SELECT p.feedback_id AS feedbackId, p.document_id AS documentId, p.page, p.start, p.end, p.quote, p.unwanted,
      CASE WHEN p.source_deleted_at IS NULL THEN d.title END AS title
    FROM feedback_passages p LEFT JOIN documents d ON d.id = p.document_id
    WHERE p.feedback_id IN (SELECT value FROM json_each(?)) ORDER BY p.feedback_id, p.ordinal`).all(JSON.stringify(rows.map(({ id }) => id)))
  const byFeedback = Map.groupBy(passages, ({ feedbackId }) => feedbackId)
  const passagesOf = (id: string, isUnwanted: boolean) => (byFeedback.get(id) ?? []).filter(({ unwanted }) => (unwanted === 1) === isUnwanted)
    .map(({ documentId, title, start, end, page, quote }) => ({ documentId, title, start, end, page, quote }))
  const cited = citedBy(db, rows.flatMap(({ answer_id }) => answer_id ?? []))
  return rows.map(row => ({
    id: row.id,
    chatId: row.chat_id,
    answerId: row.answer_id,
    question: row.question,
    documents: row.documents === null ? null : JSON.parse(row.documents) as string[],
    verdict: row.verdict,
    note: row.note,
    kept: row.kept === 1,
    wanted: passagesOf(row.id, false),
    unwanted: passagesOf(row.id, true),
    cited: cited.get(row.answer_id ?? '') ?? [],
    check: row.checked_at === null ? null : { rank: row.rank, before: row.rank_before, checkedAt: row.checked_at },
    createdAt: row.created_at,
  }))
}

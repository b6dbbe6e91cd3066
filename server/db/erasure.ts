import type { AnswerSentence, Citation } from '../../shared/schemas/chats.ts'
import { citationsOf } from './citations.ts'
import type { Db } from './connection.ts'

/** What a document consists of in the database. */
export interface DocumentRows { pages: number, boxes: number, chunks: number, fullTextRows: number, vectors: number }

export function countDocumentRows(db: Db, documentKey: number): DocumentRows {
  const one = (sql: string) => db.prepare<[number], number>(sql).pluck().get(documentKey)!
  const hasVectors = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'chunks_vec'`).get() !== undefined
  return {
    ...db.prepare<[number], { pages: number, boxes: number }>('SELECT count(*) AS pages, count(boxes) AS boxes FROM pages WHERE document_key = ?').get(documentKey)!,
    chunks: one('SELECT count(*) FROM chunks WHERE document_key = ?'),
    fullTextRows: one('SELECT count(*) FROM chunks WHERE document_key = ? AND key IN (SELECT rowid FROM chunks_fts)'),
    vectors: hasVectors ? one('SELECT count(*) FROM chunks WHERE document_key = ? AND key IN (SELECT chunk_key FROM chunks_vec)') : 0,
  }
}

/** Text and sentence ranges of up to `count` chunks spread evenly over a document. */
export function spreadChunks(db: Db, documentKey: number, count: number): { text: string, sentences: [start: number, end: number][] }[] {
  const total = db.prepare<[number], number>('SELECT count(*) FROM chunks WHERE document_key = ?').pluck().get(documentKey)!
  const step = Math.max(1, Math.floor(total / count))
  const rows = db.prepare<[number, number, number], { text: string, start: number, sentences: string }>(`
    SELECT text, start, sentences FROM chunks WHERE document_key = ? AND ordinal % ? = 0 ORDER BY ordinal LIMIT ?`).all(documentKey, step, count)
  return rows.map(({ text, start, sentences }) => ({
    text, sentences: (JSON.parse(sentences) as [number, number][]).map(([from, to]) => [from - start, to - start]),
  }))
}

/** Runs whose stored events hold passages of the document, read or quoted. `finished` is false while an answer is being written. */
export function runsReading(db: Db, documentId: string): { id: string, finished: boolean }[] {
  return db.prepare<[string], { id: string, finished: 0 | 1 }>(`
    SELECT id, finished_at IS NOT NULL AS finished FROM runs
    WHERE id IN (SELECT run_id FROM run_events WHERE type IN ('sources', 'citation') AND instr(data, ?) > 0)`)
    .all(documentId).map(({ id, finished }) => ({ id, finished: finished === 1 }))
}

/** Removes the events of a run, but for the last, by which a reader who comes late learns that there is no more. Returns how many. */
export function deleteRunEvents(db: Db, runId: string): number {
  return db.prepare(`
    DELETE FROM run_events WHERE run_id = @runId AND seq < (SELECT max(seq) FROM run_events WHERE run_id = @runId)`).run({ runId }).changes
}

export interface QuotingAnswer { id: string, content: string, sentences: AnswerSentence[], citations: Citation[] }

/** Answers with a citation of the document whose source is still there, with all of their citations. */
export function answersQuoting(db: Db, documentId: string): QuotingAnswer[] {
  const rows = db.prepare<[string], { id: string, content: string, sentences: string }>(`
    SELECT id, content, sentences FROM messages
    WHERE id IN (SELECT message_id FROM citations WHERE document_id = ? AND source_deleted_at IS NULL)`).all(documentId)
  const citations = citationsOf(db, rows.map(({ id }) => id))
  return rows.map(row => ({ ...row, sentences: JSON.parse(row.sentences) as AnswerSentence[], citations: citations.get(row.id) ?? [] }))
}

/** How many answers quote the document: what a deletion would leave without its source. */
export function countAnswersQuoting(db: Db, documentId: string): number {
  return db.prepare<[string], number>('SELECT count(DISTINCT message_id) FROM citations WHERE document_id = ? AND source_deleted_at IS NULL').pluck().get(documentId)!
}

/** Marks the document's citations as left without their source; returns how many. `erase` takes quote and title from them. */
export function markSourceDeleted(db: Db, documentId: string, { erase }: { erase: boolean }): number {
  const content = erase ? `, quote = '', title = ''` : ''
  return db.prepare(`UPDATE citations SET source_deleted_at = ?${content} WHERE document_id = ? AND source_deleted_at IS NULL`)
    .run(new Date().toISOString(), documentId).changes
}

/** Replaces the text of an answer and everything that points into it. */
export function rewriteAnswer(db: Db, answer: Pick<QuotingAnswer, 'id' | 'content' | 'sentences' | 'citations'>): void {
  db.prepare('UPDATE messages SET content = ?, sentences = ? WHERE id = ?').run(answer.content, JSON.stringify(answer.sentences), answer.id)
  const update = db.prepare('UPDATE citations SET anchors = ? WHERE message_id = ? AND n = ?')
  for (const { n, anchors } of answer.citations) update.run(JSON.stringify(anchors), answer.id, n)
}

/** Whether a text that was found in the file belongs to something that is still there: another document, or what was said in a chat or of an answer. */
export function isHeldElsewhere(db: Db, text: string): boolean {
  return [['pages', 'text'], ['messages', 'content'], ['citations', 'quote'], ['run_events', 'data'], ['feedback', 'question'], ['feedback', 'note'], ['feedback_passages', 'quote']]
    .some(([table, column]) => db.prepare<[string]>(`SELECT 1 FROM ${table} WHERE instr(${column}, ?) > 0 LIMIT 1`).get(text) !== undefined)
}

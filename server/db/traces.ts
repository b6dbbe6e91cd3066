import type { AnswerTrace } from '../answer/types.ts'
import type { Db } from './connection.ts'

/** Stores how an answer's passages were found; a later trace of the same answer replaces it. */
export function saveTrace(db: Db, messageId: string, trace: AnswerTrace): void {
  db.prepare(`
    INSERT INTO traces (message_id, data, created_at) VALUES (?, ?, ?)
    ON CONFLICT (message_id) DO UPDATE SET data = excluded.data
  `).run(messageId, JSON.stringify(trace), new Date().toISOString())
}

export function getTrace(db: Db, messageId: string): AnswerTrace | null {
  const row = db.prepare('SELECT data FROM traces WHERE message_id = ?').get(messageId) as { data: string } | undefined
  return row ? JSON.parse(row.data) as AnswerTrace : null
}

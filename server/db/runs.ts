import { v7 as uuid } from 'uuid'
import type { Run, RunEvent, SearchFilters } from '../../shared/schemas/chats.ts'
import type { Db } from './connection.ts'

interface RunRow {
  id: string
  chat_id: string
  message_id: string
  status: Run['status']
  model: string
  filters: string
  created_at: string
  finished_at: string | null
}

export interface StoredEvent { seq: number, event: RunEvent }

export function insertRun(db: Db, run: { chatId: string, messageId: string, model: string, filters: SearchFilters }): Run {
  const row = db.prepare(`
    INSERT INTO runs (id, chat_id, message_id, status, model, filters, created_at)
    VALUES (?, ?, ?, 'queued', ?, ?, ?) RETURNING *
  `).get(uuid(), run.chatId, run.messageId, run.model, JSON.stringify(run.filters), new Date().toISOString()) as RunRow
  return toRun(row)
}

export function getRun(db: Db, id: string): Run | null {
  const row = db.prepare('SELECT * FROM runs WHERE id = ?').get(id) as RunRow | undefined
  return row ? toRun(row) : null
}

/** The filters of the newest run that answered a question, for asking it again. */
export function filtersOfQuestion(db: Db, questionId: string): SearchFilters {
  const row = db.prepare(`
    SELECT runs.filters FROM runs JOIN messages ON messages.id = runs.message_id
    WHERE messages.reply_to = ? ORDER BY runs.id DESC LIMIT 1
  `).get(questionId) as { filters: string } | undefined
  return row ? JSON.parse(row.filters) as SearchFilters : {}
}

/** The filters that an answer was searched with. */
export function filtersOfAnswer(db: Db, answerId: string): SearchFilters {
  const filters = db.prepare<[string], string>('SELECT filters FROM runs WHERE message_id = ?').pluck().get(answerId)
  return filters ? JSON.parse(filters) as SearchFilters : {}
}

/** Runs that have not ended, of one chat or of all. */
export function unfinishedRuns(db: Db, chatId?: string): Run[] {
  const rows = db.prepare(`
    SELECT * FROM runs WHERE status IN ('queued', 'running') AND (@chatId IS NULL OR chat_id = @chatId) ORDER BY id
  `).all({ chatId: chatId ?? null }) as RunRow[]
  return rows.map(toRun)
}

export function markRunning(db: Db, id: string): void {
  db.prepare(`UPDATE runs SET status = 'running' WHERE id = ?`).run(id)
}

export function finishRun(db: Db, id: string, status: Run['status']): void {
  db.prepare('UPDATE runs SET status = ?, finished_at = ? WHERE id = ?').run(status, new Date().toISOString(), id)
}

/** Appends events after the last one and returns the number of the last. Call it inside a transaction. */
export function appendEvents(db: Db, runId: string, events: RunEvent[]): number {
  let seq = lastSeq(db, runId)
  const insert = db.prepare('INSERT INTO run_events (run_id, seq, type, data) VALUES (?, ?, ?, ?)')
  for (const event of events) insert.run(runId, ++seq, event.type, JSON.stringify(event.data))
  return seq
}

export function lastSeq(db: Db, runId: string): number {
  const row = db.prepare('SELECT max(seq) AS seq FROM run_events WHERE run_id = ?').get(runId) as { seq: number | null }
  return row.seq ?? 0
}

/** The next page of a run's events after `afterSeq`, in order. */
export function readEvents(db: Db, runId: string, afterSeq: number, limit: number): StoredEvent[] {
  const rows = db.prepare('SELECT seq, type, data FROM run_events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?')
    .all(runId, afterSeq, limit) as { seq: number, type: string, data: string }[]
  return rows.map(row => ({ seq: row.seq, event: { type: row.type, data: JSON.parse(row.data) as unknown } as RunEvent }))
}

function toRun(row: RunRow): Run {
  return {
    id: row.id,
    chatId: row.chat_id,
    messageId: row.message_id,
    status: row.status,
    model: row.model,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  }
}

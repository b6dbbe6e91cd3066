import { v7 as uuid } from 'uuid'
import type { RunEvent } from '../../shared/schemas/chats.ts'
import type { Db } from './connection.ts'

export type TokenUsage = Extract<RunEvent, { type: 'usage' }>['data']

export interface UsageTotals {
  calls: number
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  cacheWriteTokens: number
  /** Of the calls whose price is known. */
  costUsd: number
  /** Calls of models whose price is not known; their cost is missing from `costUsd`. */
  unpricedCalls: number
}

export interface UsageSummary {
  totals: UsageTotals
  byModel: (UsageTotals & { model: string })[]
  /** Of answers, by the wording of the prompts; null for calls from before it was noted. */
  byPrompt: (UsageTotals & { promptVersion: number | null })[]
  /** By what the calls were for: `answer`, or `chunk_context` for contexts of passages. */
  byPurpose: (UsageTotals & { purpose: string })[]
  /** Days of the last 90 with any use, newest first, in UTC. */
  byDay: (UsageTotals & { day: string })[]
}

/** @param purpose what the call was for, where that was no answer */
export function recordUsage(db: Db, messageId: string | null, usage: TokenUsage, purpose: string | null = null): void {
  db.prepare(`
    INSERT INTO usage (id, message_id, model, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, cost_usd, prompt_version, purpose, created_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  `).run(uuid(), messageId, usage.model, usage.inputTokens, usage.outputTokens, usage.cacheReadTokens,
    usage.cacheWriteTokens, usage.costUsd, usage.promptVersion ?? null, purpose, new Date().toISOString())
}

const TOTALS = `
  count(*) AS calls,
  coalesce(sum(input_tokens), 0) AS inputTokens,
  coalesce(sum(output_tokens), 0) AS outputTokens,
  coalesce(sum(cache_read_tokens), 0) AS cacheReadTokens,
  coalesce(sum(cache_write_tokens), 0) AS cacheWriteTokens,
  coalesce(sum(cost_usd), 0) AS costUsd,
  count(*) - count(cost_usd) AS unpricedCalls`

/** What the calls for one answer used; null where no model was called. */
export function usageOf(db: Db, messageId: string): UsageTotals | null {
  const totals = db.prepare(`SELECT ${TOTALS} FROM usage WHERE message_id = ?`).get(messageId) as UsageTotals
  return totals.calls > 0 ? totals : null
}

export function summarizeUsage(db: Db): UsageSummary {
  return {
    totals: db.prepare(`SELECT ${TOTALS} FROM usage`).get() as UsageTotals,
    byModel: db.prepare(`SELECT model, ${TOTALS} FROM usage GROUP BY model ORDER BY model`).all() as UsageSummary['byModel'],
    byPrompt: db.prepare(`SELECT prompt_version AS promptVersion, ${TOTALS} FROM usage WHERE purpose IS NULL GROUP BY prompt_version ORDER BY prompt_version`).all() as UsageSummary['byPrompt'],
    byPurpose: db.prepare(`SELECT coalesce(purpose, 'answer') AS purpose, ${TOTALS} FROM usage GROUP BY 1 ORDER BY 1`).all() as UsageSummary['byPurpose'],
    byDay: db.prepare(`
      SELECT substr(created_at, 1, 10) AS day, ${TOTALS} FROM usage GROUP BY day ORDER BY day DESC LIMIT 90
    `).all() as UsageSummary['byDay'],
  }
}

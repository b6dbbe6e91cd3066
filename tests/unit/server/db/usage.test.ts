import { expect, it } from 'vitest'
import { recordUsage, summarizeUsage } from '../../../../server/db/usage.ts'
import { temporaryDatabase } from '../../support/database.ts'

it('adds up tokens and cost in all, by model, by prompt and by day, and says what has no price', () => {
  const { db } = temporaryDatabase()
  const tokens = { inputTokens: 100, outputTokens: 10, cacheReadTokens: 5, cacheWriteTokens: 1 }
  recordUsage(db, null, { model: 'a', ...tokens, costUsd: 0.5 })
  recordUsage(db, null, { model: 'a', ...tokens, costUsd: 0.25 })
  recordUsage(db, null, { model: 'b', ...tokens, costUsd: null, promptVersion: 3 })
  recordUsage(db, null, { model: 'b', ...tokens, costUsd: 0.125, promptVersion: 1 }, 'chunk_context')
  db.prepare(`UPDATE usage SET created_at = '2026-01-01T10:00:00.000Z' WHERE cost_usd = 0.5`).run()
  const today = new Date().toISOString().slice(0, 10)
  expect(summarizeUsage(db)).toEqual({
    totals: { calls: 4, inputTokens: 400, outputTokens: 40, cacheReadTokens: 20, cacheWriteTokens: 4, costUsd: 0.875, unpricedCalls: 1 },
    byModel: [
      { model: 'a', calls: 2, inputTokens: 200, outputTokens: 20, cacheReadTokens: 10, cacheWriteTokens: 2, costUsd: 0.75, unpricedCalls: 0 },
      { model: 'b', calls: 2, inputTokens: 200, outputTokens: 20, cacheReadTokens: 10, cacheWriteTokens: 2, costUsd: 0.125, unpricedCalls: 1 },
    ],
    byPrompt: [
      { promptVersion: null, calls: 2, inputTokens: 200, outputTokens: 20, cacheReadTokens: 10, cacheWriteTokens: 2, costUsd: 0.75, unpricedCalls: 0 },
      { promptVersion: 3, calls: 1, ...tokens, costUsd: 0, unpricedCalls: 1 },
    ],
    byPurpose: [
      { purpose: 'answer', calls: 3, inputTokens: 300, outputTokens: 30, cacheReadTokens: 15, cacheWriteTokens: 3, costUsd: 0.75, unpricedCalls: 1 },
      { purpose: 'chunk_context', calls: 1, ...tokens, costUsd: 0.125, unpricedCalls: 0 },
    ],
    byDay: [
      { day: today, calls: 3, inputTokens: 300, outputTokens: 30, cacheReadTokens: 15, cacheWriteTokens: 3, costUsd: 0.375, unpricedCalls: 1 },
      { day: '2026-01-01', calls: 1, ...tokens, costUsd: 0.5, unpricedCalls: 0 },
    ],
  })
})

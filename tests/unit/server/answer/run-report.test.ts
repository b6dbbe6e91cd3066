import { describe, expect, it } from 'vitest'
import { RunStats } from '../../../../server/answer/run-report.ts'
import type { AnswerEvent } from '../../../../server/answer/types.ts'
import type { Run } from '../../../../shared/schemas/chats.ts'

const run = { id: 'r', chatId: 'c', model: 'claude-x' } as Run
const usage = (outputTokens: number, costUsd: number | null): AnswerEvent =>
  ({ type: 'usage', data: { model: 'claude-x', inputTokens: 10, outputTokens, cacheReadTokens: 1, cacheWriteTokens: 0, costUsd } })
const trace = (...totals: number[]): AnswerEvent => ({
  type: 'trace', data: {
    question: 'a question', queries: [], answerer: 'claude',
    retrievals: totals.map(total => ({ query: 'a question', mode: 'hybrid', filters: {}, timings: { total, vector: 1 }, candidates: [] })),
  },
})

describe('RunStats', () => {
  it('adds up what an answerer tells, without a word of it', () => {
    let now = 1_000
    const stats = new RunStats(() => now)
    const at = (time: number, event: AnswerEvent) => {
      now = time
      stats.note(event)
    }
    at(1_100, { type: 'sources', data: { query: 'a question', mode: 'hybrid', chunks: Array(3).fill({ text: 'of a document' }) } })
    at(1_100, trace(40))
    at(1_900, { type: 'delta', data: { text: '' } })
    at(2_000, { type: 'delta', data: { text: 'an answer' } })
    at(2_500, { type: 'sources', data: { query: 'more', mode: 'hybrid', chunks: Array(2).fill({}) } })
    at(2_500, trace(40, 10))
    at(2_600, usage(5, 0.5))
    at(2_700, usage(6, null))
    now = 3_000
    const report = stats.report(run, { status: 'done', outcome: 'answered', code: null, citations: 4, droppedCitations: 1 })
    expect(report).toEqual({
      runId: 'r', chatId: 'c', model: 'claude-x', answerer: 'claude', status: 'done', outcome: 'answered', code: null,
      retrievalMs: 50, firstTextMs: 1_000, modelFirstTextMs: 900, modelMs: 1_900, totalMs: 2_000, searches: 2, sources: 5,
      citations: 4, droppedCitations: 1, tokens: { input: 20, output: 11, cacheRead: 2, cacheWrite: 0 }, costUsd: 0.5,
    })
    expect(JSON.stringify(report)).not.toMatch(/question|document|an answer/)
  })

  it('has nothing to tell of a run that came to nothing', () => {
    const report = new RunStats(() => 5).report(run, { status: 'failed', outcome: null, code: 'search_failed', citations: 0, droppedCitations: 0 })
    expect(report).toMatchObject({ answerer: null, retrievalMs: null, firstTextMs: null, modelMs: null, tokens: null, costUsd: null, code: 'search_failed' })
  })
})

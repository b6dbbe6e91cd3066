import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { RunReport } from '../../../../server/answer/run-report.ts'
import type { RequestReport } from '../../../../server/utils/request-log.ts'
import type { Retriever, SearchOutcome } from '../../../../server/retrieval/types.ts'
import { parsePrometheus, valueOf } from '../../support/prometheus.ts'

let instruments: typeof import('../../../../server/utils/instruments.ts')
/** They count for the whole process, so each test gets its own. */
beforeEach(async () => {
  vi.resetModules()
  instruments = await import('../../../../server/utils/instruments.ts')
})
const metrics = () => parsePrometheus(instruments.renderInstruments())

const request: RequestReport = {
  id: 'a', method: 'GET', route: '/api/documents/:id', path: '/api/documents/1', status: 200, ms: 20, firstByteMs: 10,
  bytesIn: 100, bytesOut: 1_000, stream: undefined, session: undefined, client: 'local', outcome: 'ok', code: undefined,
}
const run: RunReport = {
  runId: 'r', chatId: 'c', model: 'claude-x', answerer: 'claude', status: 'done', outcome: 'answered', code: null, retrievalMs: 12,
  firstTextMs: 900, modelFirstTextMs: 800, modelMs: 3_000, totalMs: 3_100, searches: 1, sources: 8, citations: 5, droppedCitations: 1,
  tokens: { input: 100, output: 20, cacheRead: 0, cacheWrite: 0 }, costUsd: 0.01,
}

describe('the instruments', () => {
  it('are what Prometheus reads, also before anything has happened', () => {
    expect(metrics().size).toBeGreaterThan(15)
  })

  it('count requests by route and status, and time all but event streams', () => {
    instruments.observeRequest(request)
    instruments.observeRequest({ ...request, status: 404 })
    instruments.observeRequest({ ...request, method: 'BREW', stream: true, ms: 60_000 })
    const read = metrics()
    expect(valueOf(read, 'ragtime_http_requests_total', { method: 'GET', route: '/api/documents/:id', status: '200' })).toBe(1)
    expect(valueOf(read, 'ragtime_http_requests_total', { status: '404' })).toBe(1)
    expect(valueOf(read, 'ragtime_http_requests_total', { method: 'other' })).toBe(1)
    expect(valueOf(read, 'ragtime_http_request_duration_seconds_count')).toBe(2)
    expect(valueOf(read, 'ragtime_http_sent_bytes_total')).toBe(3_000)
  })

  it('count answers, citations, tokens and money', () => {
    instruments.observeRun(run)
    instruments.observeRun({ ...run, status: 'failed', outcome: null, answerer: null, modelMs: null, modelFirstTextMs: null, firstTextMs: null })
    instruments.observeUsage({ model: 'claude-x', inputTokens: 100, outputTokens: 20, cacheReadTokens: 7, cacheWriteTokens: 0, costUsd: 0.01 })
    instruments.observeUsage({ model: 'claude-y', inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null })
    const read = metrics()
    expect(valueOf(read, 'ragtime_answers_total', { answerer: 'claude', outcome: 'answered' })).toBe(1)
    expect(valueOf(read, 'ragtime_answers_total', { answerer: 'none', outcome: 'failed' })).toBe(1)
    expect(valueOf(read, 'ragtime_citations_total', { result: 'kept' })).toBe(10)
    expect(valueOf(read, 'ragtime_citations_total', { result: 'dropped' })).toBe(2)
    expect(valueOf(read, 'ragtime_model_tokens_total', { model: 'claude-x', kind: 'cache_read' })).toBe(7)
    expect(valueOf(read, 'ragtime_model_cost_usd_total', { model: 'claude-x' })).toBe(0.01)
    expect(valueOf(read, 'ragtime_model_cost_usd_total', { model: 'claude-y' })).toBeUndefined()
    expect(valueOf(read, 'ragtime_model_duration_seconds_count', { model: 'claude-x' })).toBe(1)
  })

  it('count ingestion by step, and bytes only of what became searchable', () => {
    const report = {
      kind: 'ingest' as const, documentId: 'd', attempt: 1, outcome: 'done' as const, code: null, mediaType: 'text/plain', bytes: 500,
      pages: 2, chunks: 9, embedded: 9, totalMs: 400, stepMs: { extract: 100, embed: 250, store: 0 },
    }
    instruments.observeAttempt(report)
    instruments.observeAttempt({ ...report, outcome: 'retried', code: 'x' })
    const read = metrics()
    expect(valueOf(read, 'ragtime_ingest_attempts_total', { outcome: 'retried' })).toBe(1)
    expect(valueOf(read, 'ragtime_ingested_bytes_total')).toBe(500)
    expect(valueOf(read, 'ragtime_ingested_chunks_total')).toBe(18)
    expect(valueOf(read, 'ragtime_ingest_step_duration_seconds_count', { step: 'embed' })).toBe(2)
    expect(valueOf(read, 'ragtime_ingest_step_duration_seconds_count', { step: 'store' })).toBeUndefined()
  })

  it('time the stages of a search, and count one that failed, but none that was given up', async () => {
    const outcome = { mode: 'hybrid', results: [], trace: { timings: { vector: 4, total: 9 } } } as unknown as SearchOutcome
    let answer: () => Promise<SearchOutcome> = async () => outcome
    const retriever: Retriever = { search: () => answer(), close: async () => {} }
    const observed = instruments.observedRetriever(retriever)
    const query = { query: 'q', filters: {}, limit: 1 }
    expect(await observed.search(query)).toBe(outcome)
    answer = () => Promise.reject(new Error('down'))
    await expect(observed.search(query)).rejects.toThrow('down')
    await expect(observed.search(query, AbortSignal.abort())).rejects.toThrow('down')
    const read = metrics()
    expect(valueOf(read, 'ragtime_retrievals_total', { mode: 'hybrid', result: 'empty' })).toBe(1)
    expect(valueOf(read, 'ragtime_retrievals_total', { result: 'failed' })).toBe(1)
    expect(valueOf(read, 'ragtime_retrieval_stage_duration_seconds_sum', { stage: 'vector' })).toBe(0.004)
  })
})

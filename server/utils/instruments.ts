import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { BackupEnd } from '../backup/schedule.ts'
import type { RunReport } from '../answer/run-report.ts'
import type { TokenUsage } from '../db/usage.ts'
import { TIMED_STEPS, type IngestReport } from '../ingest/ingest-report.ts'
import type { Retriever } from '../retrieval/types.ts'
import { Counter, Histogram } from './prometheus.ts'
import type { RequestReport } from './request-log.ts'
import type { UpkeepReport } from './upkeep.ts'

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const STAGE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5]
const STEP_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]
const ANSWER_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 300]

/** What the process has counted since it started. Labels are routes, statuses, steps and models: few, and never ids. */
const instruments = {
  requests: new Counter('ragtime_http_requests_total', 'Answered requests.'),
  requestSeconds: new Histogram('ragtime_http_request_duration_seconds', 'Time to the end of the answer, event streams left out.', REQUEST_SECONDS),
  received: new Counter('ragtime_http_received_bytes_total', 'Bytes of requests on the wire.'),
  sent: new Counter('ragtime_http_sent_bytes_total', 'Bytes of answers on the wire.'),
  attempts: new Counter('ragtime_ingest_attempts_total', 'Attempts to read a document or to embed it anew, by how they ended.'),
  stepSeconds: new Histogram('ragtime_ingest_step_duration_seconds', 'Time of one attempt in each step; the steps overlap.', STEP_SECONDS),
  attemptSeconds: new Histogram('ragtime_ingest_duration_seconds', 'Time of one attempt.', STEP_SECONDS),
  ingestedBytes: new Counter('ragtime_ingested_bytes_total', 'Bytes of files that became searchable.'),
  ingestedPages: new Counter('ragtime_ingested_pages_total', 'Pages read and stored.'),
  ingestedChunks: new Counter('ragtime_ingested_chunks_total', 'Chunks cut and stored.'),
  embeddedChunks: new Counter('ragtime_embedded_chunks_total', 'Chunks embedded.'),
  searches: new Counter('ragtime_retrievals_total', 'Searches, by mode and result.'),
  stageSeconds: new Histogram('ragtime_retrieval_stage_duration_seconds', 'Time of a search in each stage.', STAGE_SECONDS),
  runs: new Counter('ragtime_answers_total', 'Answers that have ended, by answerer and outcome.'),
  runSeconds: new Histogram('ragtime_answer_duration_seconds', 'Time from the start of an answer to its end.', ANSWER_SECONDS),
  firstTextSeconds: new Histogram('ragtime_answer_first_text_seconds', 'Time from the start of an answer to its first text.', ANSWER_SECONDS),
  modelFirstTextSeconds: new Histogram('ragtime_model_first_text_seconds', 'Time from the found passages to the first text.', ANSWER_SECONDS),
  modelSeconds: new Histogram('ragtime_model_duration_seconds', 'Time from the found passages to the end of the answer.', ANSWER_SECONDS),
  tokens: new Counter('ragtime_model_tokens_total', 'Tokens, by model and kind.'),
  cost: new Counter('ragtime_model_cost_usd_total', 'US dollars of the calls whose price is known.'),
  citations: new Counter('ragtime_citations_total', 'Citations kept, and dropped because they did not match the source.'),
  backups: new Counter('ragtime_backups_total', 'Scheduled backups that have ended, by outcome.'),
  upkeepRemoved: new Counter('ragtime_upkeep_removed_total', 'Things that upkeep removed, by kind.'),
}

/** Nanoseconds; measured from the start on, since the log of requests imports this file. */
const LOOP_RESOLUTION_MS = 20
const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
loopDelay.enable()

/** Seconds that the event loop was late, by quantile, since this was last called: an average over days hides every hiccup. */
export function takeLoopDelay(): Record<string, number> {
  // What is counted is the time between two looks, and they are meant to be this far apart.
  const delay = (percentile: number) => loopDelay.count > 0 ? Math.max(0, loopDelay.percentile(percentile) / 1e9 - LOOP_RESOLUTION_MS / 1000) : 0
  const quantiles = { 0.5: delay(50), 0.99: delay(99), 1: delay(100) }
  loopDelay.reset()
  return quantiles
}

export function observeRequest({ method, route, status, ms, bytesIn, bytesOut, stream }: RequestReport): void {
  // A method can be any word; those of HTTP are few.
  const known = /^(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)$/.test(method) ? method : 'other'
  instruments.requests.add({ method: known, route, status: String(status) })
  instruments.received.add({}, bytesIn)
  instruments.sent.add({}, bytesOut)
  if (!stream) instruments.requestSeconds.observe(ms / 1000, { route })
}

export function observeAttempt({ kind, outcome, totalMs, stepMs, bytes, pages, chunks, embedded }: IngestReport): void {
  instruments.attempts.add({ kind, outcome })
  instruments.attemptSeconds.observe(totalMs / 1000, { kind })
  for (const step of TIMED_STEPS) if (stepMs[step] > 0) instruments.stepSeconds.observe(stepMs[step] / 1000, { step })
  if (kind === 'ingest' && outcome === 'done') instruments.ingestedBytes.add({}, bytes)
  instruments.ingestedPages.add({}, pages)
  instruments.ingestedChunks.add({}, chunks)
  instruments.embeddedChunks.add({}, embedded)
}

export function observeRun(report: RunReport): void {
  const { model, citations, droppedCitations } = report
  const answerer = report.answerer ?? 'none'
  instruments.runs.add({ answerer, outcome: report.status === 'done' ? report.outcome ?? 'answered' : report.status })
  instruments.runSeconds.observe(report.totalMs / 1000, { answerer })
  if (report.firstTextMs !== null) instruments.firstTextSeconds.observe(report.firstTextMs / 1000, { answerer })
  if (report.modelFirstTextMs !== null) instruments.modelFirstTextSeconds.observe(report.modelFirstTextMs / 1000, { model })
  if (report.modelMs !== null) instruments.modelSeconds.observe(report.modelMs / 1000, { model })
  instruments.citations.add({ result: 'kept' }, citations)
  instruments.citations.add({ result: 'dropped' }, droppedCitations)
}

export function observeUsage({ model, inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, costUsd }: TokenUsage): void {
  const kinds = { input: inputTokens, output: outputTokens, cache_read: cacheReadTokens, cache_write: cacheWriteTokens }
  for (const [kind, count] of Object.entries(kinds)) instruments.tokens.add({ model, kind }, count)
  if (costUsd !== null) instruments.cost.add({ model }, costUsd)
}

export function observeBackup({ outcome }: BackupEnd): void {
  instruments.backups.add({ outcome })
}

export function observeUpkeep({ sessions, loginAttempts, runEvents, uploads, orphans }: UpkeepReport): void {
  const removed = { session: sessions, login_attempt: loginAttempts, run_event: runEvents, upload: uploads, orphan_file: orphans }
  for (const [kind, count] of Object.entries(removed)) instruments.upkeepRemoved.add({ kind }, count)
}

/** The same retriever, with its searches counted and their stages timed. */
export function observedRetriever(retriever: Retriever): Retriever {
  return {
    async search(request, signal) {
      try {
        const outcome = await retriever.search(request, signal)
        const { mode, trace: { timings } } = outcome
        instruments.searches.add({ mode, result: outcome.results.length > 0 ? 'found' : 'empty' })
        for (const [stage, ms] of Object.entries(timings)) instruments.stageSeconds.observe(ms / 1000, { stage })
        return outcome
      }
      catch (error) {
        if (!signal?.aborted) instruments.searches.add({ mode: 'none', result: 'failed' })
        throw error
      }
    },
    close: () => retriever.close(),
  }
}

export function renderInstruments(): string {
  return Object.values(instruments).map(instrument => instrument.render()).join('')
}

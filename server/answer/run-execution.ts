import { citationsOf } from '../db/citations.ts'
import { write, type Db } from '../db/connection.ts'
import { finishAnswer, getMessage, turnsBefore } from '../db/messages.ts'
import { appendEvents, finishRun, markRunning } from '../db/runs.ts'
import { recordUsage, type TokenUsage } from '../db/usage.ts'
import { AppError } from '../utils/app-error.ts'
import type { AnswerOutcome, AnswerSentence, Run, RunEvent, SearchFilters } from '../../shared/schemas/chats.ts'
import type { Retriever } from '../retrieval/types.ts'
import { asAppError, isRetryable } from './errors.ts'
import { boundHistory } from './history.ts'
import { RunRecorder } from './run-recorder.ts'
import { RunStats, type RunReport } from './run-report.ts'
import { coveredByAnchors, markSupport } from './support.ts'
import type { AnswerEvent, Answerer } from './types.ts'

/** Why a run is ended from outside; the abort signal's reason. */
export type RunEnd = 'stopped' | 'timeout' | 'shutdown' | 'deleted'

export interface ActiveRun {
  run: Run
  question: { id: string, content: string }
  filters: SearchFilters
  /** Aborted with a RunEnd, or with the error that made going on useless. */
  controller: AbortController
  finished: PromiseWithResolvers<void>
  /** Resolved and replaced whenever events were stored. */
  changed: PromiseWithResolvers<void>
}

export interface ExecutionOptions {
  db: Db
  retriever: Retriever
  answererFor: (model: string) => Answerer
  timeLimitMs: number
  onError: (error: unknown, run: Run) => void
  /** Hears of every run that has ended, and of every call that cost tokens, also of one that was cut off. */
  onEnd: (report: RunReport) => void
  onUsage: (usage: TokenUsage) => void
}

/** How long an answerer that was stopped may still report the tokens it used. */
const USAGE_GRACE_MS = 1_000
const INTERRUPTED = 'The server stopped while this answer was being written. What was written is kept; ask for the answer again to get all of it.'

/** Writes one answer from its first event to its last. Never throws: every end is an event of the run. */
export async function executeRun(entry: ActiveRun, options: ExecutionOptions): Promise<void> {
  const { run, controller } = entry
  const stats = new RunStats()
  const recorder = new RunRecorder({
    db: options.db, run,
    onFlush: () => {
      entry.changed.resolve()
      entry.changed = Promise.withResolvers()
    },
    onError: error => controller.abort(error),
  })
  const limit = setTimeout(() => controller.abort('timeout' satisfies RunEnd), options.timeLimitMs)
  try {
    try {
      await consume(entry, recorder, stats, options)
      const outcome = recorder.outcome ?? 'answered'
      recorder.finish({ run: 'done', message: 'complete', outcome, error: null }, facts => doneEvent(run, outcome, facts))
    }
    catch (error) {
      endEarly(run, recorder, controller.signal.aborted ? controller.signal.reason : error, options)
    }
  }
  catch (error) {
    // The database does not take the end of the run; the next start marks it as interrupted.
    options.onError(error, run)
  }
  finally {
    clearTimeout(limit)
    recorder.discardTimer()
    options.onEnd(stats.report(run, recorder.ended))
  }
}

/** Ends a run whose process is gone, with what it had stored. */
export function interruptRun(db: Db, run: Run): void {
  write(db, () => {
    const { content } = getMessage(db, run.messageId)!
    const covered = coveredByAnchors(citationsOf(db, [run.messageId]).get(run.messageId) ?? [])
    appendEvents(db, run.id, [interruptedEvent(run)])
    finishAnswer(db, run.messageId, {
      content, status: 'interrupted', outcome: null, sentences: markSupport(content, covered), error: { code: 'interrupted', message: INTERRUPTED },
    })
    finishRun(db, run.id, 'interrupted')
  })
}

async function consume(entry: ActiveRun, recorder: RunRecorder, stats: RunStats, options: ExecutionOptions): Promise<void> {
  const { run, question, filters, controller: { signal } } = entry
  const { db, answererFor, retriever } = options
  signal.throwIfAborted()
  markRunning(db, run.id)
  const aborted = Promise.withResolvers<never>()
  aborted.promise.catch(() => {})
  const onAbort = () => aborted.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  const iterator = answererFor(run.model).answer({
    question: question.content,
    history: boundHistory(turnsBefore(db, run.chatId, question.id)),
    filters, model: run.model, retriever,
  }, signal)[Symbol.asyncIterator]()
  let pending = iterator.next()
  try {
    for (;;) {
      const next = await Promise.race([pending, aborted.promise])
      if (next.done) return
      stats.note(next.value)
      if (next.value.type === 'usage') options.onUsage(next.value.data)
      recorder.record(next.value)
      pending = iterator.next()
    }
  }
  catch (error) {
    if (signal.aborted) void collectUsage(iterator, pending, run, options)
    throw error
  }
  finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Tokens of a call that was cut off are paid for: the answerer may still say how many they were. */
async function collectUsage(iterator: AsyncIterator<AnswerEvent>, pending: Promise<IteratorResult<AnswerEvent>>, run: Run, { db, onUsage }: ExecutionOptions): Promise<void> {
  const deadline = new Promise<null>(resolve => setTimeout(resolve, USAGE_GRACE_MS, null).unref())
  const store = (usage: TokenUsage) => {
    onUsage(usage)
    recordUsage(db, getMessage(db, run.messageId) ? run.messageId : null, usage)
  }
  try {
    for (let next = await Promise.race([pending, deadline]); next && !next.done; next = await Promise.race([iterator.next(), deadline])) {
      if (next.value.type === 'usage') store(next.value.data)
    }
  }
  catch {
    // The answerer has ended, as it should.
  }
  void iterator.return?.()?.catch(() => {})
}

function endEarly(run: Run, recorder: RunRecorder, reason: unknown, { timeLimitMs, onError }: ExecutionOptions): void {
  if (reason === 'deleted') return
  if (reason === 'stopped') {
    recorder.finish({ run: 'stopped', message: 'stopped', outcome: 'stopped', error: null }, facts => doneEvent(run, 'stopped', facts))
    return
  }
  if (reason === 'shutdown') {
    recorder.finish({ run: 'interrupted', message: 'interrupted', outcome: null, error: { code: 'interrupted', message: INTERRUPTED } }, () => interruptedEvent(run))
    return
  }
  const error = reason === 'timeout' ? tookTooLong(timeLimitMs) : asAppError(reason)
  if (error.cause !== undefined) onError(error.cause, run)
  const { code, message } = error
  recorder.finish({ run: 'failed', message: 'failed', outcome: null, error: { code, message } }, () => ({
    type: 'error', data: { messageId: run.messageId, code, message, retryable: isRetryable(error) },
  }))
}

function tookTooLong(timeLimitMs: number): AppError {
  const minutes = Math.max(1, Math.round(timeLimitMs / 60_000))
  return new AppError('run_timeout', 504, `The answer took longer than ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} and was ended. What was written is kept; try again, or ask for less at once.`)
}

function doneEvent(run: Run, outcome: AnswerOutcome, { sentences, dropped }: { sentences: AnswerSentence[], dropped: number }): RunEvent {
  return { type: 'done', data: { messageId: run.messageId, outcome, sentences, droppedCitations: dropped } }
}

function interruptedEvent(run: Run): RunEvent {
  return { type: 'interrupted', data: { messageId: run.messageId, message: INTERRUPTED } }
}

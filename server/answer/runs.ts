import { setMaxListeners } from 'node:events'
import { deleteChat as removeChat, getChat, touchChat } from '../db/chats.ts'
import { write, type Db } from '../db/connection.ts'
import { clearMessages, findAsked, getMessage, insertAnswer, insertQuestion, questionOf } from '../db/messages.ts'
import { appendEvents, filtersOfQuestion, getRun, insertRun, readEvents, unfinishedRuns, type StoredEvent } from '../db/runs.ts'
import type { TokenUsage } from '../db/usage.ts'
import { AppError } from '../utils/app-error.ts'
import type { Ask, AskResult, ModelList, Run, RunEvent, SearchFilters } from '../../shared/schemas/chats.ts'
import type { Retriever } from '../retrieval/types.ts'
import { isModelId } from './models.ts'
import type { RunReport } from './run-report.ts'
import { executeRun, interruptRun, type ActiveRun, type RunEnd } from './run-execution.ts'
import type { Answerer } from './types.ts'

export interface RunManagerOptions {
  db: Db
  retriever: Retriever
  models: ModelList
  /** The answerer that serves a model id. */
  answererFor: (model: string) => Answerer
  /** Runs at once; others wait their turn. */
  concurrency?: number
  /** Longest that one answer may take, in milliseconds. */
  timeLimitMs?: number
  /** Hears of failures that are not the user's to understand. */
  onError?: (error: unknown, run: Run) => void
  /** For the log and the metrics: every run that has ended, and every call that cost tokens. */
  onEnd?: (report: RunReport) => void
  onUsage?: (usage: TokenUsage) => void
}

export interface RunManager {
  readonly models: ModelList
  /** Throws AppError 400 `unknown_model` for what is no model. */
  assertModel: (model: string) => void
  /**
   * Stores the question and its run, then starts it. What was asked before (`after`) is given as it is and not asked twice.
   * 404 no such chat, 409 an answer is being written, 400 unknown model.
   */
  ask: (chatId: string, ask: Ask) => AskResult
  /** Answers a question again; takes the question's id or an answer's. The earlier answer leaves the chat. */
  regenerate: (messageId: string, choice?: { model?: string }) => AskResult
  /** Ends a run and keeps its text. A run that has ended stays as it is. */
  stop: (runId: string) => Promise<Run>
  /**
   * The events after `afterSeq`, then the ones to come, up to the last. They are read from the table in pages as the
   * reader asks for them, so a slow reader costs no memory. Ends early when `signal` aborts.
   */
  follow: (runId: string, afterSeq: number, signal?: AbortSignal) => AsyncGenerator<StoredEvent, void, void>
  /** Stops the chat's run, then deletes the chat. 404 when it is gone. */
  deleteChat: (chatId: string) => Promise<void>
  /** Stops the chat's run, then removes the messages. 404 when the chat is gone. */
  clearChat: (chatId: string) => Promise<void>
  /**
   * Marks the runs that nobody writes any more as interrupted, with their text: a dead process left them, or a full disk
   * did not take their end. Returns how many. Call it before the first ask.
   */
  interruptLost: () => number
  /** Ends every run as interrupted and takes no more. */
  shutdown: () => Promise<void>
  /** Runs that are being written or wait for their turn. */
  readonly active: number
}

/** Events that a reader takes from the table at a time. */
const PAGE = 100
const IN_LINE: RunEvent = { type: 'status', data: { step: 'waiting', message: 'Other answers are being written; this one comes next' } }

export function createRunManager(options: RunManagerOptions): RunManager {
  const { db, models } = options
  const concurrency = options.concurrency ?? 4
  const execute = (entry: ActiveRun) => executeRun(entry, {
    db, retriever: options.retriever, answererFor: options.answererFor,
    timeLimitMs: options.timeLimitMs ?? 5 * 60_000,
    onError: options.onError ?? ((error, run) => console.error(`run ${run.id} failed`, error)),
    onEnd: options.onEnd ?? (() => {}), onUsage: options.onUsage ?? (() => {}),
  })
  const active = new Map<string, ActiveRun>()
  const waiting: ActiveRun[] = []
  let running = 0
  let closing = false

  function start(chatId: string, question: { id: string, content: string }, model: string, filters: SearchFilters): AskResult {
    const answerId = insertAnswer(db, { chatId, replyTo: question.id, model })
    const run = insertRun(db, { chatId, messageId: answerId, model, filters })
    touchChat(db, chatId, question.content)
    return { message: getMessageOrThrow(question.id), answer: getMessageOrThrow(answerId), run }
  }

  function launch(result: AskResult, filters: SearchFilters): AskResult {
    const { id, content } = result.message
    const entry: ActiveRun = {
      run: result.run, question: { id, content }, filters,
      controller: new AbortController(), finished: Promise.withResolvers(), changed: Promise.withResolvers(),
    }
    // Searches and model calls each listen while they last.
    setMaxListeners(100, entry.controller.signal)
    active.set(entry.run.id, entry)
    waiting.push(entry)
    if (active.size > concurrency) write(db, () => appendEvents(db, entry.run.id, [IN_LINE]))
    // The caller gets its answer before the first search begins.
    setImmediate(startNext)
    return result
  }

  function startNext(): void {
    while (running < concurrency && waiting.length > 0) {
      const entry = waiting.shift()!
      running++
      void execute(entry).finally(() => {
        running--
        forget(entry)
        startNext()
      })
    }
  }

  function forget(entry: ActiveRun): void {
    active.delete(entry.run.id)
    entry.changed.resolve()
    entry.finished.resolve()
  }

  function assertFree(chatId: string): void {
    if (closing) throw new AppError('shutting_down', 503, 'The server is about to restart. Your question was not taken; ask again in a moment.')
    const unfinished = unfinishedRuns(db, chatId)
    for (const run of unfinished) if (!active.has(run.id)) interruptRun(db, run)
    if (unfinished.some(({ id }) => active.has(id))) {
      throw new AppError('answer_in_progress', 409, 'An answer is still being written in this chat. Your question was not taken: wait for the answer or stop it, then ask again.')
    }
  }

  function assertModel(model: string): void {
    if (isModelId(model) || models.items.some(item => item.id === model)) return
    throw new AppError('unknown_model', 400, `There is no model ${model}. Choose one of ${models.items.map(item => item.id).join(', ')}.`,
      { issues: [{ path: 'model', message: 'This model is not known.' }] })
  }

  function chooseModel(wanted: string | null | undefined): string {
    const model = wanted ?? models.default
    assertModel(model)
    return model
  }

  function getMessageOrThrow(id: string): AskResult['message'] {
    const message = getMessage(db, id)
    if (!message) throw notFound('message')
    const { chatId: _, ...rest } = message
    return rest
  }

  async function end(entry: ActiveRun, reason: RunEnd): Promise<void> {
    entry.controller.abort(reason)
    const index = waiting.indexOf(entry)
    if (index >= 0) {
      // It never started: it ends here, whether or not a place is free.
      waiting.splice(index, 1)
      await execute(entry)
      forget(entry)
    }
    await entry.finished.promise
  }

  async function endRunsOf(chatId: string): Promise<void> {
    await Promise.all([...active.values()].filter(entry => entry.run.chatId === chatId).map(entry => end(entry, 'deleted')))
  }

  return {
    models,
    assertModel,
    get active() {
      return active.size
    },

    ask(chatId, { content, filters, model, after }) {
      const asked = after === undefined ? null : findAsked(db, chatId, content, after)
      if (asked) return { message: getMessageOrThrow(asked.questionId), answer: getMessageOrThrow(asked.answerId), run: getRun(db, asked.runId)! }
      const result = write(db, () => {
        const chat = getChat(db, chatId)
        if (!chat) throw notFound('chat')
        assertFree(chatId)
        const chosen = chooseModel(model ?? chat.model)
        const question = { id: insertQuestion(db, chatId, content), content }
        const effective = filters ?? chat.filters
        return { filters: effective, asked: start(chatId, question, chosen, effective) }
      })
      return launch(result.asked, result.filters)
    },

    regenerate(messageId, choice = {}) {
      const result = write(db, () => {
        const question = questionOf(db, messageId)
        const chat = question && getChat(db, question.chatId)
        if (!question || !chat) throw notFound('message')
        assertFree(chat.id)
        const chosen = chooseModel(choice.model ?? chat.model)
        const filters = filtersOfQuestion(db, question.id)
        return { filters, asked: start(chat.id, question, chosen, filters) }
      })
      return launch(result.asked, result.filters)
    },

    async stop(runId) {
      const entry = active.get(runId)
      if (entry) await end(entry, 'stopped')
      const run = getRun(db, runId)
      if (!run) throw notFound('run')
      return run
    },

    async* follow(runId, afterSeq, signal) {
      const left = new Promise<void>(resolve => signal?.addEventListener('abort', () => resolve(), { once: true }))
      let seq = afterSeq
      while (!signal?.aborted) {
        const page = readEvents(db, runId, seq, PAGE)
        // Taken in the same turn as the read: nothing can be stored between the two.
        const entry = active.get(runId)
        const changed = entry?.changed.promise
        for (const stored of page) {
          yield stored
          seq = stored.seq
          if (isLast(stored.event)) return
        }
        if (page.length > 0) continue
        if (!changed) return
        await Promise.race([changed, left])
      }
    },

    async deleteChat(chatId) {
      await endRunsOf(chatId)
      if (!write(db, () => removeChat(db, chatId))) throw notFound('chat')
    },

    async clearChat(chatId) {
      if (!getChat(db, chatId)) throw notFound('chat')
      await endRunsOf(chatId)
      write(db, () => clearMessages(db, chatId))
    },

    interruptLost() {
      const cut = unfinishedRuns(db).filter(({ id }) => !active.has(id))
      for (const run of cut) interruptRun(db, run)
      return cut.length
    },

    async shutdown() {
      closing = true
      await Promise.all([...active.values()].map(entry => end(entry, 'shutdown')))
    },
  }
}

function isLast(event: RunEvent): boolean {
  return event.type === 'done' || event.type === 'error' || event.type === 'interrupted'
}

function notFound(noun: string): AppError {
  return new AppError('not_found', 404, `This ${noun} is not here. It may have been deleted.`)
}

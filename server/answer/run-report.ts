import type { AnswerOutcome, Run } from '../../shared/schemas/chats.ts'
import type { TokenUsage } from '../db/usage.ts'
import type { AnswerEvent } from './types.ts'

/** What one run did, in ids, counts and milliseconds: for the log and the metrics, so never any text. */
export interface RunReport {
  runId: string
  chatId: string
  model: string
  /** Null when the run ended before its first search. */
  answerer: string | null
  /** `deleted` with its chat. */
  status: Run['status'] | 'deleted'
  outcome: AnswerOutcome | null
  /** Code of the error it ended with. */
  code: string | null
  /** All searches together, with the embedding of their queries. */
  retrievalMs: number | null
  /** From the start of the run to its first text; null without any. */
  firstTextMs: number | null
  /** From the first found passages to the first text, and to the end: what the answerer, or Claude, takes. */
  modelFirstTextMs: number | null
  modelMs: number | null
  totalMs: number
  searches: number
  sources: number
  citations: number
  droppedCitations: number
  /** Of all calls; null where the answerer reports none. */
  tokens: { input: number, output: number, cacheRead: number, cacheWrite: number } | null
  /** Of the calls whose price is known. */
  costUsd: number | null
}

interface RunEnd { status: RunReport['status'], outcome: AnswerOutcome | null, code: string | null, citations: number, droppedCitations: number }

/** Listens to one answerer's events and adds them up. */
export class RunStats {
  readonly #now: () => number
  readonly #started: number
  #answerer: string | null = null
  #retrievalMs: number | null = null
  #foundAt: number | null = null
  #firstTextAt: number | null = null
  #searches = 0
  #sources = 0
  #tokens: RunReport['tokens'] = null
  #costUsd: number | null = null

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#started = now()
  }

  note(event: AnswerEvent): void {
    switch (event.type) {
      case 'sources':
        this.#foundAt ??= this.#now()
        this.#sources += event.data.chunks.length
        break
      case 'trace':
        this.#answerer = event.data.answerer
        this.#searches = event.data.retrievals.length
        this.#retrievalMs = event.data.retrievals.reduce((sum, { timings }) => sum + (timings.total ?? 0), 0)
        break
      case 'delta':
        if (event.data.text !== '') this.#firstTextAt ??= this.#now()
        break
      case 'usage':
        this.#addUsage(event.data)
        break
    }
  }

  report(run: Run, end: RunEnd): RunReport {
    const now = this.#now()
    const since = (from: number | null, to: number | null) => from === null || to === null ? null : Math.round((to - from) * 10) / 10
    return {
      runId: run.id, chatId: run.chatId, model: run.model, answerer: this.#answerer,
      status: end.status, outcome: end.outcome, code: end.code,
      retrievalMs: this.#retrievalMs,
      firstTextMs: since(this.#started, this.#firstTextAt),
      modelFirstTextMs: since(this.#foundAt, this.#firstTextAt),
      modelMs: since(this.#foundAt, now),
      totalMs: since(this.#started, now)!,
      searches: this.#searches, sources: this.#sources, citations: end.citations, droppedCitations: end.droppedCitations,
      tokens: this.#tokens, costUsd: this.#costUsd,
    }
  }

  #addUsage(usage: TokenUsage): void {
    const { input, output, cacheRead, cacheWrite } = this.#tokens ?? { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
    this.#tokens = {
      input: input + usage.inputTokens, output: output + usage.outputTokens,
      cacheRead: cacheRead + usage.cacheReadTokens, cacheWrite: cacheWrite + usage.cacheWriteTokens,
    }
    if (usage.costUsd !== null) this.#costUsd = (this.#costUsd ?? 0) + usage.costUsd
  }
}

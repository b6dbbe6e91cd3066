import { saveCitations } from '../db/citations.ts'
import { write, type Db } from '../db/connection.ts'
import { finishAnswer, saveDraft, type FinishedAnswer } from '../db/messages.ts'
import { appendEvents, finishRun } from '../db/runs.ts'
import { saveTrace } from '../db/traces.ts'
import { recordUsage } from '../db/usage.ts'
import type { AnswerOutcome, AnswerSentence, Run, RunEvent } from '../../shared/schemas/chats.ts'
import { CitationLedger } from './citations.ts'
import { markSupport } from './support.ts'
import type { AnswerEvent, AnswerTrace } from './types.ts'

export interface RunEnding {
  run: Run['status']
  message: FinishedAnswer['status']
  outcome: AnswerOutcome | null
  error: FinishedAnswer['error']
}

const EMPTY = new Set<AnswerOutcome | null>(['no_documents', 'none_in_filter', 'nothing_relevant'])
/** One transaction for everything that came in this time; a reader sees text at most this much later. */
const BATCH_MS = 50

/**
 * Writes one run down: events, text, citations, usage and trace, in batches. The first event after a pause is stored
 * at once, so that a reader's first event waits for nothing; text that follows shares a row.
 */
export class RunRecorder {
  content = ''
  outcome: AnswerOutcome | null = null
  readonly ledger: CitationLedger
  readonly #db: Db
  readonly #run: Run
  readonly #onFlush: () => void
  readonly #onError: (error: unknown) => void
  #events: RunEvent[] = []
  #savedLength = 0
  #trace: AnswerTrace | null = null
  #timer: NodeJS.Timeout | null = null
  #lastFlush = 0
  #end: RunEnding | null = null

  /** `onError` hears of a batch that could not be stored; what it held stays and is tried again with the next. */
  constructor(options: { db: Db, run: Run, onFlush: () => void, onError: (error: unknown) => void }) {
    this.#db = options.db
    this.#run = options.run
    this.#onFlush = options.onFlush
    this.#onError = options.onError
    this.ledger = new CitationLedger(options.db)
  }

  record(event: AnswerEvent): void {
    switch (event.type) {
      case 'pointer': {
        const citation = this.ledger.add(event.data, this.content)
        if (citation) this.#push(citation)
        break
      }
      case 'dropped':
        this.ledger.dropped++
        break
      case 'trace':
        this.#trace = event.data
        break
      case 'outcome':
        this.outcome = event.data
        break
      case 'delta':
        if (event.data.text === '') break
        this.content += event.data.text
        this.#push(event)
        break
      default:
        this.#push(event)
    }
  }

  /** Stores the rest and the last event in one transaction. */
  finish(end: RunEnding, lastEvent: (facts: { sentences: AnswerSentence[], dropped: number }) => RunEvent): void {
    this.discardTimer()
    // The advice of an empty answer is the product's own and claims nothing about the documents.
    const sentences = EMPTY.has(end.outcome) ? [] : markSupport(this.content, this.ledger.covered)
    const events = [...this.#events, lastEvent({ sentences, dropped: this.ledger.dropped })]
    write(this.#db, () => {
      this.#store(events)
      finishAnswer(this.#db, this.#run.messageId, {
        content: this.content, status: end.message, outcome: end.outcome, sentences, error: end.error,
      })
      finishRun(this.#db, this.#run.id, end.run)
    })
    this.#events = []
    this.#end = end
    this.#onFlush()
  }

  /** How it ended, in numbers. A run that was never finished went with its chat, or the database took no more. */
  get ended() {
    return {
      status: this.#end?.run ?? 'deleted' as const, outcome: this.#end?.outcome ?? null, code: this.#end?.error?.code ?? null,
      citations: this.ledger.citations.length, droppedCitations: this.ledger.dropped,
    }
  }

  discardTimer(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
  }

  #push(event: RunEvent): void {
    const last = this.#events.at(-1)
    if (event.type === 'delta' && last?.type === 'delta') {
      this.#events[this.#events.length - 1] = { type: 'delta', data: { text: last.data.text + event.data.text } }
    }
    else {
      this.#events.push(event)
    }
    if (this.#timer) return
    const wait = this.#lastFlush + BATCH_MS - performance.now()
    if (wait <= 0) this.#flush()
    else this.#timer = setTimeout(() => this.#flush(), wait)
  }

  #flush(): void {
    this.discardTimer()
    try {
      write(this.#db, () => this.#store(this.#events))
      this.#lastFlush = performance.now()
      this.#events = []
      this.ledger.markSaved()
      this.#savedLength = this.content.length
    }
    catch (error) {
      this.#onError(error)
      return
    }
    this.#onFlush()
  }

  #store(events: RunEvent[]): void {
    appendEvents(this.#db, this.#run.id, events)
    for (const event of events) {
      if (event.type === 'usage') recordUsage(this.#db, this.#run.messageId, event.data)
    }
    if (this.content.length > this.#savedLength) saveDraft(this.#db, this.#run.messageId, this.content)
    saveCitations(this.#db, this.#run.messageId, this.ledger.unsaved)
    if (this.#trace) saveTrace(this.#db, this.#run.messageId, this.#trace)
  }
}

import type { Lease } from '../db/jobs.ts'

/** Steps with a duration of their own. They overlap: storing is a part of the other two. */
export const TIMED_STEPS = ['extract', 'embed', 'store'] as const
export type TimedStep = typeof TIMED_STEPS[number]

/**
 * How one attempt ended: `retried` after a failure that may pass, `released` because the server stops, `yielded` to
 * documents that may be quick, `taken_over` by a cancellation or a deletion, `lost` to a newer attempt or a fault of the
 * database.
 */
export type IngestOutcome = 'done' | 'retried' | 'failed' | 'released' | 'yielded' | 'taken_over' | 'lost'

/** What one attempt did, in ids, counts and milliseconds: for the log and the metrics, so never any text. */
export interface IngestReport {
  kind: Lease['kind']
  /** Null when the document was gone before the attempt began. */
  documentId: string | null
  attempt: number
  outcome: IngestOutcome
  /** Code of the failure. */
  code: string | null
  mediaType: string | null
  bytes: number
  /** Stored by this attempt. */
  pages: number
  chunks: number
  embedded: number
  totalMs: number
  stepMs: Record<TimedStep, number>
}

/** Adds up what one attempt does. */
export class IngestStats {
  pages = 0
  chunks = 0
  embedded = 0
  document: { id: string, mediaType: string, bytes: number } | null = null
  readonly #started = performance.now()
  readonly #stepMs: Record<TimedStep, number> = { extract: 0, embed: 0, store: 0 }

  async time<T>(step: TimedStep, work: () => Promise<T>): Promise<T> {
    const started = performance.now()
    try {
      return await work()
    }
    finally {
      this.#stepMs[step] += performance.now() - started
    }
  }

  timeSync<T>(step: TimedStep, work: () => T): T {
    const started = performance.now()
    try {
      return work()
    }
    finally {
      this.#stepMs[step] += performance.now() - started
    }
  }

  report({ kind, attempt }: Pick<Lease, 'kind' | 'attempt'>, { outcome, code = null }: { outcome: IngestOutcome, code?: string | null }): IngestReport {
    const { pages, chunks, embedded, document } = this
    const { extract, embed, store } = this.#stepMs
    return {
      kind, documentId: document?.id ?? null, attempt, outcome, code,
      mediaType: document?.mediaType ?? null, bytes: document?.bytes ?? 0, pages, chunks, embedded,
      totalMs: round(performance.now() - this.#started),
      stepMs: { extract: round(extract), embed: round(embed), store: round(store) },
    }
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10
}

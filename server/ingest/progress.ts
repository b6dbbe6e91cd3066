import type { INGEST_STEPS } from '../../shared/schemas/documents.ts'

export type IngestStep = typeof INGEST_STEPS[number]
/** `secondsLeft` is for the whole document; null while it cannot be known. */
export type ReportProgress = (step: IngestStep, done: number, total: number, secondsLeft: number | null) => void

/**
 * Passes progress on at most once in `intervalMs`, except that the first and the last of a step always pass.
 * `total` 0 means that the total is not known.
 */
export function throttleProgress(pass: ReportProgress, intervalMs = 100, now: () => number = Date.now): ReportProgress {
  let lastStep: IngestStep | null = null
  let lastAt = 0
  return (step, done, total, secondsLeft) => {
    const time = now()
    if (step === lastStep && time - lastAt < intervalMs && (total === 0 || done < total)) return
    lastStep = step
    lastAt = time
    pass(step, done, total, secondsLeft)
  }
}

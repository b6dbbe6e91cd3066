import { AppError } from '../utils/app-error.ts'
import { isDiskFull, notStored } from '../utils/disk-full.ts'

/** What a person reads of any failure; what is not meant for them becomes `internal`, with the cause for the log. */
export function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (isDiskFull(error)) return notStored(error)
  return new AppError('internal', 500, 'Something went wrong on the server while this answer was being written. What was written is kept; try again.', { cause: error })
}

/** Whether asking again unchanged may work: too much traffic or an outage, not a missing key or a wrong model. */
export function isRetryable(error: AppError): boolean {
  return error.status === 429 || error.status >= 500
}

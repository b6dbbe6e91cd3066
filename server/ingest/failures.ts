import { AppError } from '../utils/app-error.ts'

export const CANCELLED = {
  code: 'cancelled',
  message: 'Reading was cancelled. The file is kept; choose “Try again” to start over.',
}

/** Shown while a document waits for space. */
export const WAITS_FOR_SPACE = {
  code: 'disk_full',
  message: 'The disk is full, so reading has to wait. The file is kept, and reading goes on by itself once there is space: delete documents or enlarge the volume.',
}

/** Shown while a document waits for the service that embeds it. */
export const WAITS_FOR_EMBEDDER = {
  code: 'embedder_unavailable',
  message: 'The embedding service does not answer, so reading has to wait. The file is kept, and reading goes on by itself once the service is back.',
}

export function noText(scanned: boolean): AppError {
  return scanned
    ? new AppError('looks_scanned', 422, 'This document looks scanned: its pages are images without text. Run text recognition (OCR) on it and upload the result.')
    : new AppError('no_text', 422, 'This document contains no text that could be searched. The file is kept.')
}

/** What the owner reads about a failed ingestion, and whether another attempt may help. */
export function toFailure(error: unknown): { code: string, message: string, passing: boolean } {
  if (error instanceof AppError) return { code: error.code, message: error.message, passing: error.status >= 500 }
  return { code: 'ingest_failed', message: 'Something went wrong while reading this document. The file is kept; you can try again.', passing: true }
}

import { AppError } from './app-error.ts'

/** Codes of Node and SQLite for a disk, or a share of one, that takes no more; the last is that of SQLite's shared memory. */
const CODES = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE', 'disk_full']

export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && CODES.includes(String(error.code))
}

export function uploadNotKept(cause?: unknown): AppError {
  return new AppError('disk_full', 507, 'The disk is full, so the upload was not kept. Delete documents or enlarge the volume, then upload it again.', { cause })
}

export function notStored(cause?: unknown): AppError {
  return new AppError('disk_full', 507, 'The disk is full, so this could not be stored. What was there is untouched: delete documents or enlarge the volume, then try again.', { cause })
}

import type { BackupEnd } from '../backup/schedule.ts'
import { BackupError } from '../backup/types.ts'
import { describeError, log } from './log.ts'

/** One line a backup: sizes in bytes, counts, seconds. */
export function logBackup({ outcome, report, error, seconds }: BackupEnd): void {
  if (outcome === 'failed') {
    log('error', 'backup', { outcome, seconds, error: error instanceof BackupError ? { message: error.message } : describeError(error) })
    return
  }
  const manifest = report?.manifest
  // Documents whose files are gone are for the owner to see to.
  log(manifest && manifest.missing.length > 0 ? 'warn' : 'info', 'backup', {
    outcome, seconds, generation: manifest?.id, databaseBytes: manifest?.database.bytes, files: manifest?.files.length,
    missing: manifest?.missing.length, removed: report?.removed.length, kept: report?.kept, sent: report?.sent,
  })
}

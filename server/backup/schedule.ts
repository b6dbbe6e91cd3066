import { runBackup, type BackupReport, type Save } from './index.ts'
import { isUploaded } from './bucket.ts'
import { listGenerations } from './storage.ts'
import { BackupError, type BackupTarget, type DataPaths } from './types.ts'

export interface BackupScheduleOptions extends DataPaths {
  target: BackupTarget
  /** Hour of the day in UTC after which the day's backup is due. */
  hour: number
  version: string
  save: Save
  /** Hears of every backup that has ended. */
  onEnd: (end: BackupEnd) => void
  now?: () => number
}

export interface BackupEnd {
  outcome: 'done' | 'failed'
  report: BackupReport | null
  error: unknown
  seconds: number
}

export interface BackupState {
  /** Milliseconds since 1970 of the newest generation, also of one made by hand; null without any. */
  lastSuccessAt: number | null
  lastBytes: number
  lastSeconds: number
  generations: number
  running: boolean
}

export interface BackupSchedule {
  /** Makes a backup when one is due, or brings the newest one into the bucket; gives what it did. */
  tick: () => Promise<'done' | 'failed' | 'not due' | 'running'>
  state: () => Promise<BackupState>
  /** Gives up what is running; a generation that is not finished is removed at the next one. */
  stop: () => Promise<void>
}

/** A full disk or a bucket that is away is not asked every minute. */
const RETRY_MS = 15 * 60_000

/** Decides when the server saves itself. Times are taken from what lies in the folder, so a restart forgets nothing. */
export function createBackupSchedule({ target, hour, version, save, onEnd, now = Date.now, ...paths }: BackupScheduleOptions): BackupSchedule {
  const abort = new AbortController()
  let running: Promise<'done' | 'failed'> | null = null
  let retryAt = 0

  async function newest() {
    return (await listGenerations(target.dir)).findLast(({ manifest }) => manifest !== null)?.manifest ?? null
  }

  async function tick(): Promise<'done' | 'failed' | 'not due' | 'running'> {
    if (running) return 'running'
    if (abort.signal.aborted || now() < retryAt) return 'not due'
    const last = await newest()
    const due = !last || Date.parse(last.createdAt) < lastOccurrence(hour, now())
    const behind = !due && target.bucket !== null && !await isUploaded(target.dir, last.id)
    if (!due && !behind) return 'not due'
    running ??= perform(due ? save : null).finally(() => {
      running = null
    })
    return running
  }

  async function perform(saving: Save | null): Promise<'done' | 'failed'> {
    const started = performance.now()
    const end = (rest: Pick<BackupEnd, 'outcome' | 'report' | 'error'>) => {
      onEnd({ ...rest, seconds: Math.round(performance.now() - started) / 1000 })
      return rest.outcome
    }
    try {
      return end({ outcome: 'done', report: await runBackup(target, { ...paths, version }, saving, abort.signal), error: null })
    }
    catch (error) {
      retryAt = now() + RETRY_MS
      // The next start takes it up.
      if (abort.signal.aborted) return 'failed'
      return end({ outcome: 'failed', report: null, error })
    }
  }

  return {
    tick,
    async state() {
      const all = await listGenerations(target.dir)
      const last = all.findLast(({ manifest }) => manifest !== null)?.manifest
      return {
        lastSuccessAt: last ? Date.parse(last.createdAt) : null,
        lastBytes: last ? last.database.bytes + last.files.reduce((sum, { bytes }) => sum + bytes, 0) : 0,
        lastSeconds: last?.seconds ?? 0,
        generations: all.length,
        running: running !== null,
      }
    },
    async stop() {
      abort.abort(new BackupError('The server stops.'))
      await running
    },
  }
}

/** The last time before `now` that the clock stood at this hour in UTC. */
export function lastOccurrence(hour: number, now: number): number {
  const at = new Date(now)
  at.setUTCHours(hour, 0, 0, 0)
  return at.getTime() <= now ? at.getTime() : at.getTime() - 24 * 3_600_000
}

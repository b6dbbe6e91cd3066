import { setImmediate as nextTurn } from 'node:timers/promises'
import { write } from '../db/connection.ts'
import { deleteOldAttempts } from '../db/login-attempts.ts'
import { deleteEndedSessions } from '../db/sessions.ts'
import { getSetting, setSetting } from '../db/settings.ts'
import { checkpoint, deleteOldRunEvents, optimize, shrink } from '../db/upkeep.ts'
import { sweepStale } from '../ingest/files.ts'
import type { Services } from './services.ts'
import { SESSION_IDLE_MS } from './session.ts'
import { ATTEMPT_WINDOW_MS } from './throttle.ts'

const HOUR_MS = 3_600_000
const EVERY_MS = HOUR_MS
/** An upload ends after a minute of silence; a day leaves no doubt. */
export const STALE_FILE_MS = 24 * HOUR_MS
/**
 * Events of a run are what its stream replays. A week after its end nobody follows it any more, and everything that
 * matters is in the answer itself: text, citations, usage, and the trace, which is kept as long as the answer. The events
 * hold the text of all passages that were read, so they are by far the largest part of a chat.
 */
export const RUN_EVENTS_MS = 7 * 24 * HOUR_MS

const SETTING = 'upkeep_at'

export interface UpkeepReport {
  sessions: number
  loginAttempts: number
  runEvents: number
  uploads: number
  orphans: number
  /** False when a reader kept the log from being emptied. */
  checkpointed: boolean
  ms: number
}

/** Tidies up once an hour; null when it is not time yet. The last time is stored, so a restart changes nothing. */
export async function upkeepIfDue(services: Pick<Services, 'db' | 'filesDir'>, now = Date.now()): Promise<UpkeepReport | null> {
  const last = getSetting<string>(services.db, SETTING)
  // A clock that was put back must not end upkeep for good.
  if (last !== null && Math.abs(now - Date.parse(last)) < EVERY_MS) return null
  setSetting(services.db, SETTING, new Date(now).toISOString())
  return runUpkeep(services, now)
}

/** Removes what is past its time, in short pieces between which everybody else has a turn. */
export async function runUpkeep({ db, filesDir }: Pick<Services, 'db' | 'filesDir'>, now = Date.now()): Promise<UpkeepReport> {
  const started = performance.now()
  const before = (ms: number) => new Date(now - ms).toISOString()
  const sessions = write(db, () => deleteEndedSessions(db, before(0), before(SESSION_IDLE_MS)))
  const loginAttempts = write(db, () => deleteOldAttempts(db, before(ATTEMPT_WINDOW_MS)))
  let runEvents = 0
  for (let removed = 1; removed > 0; runEvents += removed) {
    await nextTurn()
    removed = deleteOldRunEvents(db, before(RUN_EVENTS_MS))
  }
  const { uploads, orphans } = await sweepStale(db, filesDir, now - STALE_FILE_MS)
  while (shrink(db) > 0) await nextTurn()
  optimize(db)
  const checkpointed = checkpoint(db)
  return { sessions, loginAttempts, runEvents, uploads, orphans, checkpointed, ms: Math.round(performance.now() - started) }
}

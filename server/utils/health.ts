import { statfs } from 'node:fs/promises'
import { version } from '../../package.json'
import type { Db } from '../db/connection.ts'
import { probeFullText, probeVectors, probeWrite, queueState } from '../db/health.ts'

export interface HealthCheck { ok: boolean, ms: number, detail: string }
export type HealthPart = 'database' | 'vectors' | 'fullText' | 'disk' | 'queue' | 'model'
export interface Health { status: 'ok' | 'failing', version: string, checks: Record<HealthPart, HealthCheck> }

export interface HealthSubject {
  db: Db
  dataDir: string
  /** What was chosen, and whether it is there. */
  embedder: { wanted: boolean, id: string | null }
}

/** Below this an upload of the largest size, or a backup, could not be kept. */
export const MIN_FREE_BYTES = 100 * 1024 * 1024
/** A due job starts within a minute; while another is being worked on it may well wait longer. */
export const MAX_QUEUE_WAIT_MS = 5 * 60_000
const DISK_TIMEOUT_MS = 1_000
/** Everybody may ask, and asking writes: no more often than this. */
const KEEP_MS = 1_000

/** Tries every part the product needs, in a few milliseconds. A part that fails says what is wrong, without secrets. */
export async function checkHealth({ db, dataDir, embedder }: HealthSubject, now = Date.now()): Promise<Health> {
  const time = new Date(now).toISOString()
  const checks: Health['checks'] = {
    database: await attempt(() => {
      probeWrite(db, time)
      return 'written'
    }),
    vectors: await attempt(() => `sqlite-vec ${probeVectors(db, { index: embedder.id !== null })}`),
    fullText: await attempt(() => {
      probeFullText(db)
      return 'queried'
    }),
    disk: await attempt(() => checkDisk(dataDir)),
    queue: await attempt(() => checkQueue(db, now)),
    model: await attempt(() => {
      if (embedder.wanted && !embedder.id) throw new Error('the embedding model is missing: searches use words only')
      return embedder.id ?? 'keyword mode, as chosen'
    }),
  }
  const ok = Object.values(checks).every(check => check.ok)
  return { status: ok ? 'ok' : 'failing', version, checks }
}

/** {@link checkHealth}, at most once a second whatever the number of requests. */
export function createHealthProbe(subject: HealthSubject): () => Promise<Health> {
  let last: { at: number, health: Promise<Health> } | null = null
  return () => {
    const now = Date.now()
    if (!last || now - last.at >= KEEP_MS) last = { at: now, health: checkHealth(subject, now) }
    return last.health
  }
}

async function attempt(check: () => string | Promise<string>): Promise<HealthCheck> {
  const started = performance.now()
  const [ok, detail] = await (async () => {
    try {
      return [true, await check()] as const
    }
    catch (error) {
      return [false, error instanceof Error ? error.message : String(error)] as const
    }
  })()
  return { ok, ms: Math.round((performance.now() - started) * 100) / 100, detail }
}

async function checkDisk(dataDir: string): Promise<string> {
  const { bavail, bsize } = await withinTime(statfs(dataDir))
  const free = bavail * bsize
  const detail = `${Math.floor(free / 1024 / 1024)} MB free`
  if (free < MIN_FREE_BYTES) throw new Error(`${detail}, ${MIN_FREE_BYTES / 1024 / 1024} MB are needed`)
  return detail
}

function checkQueue(db: Db, now: number): string {
  const { due, oldestDue, running } = queueState(db, new Date(now).toISOString())
  if (!oldestDue) return running > 0 ? `${running} running` : 'empty'
  const seconds = Math.round((now - Date.parse(oldestDue)) / 1000)
  const detail = `${due} due, the oldest for ${seconds} s, ${running} running`
  if (running === 0 && seconds * 1000 > MAX_QUEUE_WAIT_MS) throw new Error(`${detail}: nothing works on the queue`)
  return detail
}

/** A network disk that hangs must not hang the check. */
async function withinTime<T>(work: Promise<T>): Promise<T> {
  const timeout = Promise.withResolvers<never>()
  const timer = setTimeout(() => timeout.reject(new Error(`no answer within ${DISK_TIMEOUT_MS} ms`)), DISK_TIMEOUT_MS)
  try {
    return await Promise.race([work, timeout.promise])
  }
  finally {
    clearTimeout(timer)
  }
}

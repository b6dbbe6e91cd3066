import { statfs } from 'node:fs/promises'
import { version } from '../../package.json'
import type { Db } from '../db/connection.ts'
import { probeFullText, probeVectors, probeWrite, queueState } from '../db/health.ts'
import type { EmbedderStatus } from '../../shared/schemas/status.ts'
import type { Embedder } from '../embed/types.ts'
import type { DiskGuard } from './disk-guard.ts'
import { sampled } from './sampled.ts'

export interface HealthCheck { ok: boolean, ms: number, detail: string }
export type HealthPart = 'database' | 'vectors' | 'fullText' | 'disk' | 'queue' | 'model'
export interface Health { status: 'ok' | 'failing', version: string, checks: Record<HealthPart, HealthCheck> }

export interface HealthSubject {
  db: Db
  dataDir: string
  disk: Pick<DiskGuard, 'hasRoom'>
  /** The embedder in use, and how it stands with the chosen one. */
  model: { readonly embedder: Pick<Embedder, 'id' | 'embed' | 'trouble'> | null, readonly status: Pick<EmbedderStatus, 'state' | 'message'> }
}

/** Below this an upload of the largest size, or a backup, could not be kept. */
export const MIN_FREE_BYTES = 100 * 1024 * 1024
/** A due job starts within a minute; while another is being worked on it may well wait longer. */
export const MAX_QUEUE_WAIT_MS = 5 * 60_000
/** A disk or a model that is busy answers a little later; the check does not wait for it, and takes the answer before. */
const WAIT_MS = 15
const DISK_HANG_MS = 5_000
/** A question waits for at most two texts that are being embedded: this is a hundred times that. */
const MODEL_HANG_MS = 15_000
/** Everybody may ask, and asking writes: no more often than this. */
const KEEP_MS = 1_000

/**
 * Tries every part the product needs; a part that fails says what is wrong, without secrets. Each probe takes a fraction
 * of a millisecond on the event loop, and what could take longer is not waited for: the answer is there within 50 ms,
 * also while documents are read.
 *
 * A model that was chosen and cannot be had fails the check, although searches by words go on and the pages say so: such a
 * build must not replace a good one unnoticed, and whoever wants to run without a model can say so with RAGTIME_EMBEDDER.
 * One that is still being fetched does not, and neither does a service that is away for a while: another start changes
 * nothing about it, and each probe would be a call that is paid for.
 *
 * However many ask, the parts are tried at most once a second.
 */
export function createHealthProbe(subject: HealthSubject): (now?: number) => Promise<Health> {
  const freeBytes = sampled(async () => {
    const { bavail, bsize } = await statfs(subject.dataDir)
    return bavail * bsize
  }, { waitMs: WAIT_MS, hangMs: DISK_HANG_MS })
  const embed = sampled(async () => {
    const { embedder } = subject.model
    if (embedder && !embedder.trouble) await embedder.embed(['ragtime'], 'query')
  }, { waitMs: WAIT_MS, hangMs: MODEL_HANG_MS })
  let last: { at: number, health: Promise<Health> } | null = null
  return (now = Date.now()) => {
    if (!last || now - last.at >= KEEP_MS) last = { at: now, health: checkHealth(subject, { freeBytes, embed }, now) }
    return last.health
  }
}

interface Probes { freeBytes: () => Promise<number>, embed: () => Promise<unknown> }

async function checkHealth({ db, disk: guard, model: { embedder, status } }: HealthSubject, { freeBytes, embed }: Probes, now: number): Promise<Health> {
  const [database, vectors, fullText, disk, queue, model] = await Promise.all([
    attempt(() => {
      probeWrite(db, new Date(now).toISOString())
      return 'written'
    }),
    attempt(() => `sqlite-vec ${probeVectors(db, { index: embedder !== null })}`),
    attempt(() => {
      probeFullText(db)
      return 'queried'
    }),
    attempt(async () => judgeDisk(await freeBytes(), guard)),
    attempt(() => checkQueue(db, now)),
    attempt(async () => {
      if (status.state === 'missing') throw new Error('the embedding model is missing: searches use words only; set RAGTIME_EMBEDDER=none if that is wanted')
      if (status.state === 'failed') throw new Error(status.message ?? 'the embedding model could not be loaded')
      await embed()
      const name = embedder?.id ?? (status.state === 'off' ? 'keyword mode, as chosen' : 'keyword mode')
      return status.message === null ? name : `${name}: ${status.message}`
    }),
  ])
  const checks = { database, vectors, fullText, disk, queue, model }
  const ok = Object.values(checks).every(check => check.ok)
  return { status: ok ? 'ok' : 'failing', version, checks }
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

function judgeDisk(free: number, { hasRoom }: Pick<DiskGuard, 'hasRoom'>): string {
  const detail = `${Math.floor(free / 1024 / 1024)} MB free`
  if (!hasRoom) throw new Error(`${detail}: documents wait, questions are answered from the reserve`)
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

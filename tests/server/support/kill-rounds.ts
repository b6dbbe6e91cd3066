import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { makePdf, paginate } from '../../../bench/support/pdf.ts'
import { openDatabase, type Db } from '../../../server/db/connection.ts'
import type { Document, DocumentEvent } from '../../../shared/schemas/documents.ts'
import type { TestServer, UploadFile } from './server.ts'

/** Longer than a lease on a machine that does other things as well: a job that is not done by then is stuck. */
const STUCK_MS = 150_000
const CATCH_MS = 4_000

/** Whom a round kills, and when: at the boundary of a step, or at a moment that chance has chosen. */
const ROUNDS = [
  ['server', 'upload'], ['server', 'accepted'], ['server', 'extract'], ['reader', 'extract'], ['server', 'embed'],
  ['server', 'publish'], ['server', 'done'], ['reader', 'random'], ['server', 'random'], ['server', 'random'],
] as const
type Moment = typeof ROUNDS[number][1]

export interface KillReport {
  rounds: number
  /** Processes killed; a reader may have ended before it was found. */
  killed: { server: number, reader: number }
  /** Documents that were acknowledged and are all there, each once. */
  documents: number
  /** From a kill until its documents could be searched, in milliseconds. */
  longestMs: number
}

/**
 * Kills the server, or its reader of documents, with SIGKILL while it takes documents in, and goes on with what is left.
 * Throws when anything was lost, doubled, stuck or damaged.
 */
export async function runKillRounds(server: TestServer, rounds: number, onRound: (line: string) => void = () => {}): Promise<KillReport> {
  const report: KillReport = { rounds: 0, killed: { server: 0, reader: 0 }, documents: 0, longestMs: 0 }
  const acknowledged = new Set<string>()
  for (let round = 0; round < rounds; round++) {
    const [target, moment] = ROUNDS[round % ROUNDS.length]!
    const files = filesOf(round)
    const killed = target === 'server' ? await killServer(server, files, moment) : await killReader(server, files, moment)
    report.killed[target] += killed
    const started = performance.now()
    // What was not acknowledged is sent again; what had arrived is known by its content.
    const { documents, duplicates } = await server.upload(files)
    const own = [...documents, ...duplicates].map(({ id }) => id)
    if (own.length !== files.length) throw new Error(`Round ${round}: ${own.length} of ${files.length} documents were taken`)
    for (const id of own) acknowledged.add(id)
    for (const id of own) await untilReady(server, id)
    const ms = Math.round(performance.now() - started)
    report.longestMs = Math.max(report.longestMs, ms)
    report.rounds++
    onRound(`round ${round + 1}: ${target} killed (${moment}${killed === 0 ? ', but it had ended' : ''}), all there ${ms} ms later`)
  }
  report.documents = acknowledged.size
  await server.kill('SIGKILL')
  checkDatabase(server.dataDir, acknowledged)
  await server.start()
  return report
}

/** A text and a PDF that no other round has. */
function filesOf(round: number): UploadFile[] {
  const prose = (kind: string) => Array.from({ length: 120 }, (_, i) => `Sentence ${i} of ${kind} ${round} tells how a rag was written, sold and played in that year.`).join(' ')
  return [{ name: `text-${round}.txt`, content: prose('text') }, { name: `paper-${round}.pdf`, content: makePdf(paginate(prose('paper'), 8)) }]
}

async function killServer(server: TestServer, files: UploadFile[], moment: Moment): Promise<number> {
  if (moment === 'upload') {
    void server.upload(files).catch(() => {})
    await delay(Math.random() * 40)
  }
  else {
    await uploadAndWait(server, files, moment)
  }
  await server.kill('SIGKILL')
  checkDatabase(server.dataDir)
  await server.start()
  return 1
}

async function killReader(server: TestServer, files: UploadFile[], moment: Moment): Promise<number> {
  const waiting = uploadAndWait(server, files, moment)
  const end = Date.now() + CATCH_MS
  let killed = 0
  while (killed === 0 && Date.now() < end) {
    for (const pid of readersOf(server.pid)) {
      try {
        process.kill(pid, 'SIGKILL')
        killed++
      }
      catch {
        // It has ended by itself.
      }
    }
    await delay(2)
  }
  await waiting
  return killed
}

/** Resolves at the first sign that one of the files has come to the step, or has got past it. */
async function uploadAndWait(server: TestServer, files: UploadFile[], moment: Moment): Promise<void> {
  const there = Promise.withResolvers<void>()
  const leave = new AbortController()
  const names = new Set(files.map(({ name }) => name))
  const follow = async () => {
    for await (const { data } of server.events<DocumentEvent['data']>('/api/documents/events', { signal: leave.signal })) {
      if ('filename' in data && names.has(data.filename) && (data.progress.step === moment || data.status === 'ready')) there.resolve()
    }
  }
  const followed = follow().catch(() => {})
  await server.upload(files)
  if (moment === 'random') await delay(Math.random() * 1_500)
  else if (moment !== 'accepted') await Promise.race([there.promise, delay(CATCH_MS)])
  leave.abort()
  await followed
}

async function untilReady(server: TestServer, id: string): Promise<void> {
  await server.waitFor(async () => {
    const { body } = await server.json<Document>(`/api/documents/${id}`)
    if (body.status === 'failed') throw new Error(`A document failed: ${JSON.stringify(body.error)}`)
    return body.status === 'ready'
  }, { timeoutMs: STUCK_MS, what: 'a document being ready: its job is stuck' })
}

/** The children of the server that read documents. */
export function readersOf(serverPid: number): number[] {
  return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap((pid) => {
    try {
      const parent = /\) \S (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]
      return Number(parent) === serverPid && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('extract') ? [Number(pid)] : []
    }
    catch {
      return []
    }
  })
}

/** Looks at the database that a dead server has left. With `documents` these have to be all there is, and whole. */
export function checkDatabase(dataDir: string, documents?: ReadonlySet<string>): void {
  const db = openDatabase(join(dataDir, 'ragtime.db'))
  try {
    const problems = [...damage(db), ...documents ? incomplete(db, documents) : []]
    if (problems.length > 0) throw new Error(`After a kill: ${problems.join('; ')}`)
  }
  finally {
    db.close()
  }
}

/** What may be in no database, whatever it was killed at. */
function damage(db: Db): string[] {
  const rows = (sql: string) => db.prepare(sql).all().length
  const integrity = db.pragma('integrity_check', { simple: true })
  let fullText = 'ok'
  try {
    db.prepare(`INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)`).run()
  }
  catch (error) {
    fullText = String(error)
  }
  const vectors = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'chunks_vec'`).get() !== undefined
  return [
    integrity !== 'ok' && `integrity_check: ${String(integrity)}`,
    fullText !== 'ok' && `full text: ${fullText}`,
    rows('SELECT 1 FROM chunks GROUP BY document_key, ordinal HAVING count(*) > 1') > 0 && 'an ordinal twice',
    rows('SELECT 1 FROM chunks GROUP BY document_key, start HAVING count(*) > 1') > 0 && 'a chunk twice',
    rows('SELECT key FROM chunks EXCEPT SELECT rowid FROM chunks_fts') > 0 && 'a chunk without full text',
    rows('SELECT rowid FROM chunks_fts EXCEPT SELECT key FROM chunks') > 0 && 'full text without a chunk',
    vectors && rows('SELECT key FROM chunks WHERE embedding IS NOT NULL EXCEPT SELECT chunk_key FROM chunks_vec') > 0 && 'an embedding without its vector',
    vectors && rows('SELECT chunk_key FROM chunks_vec EXCEPT SELECT key FROM chunks WHERE embedding IS NOT NULL') > 0 && 'a vector without its embedding',
    rows('SELECT 1 FROM documents GROUP BY content_hash HAVING count(*) > 1') > 0 && 'a document twice',
    rows('SELECT key FROM documents EXCEPT SELECT document_key FROM jobs') > 0 && 'a document without its job',
  ].filter(problem => problem !== false)
}

function incomplete(db: Db, documents: ReadonlySet<string>): string[] {
  const stored = db.prepare<[], { key: number, id: string, filename: string, status: string, chunkCount: number, chunks: number, embedded: number }>(`
    SELECT key, id, filename, status, chunk_count AS chunkCount,
      (SELECT count(*) FROM chunks WHERE document_key = documents.key) AS chunks,
      (SELECT count(embedding) FROM chunks WHERE document_key = documents.key) AS embedded
    FROM documents`).all()
  const isTorn = ({ key }: { key: number }) => {
    const text = (table: string, order: string) => db.prepare(`SELECT text FROM ${table} WHERE document_key = ? ORDER BY ${order}`).pluck().all(key).join('').replaceAll(/\s/g, '')
    return text('chunks', 'ordinal') !== text('pages', 'number')
  }
  return [
    ...[...documents].filter(id => !stored.some(row => row.id === id)).map(id => `lost: ${id}`),
    ...stored.filter(({ id }) => !documents.has(id)).map(({ filename }) => `nobody knows of ${filename}`),
    ...stored.filter(row => row.status !== 'ready' || row.chunks !== row.chunkCount || row.embedded !== row.chunks || row.chunks === 0).map(row => `not whole: ${JSON.stringify(row)}`),
    ...stored.filter(isTorn).map(({ filename }) => `text lost or doubled: ${filename}`),
    ...db.prepare(`SELECT status FROM jobs WHERE status != 'done'`).pluck().all().map(status => `a job is ${String(status)}`),
  ]
}

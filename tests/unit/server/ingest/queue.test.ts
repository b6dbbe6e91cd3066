import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findDocument, findDocumentRecord } from '../../../../server/db/documents.ts'
import { claimJob } from '../../../../server/db/jobs.ts'
import { acceptFiles } from '../../../../server/ingest/accept.ts'
import { incomingDir } from '../../../../server/ingest/files.ts'
import type { IngestReport } from '../../../../server/ingest/ingest-report.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { checkReady, counts, Gate, harness, longText, until } from './support/harness.ts'

const jobOf = (db: ReturnType<typeof harness>['db']) => db.prepare('SELECT status, attempt, max_attempts, last_error FROM jobs').get()

describe('the ingest queue', () => {
  it('takes a document from upload to ready, with live progress by page', async () => {
    const h = harness()
    const document = await h.add(longText(5))
    expect(document).toMatchObject({ status: 'queued', pages: null, chunkCount: 0, progress: { step: 'queued' } })
    expect(await h.ingest.drain()).toEqual({ attempts: 1 })

    expect(checkReady(h, document.id)).toBeGreaterThan(20)
    expect(counts(h.db)).toMatchObject({ documents: 1, pages: 5, jobs: 1 })
    const steps = h.seen.map(event => event.type === 'document' ? `${event.data.status} ${event.data.progress.step}` : 'deleted')
    expect(steps[0]).toBe('queued queued')
    expect(steps).toContain('processing extract')
    expect(steps).toContain('processing embed')
    expect(steps.at(-1)).toBe('ready done')
    const last = h.seen.findLast(event => event.type === 'document' && event.data.progress.step === 'extract')
    expect(last).toMatchObject({ data: { progress: { done: 5, total: 5 } } })
    expect(h.seen.at(-1)).toMatchObject({ data: { pages: 5, readyAt: expect.any(String) } })
  })

  it('reports each attempt that ends, however it ends, in numbers alone', async () => {
    const reports: IngestReport[] = []
    const h = harness({ onAttempt: report => reports.push(report) })
    const good = await h.add(longText(3))
    await h.ingest.drain()
    const { chunkCount, bytes } = findDocument(h.db, good.id)!
    expect(reports).toEqual([{
      kind: 'ingest', documentId: good.id, attempt: 1, outcome: 'done', code: null, mediaType: 'text/plain', bytes, pages: 3,
      chunks: chunkCount, embedded: chunkCount, totalMs: expect.any(Number), stepMs: { extract: expect.any(Number), embed: expect.any(Number), store: expect.any(Number) },
    }])
    const { totalMs, stepMs } = reports[0]!
    for (const ms of Object.values(stepMs)) expect(ms).toBeGreaterThan(0)
    expect(totalMs).toBeGreaterThanOrEqual(Math.max(stepMs.extract, stepMs.embed))

    let failures = 1
    h.extractor.onPage = () => {
      if (failures-- > 0) throw new Error('passing')
    }
    await h.add('# Again\n\nThis one fails once.')
    await h.ingest.drain()
    await until(() => reports.length === 3)
    h.extractor.onPage = () => {
      throw new AppError('damaged', 422, 'Damaged.')
    }
    await h.add('# Never\n\nThis one is damaged.')
    await h.ingest.drain()
    const gate = new Gate()
    h.extractor.onPage = (_, signal) => gate.pass(signal)
    const cancelled = await h.add('# Late\n\nThis one is cancelled.')
    h.ingest.kick()
    await gate.arrived
    await h.ingest.cancel(cancelled.id)
    await until(() => reports.length === 5)
    expect(reports.slice(1).map(({ outcome, code, attempt }) => [outcome, code, attempt])).toEqual([
      ['retried', 'ingest_failed', 1], ['done', null, 2], ['failed', 'damaged', 1], ['taken_over', null, 1],
    ])
    expect(JSON.stringify(reports)).not.toMatch(/Sentence|cancelled\./)
  })

  it('embeds each chunk once, after title and headings', async () => {
    const h = harness()
    await h.add('# Origins\n\nIt began in Missouri.\f# Decline\n\nJazz came. It was new.', { title: 'Ragtime' })
    await h.ingest.drain()
    expect(h.embedder.embedded).toEqual(['Ragtime\n# Origins\n\nIt began in Missouri.', 'Ragtime\n# Decline\n\nJazz came. It was new.'])
  })

  it('works in keyword mode, without embeddings', async () => {
    const h = harness({ embedder: null })
    const { id } = await h.add(longText(2))
    await h.ingest.drain()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'ready', pages: 2 })
    expect(counts(h.db)).toMatchObject({ vectors: 0, chunks: counts(h.db).fullText })
  })

  it('takes the title from the document unless the owner gave one', async () => {
    const h = harness()
    h.extractor.title = 'Maple Leaf Rag'
    const named = await h.add('One.', { title: 'My own' })
    const unnamed = await h.add('Two.')
    await h.ingest.drain()
    expect(findDocument(h.db, named.id)!.title).toBe('My own')
    expect(findDocument(h.db, unnamed.id)!.title).toBe('Maple Leaf Rag')
  })

  it('works off many documents and never holds more than its share at a time', async () => {
    const h = harness({ concurrency: 2 })
    let running = 0
    let most = 0
    h.embedder.onEmbed = async () => {
      most = Math.max(most, ++running)
      await pause(1)
      running--
    }
    const documents = await Promise.all(Array.from({ length: 30 }, (_, index) => h.add(`Document number ${index}. It has two sentences.`)))
    expect(await h.ingest.drain()).toEqual({ attempts: 30 })
    for (const { id } of documents) expect(checkReady(h, id)).toBe(1)
    expect(most).toBe(2)
  })

  it('lets the event loop run while a large document is written', async () => {
    const h = harness()
    await h.add(longText(120))
    let longest = 0
    let last = performance.now()
    const beat = setInterval(() => {
      longest = Math.max(longest, performance.now() - last)
      last = performance.now()
    }, 1)
    await h.ingest.drain()
    clearInterval(beat)
    // One write of a batch and one page of chunking lie between two turns; without yielding it would be seconds.
    expect(longest).toBeLessThan(500)
  })
})

describe('failures', () => {
  it('ends at once when the file is to blame, and leaves nothing but the file and the reason', async () => {
    const h = harness()
    h.extractor.onPage = (number) => {
      if (number === 3) throw new AppError('damaged_file', 422, 'This file is damaged.')
    }
    const { id } = await h.add(longText(4))
    await h.ingest.drain()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'failed', pages: null, chunkCount: 0, error: { code: 'damaged_file', message: 'This file is damaged.' } })
    expect(counts(h.db)).toMatchObject({ documents: 1, pages: 0, chunks: 0, fullText: 0, vectors: 0 })
    expect(jobOf(h.db)).toMatchObject({ status: 'failed', attempt: 1, last_error: 'damaged_file' })
    expect(existsSync(join(h.filesDir, findDocumentRecord(h.db, id)!.contentHash))).toBe(true)
  })

  it('tries again after a failure that may pass, and embeds only what is missing', async () => {
    const h = harness()
    let calls = 0
    h.embedder.onEmbed = () => {
      if (++calls === 2) throw new AppError('embedding_failed', 503, 'No embeddings right now.')
    }
    const { id } = await h.add(longText(6))
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'ready')
    const chunks = checkReady(h, id)
    expect(h.extractor.calls).toBeLessThanOrEqual(2)
    expect(new Set(h.embedder.embedded).size).toBe(chunks)
    expect(jobOf(h.db)).toMatchObject({ status: 'done', attempt: 2 })
  })

  it('gives up after three attempts and says why; a retry starts afresh', async () => {
    const h = harness()
    h.embedder.onEmbed = () => {
      throw new AppError('embedding_failed', 503, 'No embeddings right now.')
    }
    const { id } = await h.add(longText(1))
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'failed')
    expect(jobOf(h.db)).toMatchObject({ status: 'failed', attempt: 3 })
    expect(findDocument(h.db, id)!.error).toEqual({ code: 'embedding_failed', message: 'No embeddings right now.' })
    expect(counts(h.db)).toMatchObject({ pages: 0, chunks: 0, fullText: 0, vectors: 0 })

    h.embedder.onEmbed = () => {}
    expect(h.ingest.retry(id)).toMatchObject({ id, error: null })
    await until(() => findDocument(h.db, id)!.status === 'ready')
    checkReady(h, id)
    expect(() => h.ingest.retry(id)).toThrow(/already/)
  })

  it('shows no inner message of an unexpected error', async () => {
    const h = harness()
    h.extractor.onPage = () => {
      throw new TypeError('secret text of the document')
    }
    const { id } = await h.add('One.')
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'failed')
    expect(findDocument(h.db, id)!.error).toEqual({ code: 'ingest_failed', message: expect.not.stringContaining('secret') })
  })

  it('waits longer before each further attempt', async () => {
    const h = harness({ backoffMs: 60 })
    const times: number[] = []
    h.extractor.onPage = () => {
      times.push(performance.now())
      throw new Error('again')
    }
    const { id } = await h.add('One.')
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'failed')
    expect(times).toHaveLength(3)
    expect(times[1]! - times[0]!).toBeGreaterThan(40)
    expect(times[2]! - times[1]!).toBeGreaterThan(160)
  })

  it.each([[['looks_scanned'], 'looks_scanned'], [['empty'], 'no_text']])('says so when there is no text: %s', async (flags, code) => {
    const h = harness()
    h.extractor.flags = flags
    const { id } = await h.add(' \f ')
    await h.ingest.drain()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'failed', error: { code } })
  })
})

describe('cancel', () => {
  it.each(['extraction', 'embedding'])('stops %s, removes what is there in part and keeps the file', async (where) => {
    const h = harness()
    const gate = new Gate()
    if (where === 'extraction') h.extractor.onPage = (number, signal) => number === 40 ? gate.pass(signal) : undefined
    else h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 64 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(60))
    h.ingest.kick()
    await gate.arrived
    expect(counts(h.db).chunks).toBeGreaterThan(0)

    expect(await h.ingest.cancel(id)).toMatchObject({ status: 'failed', error: { code: 'cancelled' }, pages: null, chunkCount: 0 })
    expect(counts(h.db)).toMatchObject({ documents: 1, pages: 0, chunks: 0, fullText: 0, vectors: 0 })
    expect(await h.ingest.cancel(id)).toMatchObject({ error: { code: 'cancelled' } })
    await h.ingest.drain()
    expect(findDocument(h.db, id)!.status).toBe('failed')

    gate.open()
    h.ingest.retry(id)
    await until(() => findDocument(h.db, id)!.status === 'ready')
    checkReady(h, id)
  })

  it('takes a waiting document out of the queue', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    expect(await h.ingest.cancel(id)).toMatchObject({ status: 'failed', error: { code: 'cancelled' } })
    expect(await h.ingest.drain()).toEqual({ attempts: 0 })
  })

  it('does not wait for a worker that ignores its signal, and lets it write nothing', async () => {
    const h = harness()
    const gate = new Gate()
    h.embedder.onEmbed = () => gate.pass()
    const { id } = await h.add(longText(2))
    h.ingest.kick()
    await gate.arrived
    const cancelled = h.ingest.cancel(id)
    await pause(20)
    gate.open()
    expect(await cancelled).toMatchObject({ status: 'failed' })
    await pause(20)
    expect(counts(h.db)).toMatchObject({ chunks: 0, vectors: 0, fullText: 0 })
  })

  it('refuses for a document that is ready or unknown', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    await h.ingest.drain()
    await expect(h.ingest.cancel(id)).rejects.toMatchObject({ status: 409 })
    await expect(h.ingest.cancel(crypto.randomUUID())).rejects.toMatchObject({ status: 404, code: 'document_not_found' })
    expect(() => h.ingest.retry(crypto.randomUUID())).toThrow(AppError)
  })
})

describe('remove', () => {
  it('leaves nothing in the database file or on the disk', async () => {
    const h = harness()
    const { id } = await h.add(`${longText(3)} The word xylophonist stands here alone.`)
    const kept = await h.add('Another one stays.')
    await h.ingest.drain()
    await h.ingest.remove(id)
    expect(findDocument(h.db, id)).toBeNull()
    expect(counts(h.db)).toEqual({ documents: 1, pages: 1, chunks: 1, fullText: 1, vectors: 1, jobs: 1 })
    expect(readdirSync(h.filesDir).filter(name => name !== '.incoming')).toEqual([findDocumentRecord(h.db, kept.id)!.contentHash])
    expect(h.seen.at(-1)).toEqual({ type: 'deleted', data: { id } })
    checkReady(h, kept.id)
    h.db.pragma('wal_checkpoint(TRUNCATE)')
    expect(readFileSync(h.path).includes('xylophonist')).toBe(false)
    await expect(h.ingest.remove(id)).rejects.toMatchObject({ status: 404 })
  })

  it('leaves nothing of a large document either, and is quick about it', async () => {
    const h = harness()
    const text = longText(60, 'ragtimeproof')
    const { id } = await h.add(text)
    const kept = await h.add(longText(3))
    await h.ingest.drain()
    const started = performance.now()
    await h.ingest.remove(id)
    // 600 chunks deleted one by one securely take over a second on an idle machine.
    console.info(`removed in ${Math.round(performance.now() - started)} ms`)
    checkReady(h, kept.id)
    h.db.prepare(`INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)`).run()
    h.db.pragma('wal_checkpoint(TRUNCATE)')
    const file = readFileSync(h.path)
    expect(file.includes('ragtimeproof')).toBe(false)
    for (let page = 0; page < 60; page++) expect(file.includes(`${page}ragtimeproof`)).toBe(false)
  })

  it.each(['extraction', 'embedding'])('works during %s', async (where) => {
    const h = harness()
    const gate = new Gate()
    if (where === 'extraction') h.extractor.onPage = (number, signal) => number === 40 ? gate.pass(signal) : undefined
    else h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 64 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(60))
    h.ingest.kick()
    await gate.arrived
    await h.ingest.remove(id)
    gate.open()
    await pause(10)
    expect(counts(h.db)).toEqual({ documents: 0, pages: 0, chunks: 0, fullText: 0, vectors: 0, jobs: 0 })
    expect(readdirSync(h.filesDir)).toEqual(['.incoming'])
  })

  it('makes room for the same content at once', async () => {
    const h = harness()
    const text = longText(20)
    const first = await h.add(text)
    await h.ingest.drain()
    const removed = h.ingest.remove(first.id)
    const second = await h.add(text)
    await removed
    expect(second.id).not.toBe(first.id)
    await h.ingest.drain()
    checkReady(h, second.id)
    expect(counts(h.db)).toMatchObject({ documents: 1, pages: 20 })
  })

  it('goes on after a crash in the middle', async () => {
    const h = harness()
    const { id } = await h.add(longText(40, 'ragtimeproof'))
    await h.ingest.drain()
    const removed = h.ingest.remove(id)
    await h.ingest.stop() // The next batch of the deletion finds the queue stopped.
    await expect(removed).rejects.toThrow(/next start/)
    expect(findDocument(h.db, id)).toBeNull()
    expect(counts(h.db).chunks).toBeGreaterThan(0)

    h.restart().releaseAtBoot()
    await until(() => counts(h.db).documents === 0)
    expect(counts(h.db)).toEqual({ documents: 0, pages: 0, chunks: 0, fullText: 0, vectors: 0, jobs: 0 })
    h.db.pragma('wal_checkpoint(TRUNCATE)')
    expect(readFileSync(h.path).includes('ragtimeproof')).toBe(false)
  })
})

describe('restarts', () => {
  it('gives work back at a stop and goes on where it was', async () => {
    const h = harness()
    const gate = new Gate()
    h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 128 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(60))
    h.ingest.kick()
    await gate.arrived
    await until(() => findDocumentRecord(h.db, id)!.pages !== null)
    await h.ingest.stop()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'queued' })
    expect(jobOf(h.db)).toMatchObject({ status: 'queued', attempt: 1, max_attempts: 4 })
    h.ingest.kick()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'queued' })

    h.embedder.onEmbed = () => {}
    await h.restart().drain()
    const chunks = checkReady(h, id)
    expect(h.extractor.calls).toBe(1)
    expect(h.embedder.embedded).toHaveLength(chunks)
  })

  // A killed process leaves its transactions behind whole and runs nothing more; its gate never opens.
  it.each([
    ['before the first page', 0, null],
    ['in the middle of extraction', 70, null],
    ['after the last page', 100, null],
    ['before the first embedding', null, 0],
    ['in the middle of embedding', null, 200],
  ])('survives a kill %s, with nothing lost and nothing twice', async (_name, pages, embedded) => {
    const reference = harness()
    const expected = checkReady(reference, await reference.add(longText(100)).then(async ({ id }) => (await reference.ingest.drain(), id)))

    const h = harness()
    const gate = new Gate()
    h.extractor.onPage = number => pages !== null && number === Math.max(1, pages) ? gate.pass() : undefined
    h.embedder.onEmbed = () => embedded !== null && h.embedder.embedded.length >= embedded ? gate.pass() : undefined
    const { id } = await h.add(longText(100))
    h.ingest.kick()
    await gate.arrived

    h.extractor.onPage = () => {}
    h.embedder.onEmbed = () => {}
    const next = h.restart()
    expect(next.releaseAtBoot()).toMatchObject({ released: 1 })
    expect(findDocument(h.db, id)!.status).toBe('queued')
    await next.drain()
    expect(checkReady(h, id)).toBe(expected)
    const before = counts(h.db)

    // The old worker wakes up as a zombie: it holds an old attempt and writes nothing.
    gate.open()
    await pause(50)
    expect(counts(h.db)).toEqual(before)
    expect(checkReady(h, id)).toBe(expected)
  })

  it('does not count restarts as failures, but ends a file that takes the process down for ever', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    for (let kills = 0; kills < 20; kills++) {
      claimJob(h.db, 60_000)
      h.restart().releaseAtBoot()
    }
    await h.restart().drain()
    checkReady(h, id)

    const poison = await h.add('Two.')
    for (let kills = 0; kills < 60; kills++) {
      claimJob(h.db, 60_000)
      h.restart().releaseAtBoot()
    }
    await h.restart().drain()
    expect(findDocument(h.db, poison.id)).toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
  })

  it('takes a job over when its lease ran out, and the slow worker writes nothing', async () => {
    const h = harness()
    const gate = new Gate()
    h.extractor.onPage = number => number === 2 ? gate.pass() : undefined
    const { id } = await h.add(longText(3))
    h.ingest.kick()
    await gate.arrived
    h.db.prepare('UPDATE jobs SET lease_until = ?').run(new Date(Date.now() - 1).toISOString())
    h.extractor.onPage = () => {}
    await h.restart().drain()
    const chunks = checkReady(h, id)
    gate.open()
    await h.ingest.drain()
    expect(checkReady(h, id)).toBe(chunks)
    expect(jobOf(h.db)).toMatchObject({ status: 'done', attempt: 2 })
  })

  it('keeps its lease while it works', async () => {
    const h = harness({ leaseMs: 60 })
    const gate = new Gate()
    h.embedder.onEmbed = () => gate.pass()
    const { id } = await h.add('One.')
    h.ingest.kick()
    await gate.arrived
    await pause(200)
    expect(claimJob(h.db, 60_000)).toBeNull()
    gate.open()
    await until(() => findDocument(h.db, id)!.status === 'ready')
    expect(jobOf(h.db)).toMatchObject({ attempt: 1 })
  })

  it('starts over after a change of embedder', async () => {
    const h = harness()
    const gate = new Gate()
    h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 64 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(40))
    h.ingest.kick()
    await gate.arrived
    await until(() => findDocumentRecord(h.db, id)!.pages !== null)
    await h.ingest.stop()
    h.embedder.onEmbed = () => {}
    Object.assign(h.embedder, { id: 'another-4' })
    await h.restart().drain()
    checkReady(h, id)
    expect(h.db.prepare('SELECT DISTINCT embedder FROM chunks').pluck().all()).toEqual(['another-4'])
  })

  it('sweeps what a crash left on the disk, and nothing else', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    writeFileSync(join(incomingDir(h.filesDir), 'cut-off'), 'half')
    writeFileSync(join(h.filesDir, 'a'.repeat(64)), 'no row')
    writeFileSync(join(h.filesDir, 'README'), 'not ours')
    expect(h.restart().releaseAtBoot()).toEqual({ released: 0, removedFiles: 2 })
    expect(readdirSync(h.filesDir).sort()).toEqual(['.incoming', 'README', findDocumentRecord(h.db, id)!.contentHash].sort())
  })
})

describe('acceptFiles', () => {
  it('recognises the same content, also among files that arrive together', async () => {
    const h = harness()
    const first = await acceptFiles(h, [h.receive('Same.', 'a.txt'), h.receive('Other.', 'b.txt'), h.receive('Same.', 'c.txt')])
    expect(first.documents.map(({ filename }) => filename)).toEqual(['a.txt', 'b.txt'])
    expect(first.duplicates.map(({ id }) => id)).toEqual([first.documents[0]!.id])
    const both = await Promise.all([acceptFiles(h, [h.receive('New.')]), acceptFiles(h, [h.receive('New.')])])
    expect(both.map(({ documents, duplicates }) => [documents.length, duplicates.length]).sort()).toEqual([[0, 1], [1, 0]])
    await h.ingest.drain()
    expect(counts(h.db)).toMatchObject({ documents: 3, chunks: 3 })
    expect(readdirSync(incomingDir(h.filesDir))).toEqual([])
    expect(readdirSync(h.filesDir)).toHaveLength(4)
  })

  it('brings a lost file back and tries a failed document again when its content comes again', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    await h.ingest.cancel(id)
    rmSync(join(h.filesDir, findDocumentRecord(h.db, id)!.contentHash))
    const again = await acceptFiles(h, [h.receive('One.')])
    expect(again).toMatchObject({ documents: [], duplicates: [{ id }], status: 201 })
    await h.ingest.drain()
    checkReady(h, id)
  })

  it('rejects what cannot be read, file by file', async () => {
    const h = harness()
    const result = await acceptFiles(h, [
      h.receive('', 'empty.txt'),
      h.receive('GIF89a', '../../picture.pdf'),
      { filename: 'big.pdf', error: new AppError('file_too_large', 413, 'Too large.') },
      h.receive('Good.', 'good.txt'),
    ])
    expect(result.documents).toHaveLength(1)
    expect(result.rejected.map(({ filename, code }) => [filename, code])).toEqual([
      ['empty.txt', 'empty_file'], ['picture.pdf', 'unsupported_type'], ['big.pdf', 'file_too_large'],
    ])
    expect(result.status).toBe(201)
    expect((await acceptFiles(h, [h.receive('GIF89a', 'x.gif')])).status).toBe(415)
    expect(readdirSync(incomingDir(h.filesDir))).toEqual([])
  })
})

import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findDocument } from '../../../../server/db/documents.ts'
import type { IngestReport } from '../../../../server/ingest/ingest-report.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { checkReady, counts, Gate, harness, longText, until } from './support/harness.ts'

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

  it('says on which page text is being recognised', async () => {
    const h = harness()
    h.extractor.recognises = true
    await h.add(longText(2))
    await h.ingest.drain()
    const recognising = h.seen.find(event => event.type === 'document' && event.data.progress.step === 'recognise')
    expect(recognising).toMatchObject({ data: { status: 'processing', progress: { done: 1, total: 2 } } })
    expect(h.seen.at(-1)).toMatchObject({ data: { status: 'ready' } })
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

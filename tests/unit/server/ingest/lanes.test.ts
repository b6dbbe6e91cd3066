import { describe, expect, it } from 'vitest'
import { findDocument } from '../../../../server/db/documents.ts'
import type { IngestReport } from '../../../../server/ingest/ingest-report.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { checkReady, counts, Gate, harness, longText, until, type Harness } from './support/harness.ts'

/** Documents of a page that never ends; the signal or the gate ends it. */
function hang(h: Harness): Gate {
  const gate = new Gate()
  h.extractor.onText = (text, signal) => text.includes('POISON') ? gate.pass(signal) : undefined
  return gate
}

const statusOf = (h: Harness, id: string) => findDocument(h.db, id)!.status

describe('files that take all of their time', () => {
  it('do not hold up those behind them, and get their own turn', async () => {
    const reports: IngestReport[] = []
    const h = harness({ slowAfterMs: 1_500, onAttempt: report => reports.push(report) })
    const gate = hang(h)
    const poison = [await h.add('POISON one.'), await h.add('POISON two.')]
    h.ingest.kick()
    await until(() => poison.every(({ id }) => statusOf(h, id) === 'processing'))
    const small = await Promise.all(Array.from({ length: 50 }, (_, index) => h.add(`Small document number ${index}.`)))
    h.ingest.kick()
    await until(() => small.every(({ id }) => statusOf(h, id) === 'ready'), 15_000)
    for (const { id } of small) checkReady(h, id)
    const states = poison.map(({ id }) => statusOf(h, id))
    expect(states.filter(status => status === 'processing').length, 'one of them kept its place').toBeGreaterThanOrEqual(1)
    expect(reports.filter(({ outcome }) => outcome === 'yielded').length).toBeGreaterThanOrEqual(1)

    gate.open()
    await until(() => poison.every(({ id }) => statusOf(h, id) === 'ready'))
    for (const { id } of poison) checkReady(h, id)
    expect(counts(h.db)).toMatchObject({ documents: 52, chunks: 52, fullText: 52, vectors: 52 })
  })

  it('keep both places while nobody waits', async () => {
    const reports: IngestReport[] = []
    const h = harness({ slowAfterMs: 1, onAttempt: report => reports.push(report) })
    const gate = hang(h)
    const poison = [await h.add('POISON one.'), await h.add('POISON two.'), await h.add('Quick.')]
    await h.ingest.cancel(poison[2]!.id)
    h.ingest.kick()
    await until(() => statusOf(h, poison[0]!.id) === 'processing' && statusOf(h, poison[1]!.id) === 'processing')
    gate.open()
    await until(() => poison.slice(0, 2).every(({ id }) => statusOf(h, id) === 'ready'))
    expect(reports.map(({ outcome }) => outcome)).toEqual(['done', 'done'])
  })

  it('give up new embeddings first, which lose nothing by it', async () => {
    const reports: IngestReport[] = []
    const h = harness({ embedder: null })
    const read = await h.add(longText(4))
    await h.ingest.drain()
    await h.ingest.stop()
    const gate = new Gate()
    h.embedder.onEmbed = (texts, signal) => texts[0]!.includes('Chapter') && h.embedder.embedded.length >= 32 ? gate.pass(signal) : undefined
    const ingest = h.restart({ embedder: h.embedder, slowAfterMs: 1, onAttempt: report => reports.push(report) })
    expect(ingest.embedStale()).toBe(1)
    ingest.kick()
    await gate.arrived
    const poison = await h.add('POISON.')
    const end = hang(h)
    ingest.kick()
    await end.arrived
    const quick = await h.add('Quick.')
    ingest.kick()
    await until(() => statusOf(h, quick.id) === 'ready')
    expect(reports.slice(0, 2).map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual(['embed yielded', 'ingest done'])
    expect(statusOf(h, poison.id)).toBe('processing')
    const before = h.embedder.embedded.length
    gate.open()
    end.open()
    await until(() => reports.length === 4)
    const chunks = checkReady(h, read.id)
    expect(h.embedder.embedded.length - before, 'what was embedded stays').toBeLessThan(chunks)
  })

  it('that fail again and again let the others through between their attempts', async () => {
    const h = harness({ backoffMs: 200 })
    h.extractor.onText = (text) => {
      if (text.includes('POISON')) throw new AppError('extractor_failed', 500, 'The reader died.')
    }
    const poison = [await h.add('POISON one.'), await h.add('POISON two.')]
    const small = await Promise.all(Array.from({ length: 20 }, (_, index) => h.add(`Small document number ${index}.`)))
    h.ingest.kick()
    await until(() => small.every(({ id }) => statusOf(h, id) === 'ready'))
    expect(poison.map(({ id }) => statusOf(h, id))).toEqual(['queued', 'queued'])
    await until(() => poison.every(({ id }) => statusOf(h, id) === 'failed'))
  })
})

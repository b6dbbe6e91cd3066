import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listUnfinishedDocuments, findDocument } from '../../../../server/db/documents.ts'
import { ensureVectorIndex } from '../../../../server/db/vectors.ts'
import { search } from '../../../../server/retrieval/search.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { checkReady, counts, FakeEmbedder, Gate, harness, longText, until, type Harness } from './support/harness.ts'
import { isRelevant } from '../../support/relevance.ts'

class OtherEmbedder extends FakeEmbedder {
  override readonly id = 'other-4'
}

const jobOf = ({ db }: Harness) => db.prepare('SELECT kind, status, attempt, last_error FROM jobs').get()
const embedders = ({ db }: Harness) => db.prepare('SELECT embedder, count(*) AS n FROM chunks GROUP BY embedder').all()
const progressOf = (h: Harness, id: string) => {
  const { status, progress } = findDocument(h.db, id)!
  return `${status} ${progress.step}`
}

/** A server that starts with another embedder than the one before it: the index in order, then what is stale queued. */
function restartWith(h: Harness, embedder: FakeEmbedder | null, options: Parameters<Harness['restart']>[0] = {}) {
  if (embedder) ensureVectorIndex(h.db, { embedderId: embedder.id, dimensions: embedder.dimensions })
  const ingest = h.restart({ embedder, ...options })
  ingest.releaseAtBoot()
  return { ingest, stale: embedder ? ingest.embedStale() : 0 }
}

/** A document of some ten chunks that was read without a model. */
async function readInKeywordMode(text = longText(2)) {
  const h = harness({ embedder: null })
  const { id } = await h.add(text)
  await h.ingest.drain()
  await h.ingest.stop()
  return { h, id }
}

describe('documents without vectors of the embedder in use', () => {
  it('get them in the background after keyword mode, stay ready, and show how far it is', async () => {
    const { h, id } = await readInKeywordMode()
    const { ingest, stale } = restartWith(h, h.embedder)
    expect(stale).toBe(1)
    expect(progressOf(h, id)).toBe('ready embed')
    expect(listUnfinishedDocuments(h.db).map(document => document.id)).toEqual([id])
    h.seen.length = 0
    await ingest.drain()

    const chunks = checkReady(h, id)
    expect(chunks).toBeGreaterThan(20)
    expect(h.embedder.embedded).toHaveLength(chunks)
    expect(h.extractor.calls, 'the file is not read again').toBe(1)
    expect(progressOf(h, id)).toBe('ready done')
    expect(jobOf(h)).toMatchObject({ kind: 'embed', status: 'done' })
    const states = h.seen.map(event => event.type === 'document' ? `${event.data.status} ${event.data.progress.step} ${event.data.progress.total}` : 'deleted')
    expect(states).toContain(`ready embed ${chunks}`)
    expect(states.at(-1)).toBe('ready done 1')
    expect(states.every(state => state.startsWith('ready'))).toBe(true)
    expect(ingest.embedStale(), 'nothing is left').toBe(0)
  })

  it('get those of a changed embedder, and only those', async () => {
    const h = harness()
    const { id } = await h.add(longText(2))
    await h.ingest.drain()
    await h.ingest.stop()
    const other = new OtherEmbedder()
    await restartWith(h, other).ingest.drain()
    const chunks = checkReady(h, id)
    expect(embedders(h)).toEqual([{ embedder: 'other-4', n: chunks }])
    expect(counts(h.db).vectors).toBe(chunks)
  })

  it('go on after a kill with the first chunk that is missing', async () => {
    const { h, id } = await readInKeywordMode()
    const gate = new Gate()
    let batches = 0
    h.embedder.onEmbed = (_, signal) => ++batches === 2 ? gate.pass(signal) : undefined
    const killed = restartWith(h, h.embedder)
    killed.ingest.kick()
    await gate.arrived
    expect(jobOf(h)).toMatchObject({ kind: 'embed', status: 'running' })

    const { ingest } = restartWith(h, h.embedder)
    expect(progressOf(h, id)).toBe('ready embed')
    await ingest.drain()
    const chunks = checkReady(h, id)
    expect(h.embedder.embedded).toHaveLength(chunks)
    gate.open()
    await killed.ingest.stop()
    expect(checkReady(h, id)).toBe(chunks)
  })

  it('stay ready when the server stops in the middle', async () => {
    const { h, id } = await readInKeywordMode()
    const gate = new Gate()
    h.embedder.onEmbed = (_, signal) => gate.pass(signal)
    const { ingest } = restartWith(h, h.embedder)
    ingest.kick()
    await gate.arrived
    await ingest.stop()
    expect(progressOf(h, id)).toBe('ready embed')
    expect(jobOf(h)).toMatchObject({ status: 'queued' })
  })

  it('stay as they are when it fails, and are tried again at the next start', async () => {
    const { h, id } = await readInKeywordMode()
    h.embedder.onEmbed = () => {
      throw new AppError('embedding_failed', 503, 'Down.')
    }
    const { ingest } = restartWith(h, h.embedder)
    ingest.kick()
    await until(() => (jobOf(h) as { status: string }).status === 'failed')
    expect(jobOf(h)).toMatchObject({ kind: 'embed', last_error: 'embedding_failed' })
    expect(progressOf(h, id)).toBe('ready done')
    expect(readdirSync(h.filesDir).length).toBe(2)
    await ingest.stop()

    h.embedder.onEmbed = () => {}
    await restartWith(h, h.embedder).ingest.drain()
    checkReady(h, id)
  })

  it('cannot be cancelled or retried, and can be deleted meanwhile', async () => {
    const { h, id } = await readInKeywordMode()
    const gate = new Gate()
    h.embedder.onEmbed = (_, signal) => gate.pass(signal)
    const { ingest } = restartWith(h, h.embedder)
    ingest.kick()
    await gate.arrived
    await expect(ingest.cancel(id)).rejects.toMatchObject({ code: 'not_in_progress', status: 409 })
    expect(() => ingest.retry(id)).toThrow(AppError)
    await ingest.remove(id)
    expect(counts(h.db)).toEqual({ documents: 0, pages: 0, chunks: 0, fullText: 0, vectors: 0, jobs: 0 })
  })

  it('come after what cannot be searched yet', async () => {
    const { h } = await readInKeywordMode()
    const order: string[] = []
    h.embedder.onEmbed = texts => void order.push(texts[0]!.includes('Freshly') ? 'new' : 'old')
    const { ingest } = restartWith(h, h.embedder, { concurrency: 1 })
    await h.add('Freshly uploaded text.')
    await ingest.drain()
    expect(order[0]).toBe('new')
    expect(order).toContain('old')
  })

  it('are left alone in keyword mode', async () => {
    const { h, id } = await readInKeywordMode()
    restartWith(h, h.embedder)
    await restartWith(h, null).ingest.drain()
    expect(progressOf(h, id)).toBe('ready done')
    expect(restartWith(h, h.embedder).stale).toBe(1)
  })

  it('are found by their words until then, beside those that have vectors', async () => {
    const { h } = await readInKeywordMode('Scott Joplin wrote the Maple Leaf Rag in Sedalia.')
    ensureVectorIndex(h.db, { embedderId: h.embedder.id, dimensions: 4 })
    const ingest = h.restart({ embedder: h.embedder })
    await h.add('The piano rolls of James Scott were cut in Missouri.')
    await ingest.drain()
    const [embedding] = await h.embedder.embed(['Maple Leaf Rag Sedalia'], 'query')
    const outcome = search(h.db, { query: 'Who wrote the Maple Leaf Rag in Sedalia?', filters: {}, limit: 5 }, { embedding: embedding!, embedderId: h.embedder.id })
    expect(outcome.results[0]!.text).toContain('Maple Leaf Rag')
    expect(outcome.results[0]!.stages.vector).toBeUndefined()
    expect(outcome.evidence!.similarity).toBeNull()
    expect(isRelevant(outcome)).toBe(true)
  })
})

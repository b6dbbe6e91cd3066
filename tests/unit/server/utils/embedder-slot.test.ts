import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findDocument } from '../../../../server/db/documents.ts'
import { formerIndex } from '../../../../server/db/former-vectors.ts'
import { readIndexSetting } from '../../../../server/db/vector-table.ts'
import type { EmbedderChoice } from '../../../../server/embed/choice.ts'
import type { EmbedderSettings } from '../../../../server/embed/open.ts'
import { createIngestQueue, type IngestQueue } from '../../../../server/ingest/queue.ts'
import { searchServing } from '../../../../server/retrieval/search.ts'
import { EmbedderSlot } from '../../../../server/utils/embedder-slot.ts'
import { startFakeEmbeddings, type FakeEmbeddings } from '../../support/fake-embeddings.ts'
import { startFakeHub, type FakeHub } from '../../support/fake-hub.ts'
import { repository } from '../../support/program.ts'
import { writeTinyModel } from '../../support/tiny-model.ts'
import { checkReady, harness, longText, until, type Harness } from '../ingest/support/harness.ts'

const ID = 'somebody/tiny'
const QUERY = 'How was a rag written and sold in chapter 1?'

let service: FakeEmbeddings
let hub: FakeHub
let h: Harness
let modelsDir: string
const open: { slot: EmbedderSlot, ingest: IngestQueue }[] = []

beforeAll(async () => {
  service = await startFakeEmbeddings()
  hub = await startFakeHub({ [ID]: writeTinyModel(join(mkdtempSync(join(tmpdir(), 'ragtime-slot-')), 'tiny'), { dimensions: 16 }) })
})
afterAll(() => Promise.all([service.close(), hub.close()]))
beforeEach(() => {
  service.always(null)
  h = harness({ embedder: null })
  modelsDir = mkdtempSync(join(tmpdir(), 'ragtime-slot-models-'))
})
afterEach(async () => {
  for (const { slot, ingest } of open.splice(0)) {
    await ingest.stop()
    await slot.close()
  }
})

const hosted = (dimensions: number): Partial<EmbedderSettings> => ({ choice: { kind: 'hosted', provider: 'openai', model: 'fake' }, url: service.url, dimensions })

/** What the start of a server does with the slot. */
async function start(settings: Partial<EmbedderSettings>, shippedDir = join(modelsDir, 'none')) {
  const started = Promise.withResolvers<void>()
  const said: string[] = []
  const slot = await EmbedderSlot.open({
    db: h.db, settings: { choice: { kind: 'shipped' }, url: null, keys: { voyage: null, openai: null }, dimensions: null, ...settings },
    places: { shippedDir, modelsDir, entry: join(repository, 'server/embed/worker.ts') },
    log: (level, message) => said.push(`${level} ${message}`),
    retryMs: 20,
    exchange: async (change) => {
      await started.promise
      await ingest.between(() => {
        change()
        ingest.embedStale()
      })
    },
  })
  const ingest = createIngestQueue({
    db: h.db, filesDir: h.filesDir, extractor: h.extractor, events: h.documentEvents, backoffMs: 5, servicePauseMs: 20, onSwap: () => slot.dismissFormer(),
    get embedder() {
      return slot.embedder
    },
  })
  ingest.releaseAtBoot()
  if (slot.embedder) ingest.embedStale()
  ingest.kick()
  started.resolve()
  const running = { slot, ingest, said }
  open.push(running)
  const search = async () => {
    const vectors = await Promise.all([slot.embedder, slot.former].filter(each => each !== null).map(async each => ({ embedding: (await each.embed([QUERY], 'query'))[0]!, embedderId: each.id })))
    return searchServing(h.db, { query: QUERY, filters: {}, limit: 5 }, [{ text: QUERY, vectors }]).outcome
  }
  return { ...running, search }
}
async function stop(running: { slot: EmbedderSlot, ingest: IngestQueue }) {
  open.splice(open.findIndex(({ slot }) => slot === running.slot), 1)
  await running.ingest.stop()
  await running.slot.close()
}
const isReady = (id: string) => findDocument(h.db, id)!.status === 'ready'
const isEmbedded = (embedder: string) => h.db.prepare('SELECT count(*) FROM chunks WHERE embedder IS NOT ?').pluck().get(embedder) === 0

describe('EmbedderSlot', () => {
  it('is off where none was chosen, and says so where there is none', async () => {
    expect((await start({ choice: { kind: 'none' } })).slot.status).toEqual({ id: null, state: 'off', message: null })
    const { slot } = await start({})
    expect(slot.embedder).toBeNull()
    expect(slot.status).toMatchObject({ state: 'missing', message: expect.stringMatching(/no embedding model/) as string })
  })

  it('asks a service what it is, and knows it the next time without asking', async () => {
    const first = await start(hosted(8))
    const id = `openai:fake@${new URL(service.url).host}-8`
    expect(first.slot.status).toEqual({ id, state: 'ready', message: null })
    await stop(first)
    service.always({ status: 503 })
    const { slot } = await start(hosted(8))
    expect(slot.status).toEqual({ id, state: 'ready', message: null })
    await expect(slot.embedder!.embed(['a'], 'query')).rejects.toMatchObject({ code: 'embedder_unavailable' })
    expect(slot.status.message).toMatch(/cannot be reached/)
  })

  it('says that a key is wrong and does not ask again', async () => {
    service.always({ status: 401 })
    const before = service.requests.length
    const { slot } = await start(hosted(8))
    expect(slot.status).toMatchObject({ id: null, state: 'failed', message: expect.stringMatching(/asks for a key/) as string })
    await new Promise(resolve => setTimeout(resolve, 100))
    expect(service.requests.length - before).toBe(1)
  })

  it('goes by words while a service is away, and by it once it is back, also for documents that came meanwhile', async () => {
    service.always({ status: 503 })
    const { slot, ingest, search, said } = await start(hosted(8))
    expect(slot.status).toMatchObject({ id: null, state: 'waiting', message: expect.stringMatching(/cannot be reached/) as string })
    const { id } = await h.add(longText(2))
    ingest.kick()
    await until(() => isReady(id))
    expect((await search()).mode).toBe('keyword')
    service.always(null)
    await until(() => slot.status.state === 'ready')
    await until(() => isEmbedded(slot.embedder!.id))
    expect((await search()).mode).toBe('hybrid')
    expect(said.at(-1)).toMatch(/^info The embedding model is there/)
  })

  it('lets the model before it go on until the chosen one is there, through an exchange in the middle of a document', async () => {
    const first = await start(hosted(8))
    const { id } = await h.add(longText(3))
    first.ingest.kick()
    await until(() => isReady(id))
    const eight = first.slot.embedder!.id
    await stop(first)

    // Both calls of the first try; what made the index that is there is not asked.
    service.next({ status: 503 }, { status: 503 })
    const { slot, ingest, search } = await start(hosted(24))
    expect(slot.status).toMatchObject({ id: eight, state: 'waiting' })
    expect(slot.embedder!.id).toBe(eight)
    const before = await search()
    expect(before.mode).toBe('hybrid')
    const late = await h.add(longText(8, ' late'), { filename: 'late.txt' })
    ingest.kick()
    await until(() => slot.status.state === 'ready')
    expect(slot.embedder!.dimensions).toBe(24)
    expect(slot.former?.id ?? eight).toBe(eight)
    expect((await search()).mode).toBe('hybrid')
    await until(() => isReady(late.id) && isEmbedded(slot.embedder!.id) && formerIndex(h.db) === null)
    for (const each of [id, late.id]) checkReady(h, each)
    expect(slot.former).toBeNull()
    expect(readIndexSetting(h.db)).toEqual({ embedderId: slot.embedder!.id, dimensions: 24 })
    expect((await search()).mode).toBe('hybrid')
  }, 30_000)

  it('fetches a model from a hub, has it the next time, and has it as the former one', async () => {
    const choice: EmbedderChoice = { kind: 'hub', id: ID }
    const first = await start({ choice, url: hub.url })
    await until(() => first.slot.status.state === 'ready')
    const tiny = first.slot.embedder!.id
    expect(tiny).toMatch(/^tiny-quantized-/)
    const { id } = await h.add(longText(2))
    first.ingest.kick()
    await until(() => isReady(id))
    await stop(first)
    const asked = hub.requests.length
    const again = await start({ choice, url: 'http://127.0.0.1:9' })
    expect(again.slot.status).toEqual({ id: tiny, state: 'ready', message: null })
    expect(hub.requests.length).toBe(asked)
    await stop(again)

    service.always({ delayMs: 30 })
    const { slot, search } = await start(hosted(8))
    expect(slot.former?.id).toBe(tiny)
    expect((await search()).mode).toBe('hybrid')
    await until(() => isEmbedded(slot.embedder!.id) && slot.former === null)
    expect((await search()).mode).toBe('hybrid')
  }, 30_000)

  it('says what is wrong with a model, and lets the one before it go on', async () => {
    const first = await start(hosted(8))
    const { id } = await h.add(longText(1))
    first.ingest.kick()
    await until(() => isReady(id))
    await stop(first)
    const { slot } = await start({ choice: { kind: 'folder', path: join(modelsDir, 'nowhere') }, url: service.url })
    expect(slot.status).toMatchObject({ state: 'failed', message: expect.stringMatching(/nowhere cannot be used: there is no folder/) as string })
    expect(slot.status.id).toBe(first.slot.embedder!.id)
  })
})

import { describe, expect, it } from 'vitest'
import { findDocument } from '../../../../server/db/documents.ts'
import { formerIndex, keepFormerIndex, restoreFormerVectors } from '../../../../server/db/former-vectors.ts'
import { ensureVectorIndex, nearestChunks } from '../../../../server/db/vectors.ts'
import type { Embedder } from '../../../../server/embed/types.ts'
import { searchServing } from '../../../../server/retrieval/search.ts'
import { createHashEmbedder } from '../../support/hash-embedder.ts'
import { checkReady, Gate, harness, longText, until, type Harness } from './support/harness.ts'

const QUERY = 'How was a rag written and sold in chapter 1?'
const indexOf = ({ id, dimensions }: Embedder) => ({ embedderId: id, dimensions })
const tables = ({ db }: Harness) => db.prepare(`SELECT name FROM sqlite_schema WHERE name IN ('chunks_vec', 'chunks_vec_former') ORDER BY name`).pluck().all()
const embedders = ({ db }: Harness) => db.prepare('SELECT DISTINCT embedder FROM chunks ORDER BY 1').pluck().all()

/** An embedder that stops for a gate after so many texts, and counts them. */
function counting(embedder: Embedder, stopAfter = Infinity) {
  const gate = new Gate()
  const counter = {
    ...embedder, gate, texts: 0,
    async embed(texts: string[], kind: 'query' | 'document', signal?: AbortSignal) {
      if (kind === 'document' && counter.texts >= stopAfter) await gate.pass(signal)
      if (kind === 'document') counter.texts += texts.length
      return embedder.embed(texts, kind, signal)
    },
  }
  return counter
}

/** A library of three documents, read with the first of two embedders of different dimensions. */
async function setUp() {
  const [a, b] = [createHashEmbedder({ id: 'first', dimensions: 64 }), createHashEmbedder({ id: 'second', dimensions: 24 })]
  const h = harness({ embedder: a })
  ensureVectorIndex(h.db, indexOf(a))
  const ids = await Promise.all(['red', 'green', 'blue'].map(async salt => (await h.add(longText(3, salt), { filename: `${salt}.txt` })).id))
  await h.ingest.drain()
  await h.ingest.stop()
  const search = async (by: Embedder[], documents?: string[]) => {
    const queries = await Promise.all(by.map(async each => ({ embedding: (await each.embed([QUERY], 'query'))[0]!, embedderId: each.id })))
    const { outcome: { mode, results } } = searchServing(h.db, { query: QUERY, filters: documents ? { documents } : {}, limit: 20 }, queries)
    return { mode, results: results.map(({ chunkId, stages }) => ({ chunkId, vector: stages.vector?.score })) }
  }
  /** A start with the second embedder, the first still at hand. */
  const change = (embedder: Embedder, onSwap = () => {}) => {
    keepFormerIndex(h.db, indexOf(embedder))
    ensureVectorIndex(h.db, indexOf(embedder))
    const ingest = h.restart({ embedder, onSwap })
    ingest.releaseAtBoot()
    return { ingest, stale: ingest.embedStale() }
  }
  return { h, a, b, ids, search, change }
}

describe('a change of the embedder', () => {
  it('leaves searches as they were until every document has its new vectors, over a kill, then swaps at once', async () => {
    const { h, a, b, ids, search, change } = await setUp()
    const before = await search([a])
    expect(before.mode).toBe('hybrid')
    let swaps = 0
    const slow = counting(b, 64)
    const { ingest, stale } = change(slow, () => swaps++)
    expect(stale).toBe(3)
    expect(await search([b, a])).toEqual(before)
    ingest.kick()
    await slow.gate.arrived
    expect(embedders(h)).toEqual(['first', 'second'])
    expect(formerIndex(h.db)).toEqual(indexOf(a))
    expect(await search([b, a]), 'in the middle').toEqual(before)
    const filtered = await search([b, a], [ids[1]!])
    expect(filtered.results.length).toBeGreaterThan(0)
    expect(filtered.results.every(({ vector }) => vector !== undefined)).toBe(true)
    expect((await search([b])).mode, 'a query of the new one meets no vector of the old one').toBe('keyword')

    // A document that comes now is in the new index alone, and found by its words.
    const late = await h.add('The xylophone came late.', { filename: 'late.txt' })
    const rest = counting(b)
    const next = change(rest, () => swaps++)
    expect(next.stale, 'those that wait already stay queued').toBe(0)
    await next.ingest.drain()
    await until(() => formerIndex(h.db) === null)
    expect(swaps).toBe(1)
    expect(tables(h)).toEqual(['chunks_vec'])
    expect(embedders(h)).toEqual(['second'])
    const chunks = [...ids, late.id].map(id => checkReady(h, id)).reduce((sum, count) => sum + count, 0)
    expect(slow.texts + rest.texts, 'each once').toBeLessThanOrEqual(chunks + 32)
    const after = await search([b, a])
    expect(after.mode).toBe('hybrid')
    expect(after).toEqual(await search([b]))
    await expect(search([a]), 'vectors of two models never meet').rejects.toThrow(/belongs to second/)
    slow.gate.open()
  })

  it('is complete also when what lacked its vectors is deleted, and leaves nothing of it in either index', async () => {
    const { h, a, b, ids, change } = await setUp()
    const slow = counting(b, 0)
    let swaps = 0
    const { ingest } = change(slow, () => swaps++)
    ingest.kick()
    await slow.gate.arrived
    const former = () => h.db.prepare('SELECT count(*) FROM chunks_vec_former').pluck().get() as number
    const all = former()
    await ingest.remove(ids[0]!)
    expect(former()).toBeLessThan(all)
    expect(h.db.prepare('SELECT count(*) FROM chunks_vec_former WHERE chunk_key NOT IN (SELECT key FROM chunks)').pluck().get()).toBe(0)
    expect(nearestChunks(h.db, { embedding: (await a.embed([QUERY], 'query'))[0]!, embedderId: a.id, k: 5 })).toHaveLength(5)
    await ingest.remove(ids[1]!)
    await ingest.remove(ids[2]!)
    await until(() => swaps === 1)
    expect(tables(h)).toEqual(['chunks_vec'])
  })

  it('can be taken back in the middle without embedding anything again', async () => {
    const { h, a, b, ids, search, change } = await setUp()
    const before = await search([a])
    const slow = counting(b, 64)
    const { ingest } = change(slow)
    ingest.kick()
    await slow.gate.arrived
    await ingest.stop()
    expect(embedders(h)).toEqual(['first', 'second'])

    restoreFormerVectors(h.db)
    const again = counting(a)
    expect(ensureVectorIndex(h.db, indexOf(a))).toMatchObject({ rebuilt: true, stale: 0 })
    const back = h.restart({ embedder: again })
    back.releaseAtBoot()
    expect(back.embedStale()).toBe(0)
    await back.drain()
    expect(again.texts).toBe(0)
    expect(embedders(h)).toEqual(['first'])
    expect(tables(h)).toEqual(['chunks_vec'])
    expect(await search([a])).toEqual(before)
    for (const id of ids) expect(findDocument(h.db, id)).toMatchObject({ status: 'ready', progress: { step: 'done' } })
  })
})

import { describe, expect, it } from 'vitest'
import { findDocument, hasReadySample } from '../../../../server/db/documents.ts'
import { eligibleDocuments } from '../../../../server/db/search.ts'
import { acceptFiles } from '../../../../server/ingest/accept.ts'
import { changeDocument } from '../../../../server/ingest/versions.ts'
import { search } from '../../../../server/retrieval/search.ts'
import { Gate, harness, until, type Harness } from './support/harness.ts'

async function read(h: Harness, text: string, filename = 'plan.txt') {
  const document = await h.add(text, { filename })
  await h.ingest.drain()
  return document
}

/** The texts that a search finds, and how many documents it looked through, by vector and by words. */
async function find(h: Harness, query: string, documents?: string[]) {
  const filters = documents ? { documents } : {}
  const [embedding] = await h.embedder.embed([query], 'query')
  const hybrid = search(h.db, { query, filters, limit: 10 }, { embedding: embedding!, embedderId: h.embedder.id })
  const words = search(h.db, { query, filters, limit: 10 }, null)
  expect(words.scope).toEqual(hybrid.scope)
  return { hybrid: hybrid.results.map(({ text }) => text).sort(), words: words.results.map(({ text }) => text).sort(), scope: hybrid.scope }
}

describe('a file under the name of a known one', () => {
  it('is offered as its new version, and takes its place once the owner says so and it is ready', async () => {
    const h = harness()
    const old = await read(h, 'The concert is on Monday.')
    expect(old).toMatchObject({ versionOf: null, replaces: null, replacedBy: null })
    const fresh = await h.add('The concert is on Tuesday.', { filename: 'plan.txt' })
    expect(fresh.versionOf).toEqual({ id: old.id, title: old.title })

    expect(changeDocument(h, fresh.id, { replaces: old.id })).toMatchObject({ versionOf: null, replaces: old.id })
    expect(findDocument(h.db, old.id)!.replacedBy, 'not before the new one is ready').toBeNull()
    expect((await find(h, 'concert Monday Tuesday')).words).toEqual(['The concert is on Monday.'])
    h.seen.length = 0
    await h.ingest.drain()
    expect(h.seen.at(-1), 'pages that show the old one hear of it').toMatchObject({ data: { id: old.id, replacedBy: fresh.id, status: 'ready' } })
    const found = await find(h, 'concert Monday Tuesday')
    expect(found).toEqual({ hybrid: ['The concert is on Tuesday.'], words: ['The concert is on Tuesday.'], scope: { documents: 1, documentsInFilter: 1 } })
    expect(eligibleDocuments(h.db, {})).toMatchObject({ documents: 1, chunks: 1, allChunks: 2, readyDocuments: 1 })
  })

  it('stays beside it where the owner wants both, also after all', async () => {
    const h = harness()
    const old = await read(h, 'The concert is on Monday.')
    const fresh = await read(h, 'The concert is on Tuesday.')
    expect(changeDocument(h, fresh.id, { replaces: null })).toMatchObject({ versionOf: null, replaces: null })
    expect((await find(h, 'concert')).words).toHaveLength(2)
    changeDocument(h, fresh.id, { replaces: old.id })
    expect((await find(h, 'concert')).words).toHaveLength(1)
    h.seen.length = 0
    changeDocument(h, fresh.id, { replaces: null })
    expect(h.seen).toMatchObject([{ data: { id: fresh.id } }, { data: { id: old.id, replacedBy: null } }])
    expect((await find(h, 'concert')).hybrid).toHaveLength(2)
  })

  it('makes a filter that names the old version mean the new one', async () => {
    const h = harness()
    const first = await read(h, 'The concert is on Monday.')
    const second = await read(h, 'The concert is on Tuesday.')
    const third = await read(h, 'The concert is on Wednesday.')
    await read(h, 'Another concert altogether.', 'other.txt')
    expect(third.versionOf!.id, 'of the newest').toBe(second.id)
    changeDocument(h, second.id, { replaces: first.id })
    changeDocument(h, third.id, { replaces: second.id })
    for (const { id } of [first, second, third]) expect(await find(h, 'concert', [id])).toMatchObject({ hybrid: ['The concert is on Wednesday.'], words: ['The concert is on Wednesday.'] })
    expect((await find(h, 'concert')).scope).toEqual({ documents: 2, documentsInFilter: 2 })
  })

  it('keeps the line of versions when one in the middle is deleted, and gives its place back when it is deleted itself', async () => {
    const h = harness()
    const first = await read(h, 'The concert is on Monday.')
    const second = await read(h, 'The concert is on Tuesday.')
    const third = await read(h, 'The concert is on Wednesday.')
    changeDocument(h, second.id, { replaces: first.id })
    changeDocument(h, third.id, { replaces: second.id })
    await h.ingest.remove(second.id)
    expect(findDocument(h.db, third.id)!.replaces).toBe(first.id)
    expect((await find(h, 'concert')).words).toEqual(['The concert is on Wednesday.'])
    await h.ingest.remove(third.id)
    expect(findDocument(h.db, first.id)!.replacedBy).toBeNull()
    expect(h.seen.at(-1)).toMatchObject({ data: { id: first.id, replacedBy: null } })
    expect((await find(h, 'concert')).words).toEqual(['The concert is on Monday.'])
  })

  it('is no offer for samples, for what is not ready, for other names, or twice', async () => {
    const h = harness()
    const gate = new Gate()
    h.extractor.onPage = (_, signal) => gate.pass(signal)
    await h.add('One.', { filename: 'plan.txt' })
    expect((await h.add('Two.', { filename: 'plan.txt' })).versionOf).toBeNull()
    h.ingest.kick()
    gate.open()
    await until(() => h.db.prepare(`SELECT count(*) FROM documents WHERE status = 'ready'`).pluck().get() === 2)
    expect((await h.add('Three.', { filename: 'other.txt' })).versionOf).toBeNull()
    const { documents: [sample] } = await acceptFiles(h, [h.receive('Four.', 'plan.txt')], { sample: true })
    expect(sample!.versionOf).toBeNull()
    await h.ingest.drain()
    expect(hasReadySample(h.db)).toBe(true)
    const again = await acceptFiles(h, [h.receive('One.', 'plan.txt')])
    expect(again).toMatchObject({ documents: [], duplicates: [{ versionOf: null }] })
  })

  it('refuses what would leave no document or two newest ones', async () => {
    const h = harness()
    const [a, b, c] = [await read(h, 'A.'), await read(h, 'B.'), await read(h, 'C.')]
    changeDocument(h, b.id, { replaces: a.id })
    const refused = (id: string, replaces: string) => {
      try {
        changeDocument(h, id, { replaces, title: 'Never' })
      }
      catch (error) {
        return error
      }
    }
    expect(refused(a.id, b.id), 'a circle').toMatchObject({ status: 409, code: 'not_a_version' })
    expect(refused(a.id, a.id), 'itself').toMatchObject({ status: 409 })
    expect(refused(c.id, a.id), 'two newer ones').toMatchObject({ status: 409 })
    expect(refused(c.id, crypto.randomUUID())).toMatchObject({ status: 400, code: 'unknown_version' })
    expect(refused(crypto.randomUUID(), a.id)).toMatchObject({ status: 404 })
    expect(findDocument(h.db, a.id)).toMatchObject({ replaces: null, replacedBy: b.id, title: a.title })
    expect(changeDocument(h, b.id, { replaces: a.id, title: 'Again' })).toMatchObject({ replaces: a.id, title: 'Again' })
    changeDocument(h, c.id, { replaces: b.id })
    expect(refused(a.id, c.id), 'a longer circle').toMatchObject({ status: 409 })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorBody } from '../../shared/schemas/chats.ts'
import type { Document, DocumentChunk } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import { startServer, type TestServer, type UploadFile } from './support/server.ts'

const files: UploadFile[] = [
  { name: 'joplin.txt', content: 'Scott Joplin grew up in Texarkana. The Maple Leaf Rag was published by John Stark in Sedalia in 1899. He moved to New York in 1907.\n' },
  { name: 'plants.txt', content: 'Photosynthesis turns light into sugar. The enzyme RuBisCO fixes carbon dioxide in the leaf.\n' },
  { name: 'code.md', content: '# Reading rolls\n\n```js\nexport function parsePianoRoll(bytes) { return decodeHoles(bytes) }\n```\n' },
]

describe('GET /api/search', () => {
  let server: TestServer
  let ids: string[]
  const search = async (query: Record<string, string>) => (await server.json<SearchResponse>(`/api/search?${new URLSearchParams(query)}`)).body

  beforeAll(async () => {
    server = await startServer()
    const { documents } = await server.upload(files)
    ids = documents.map(({ id }) => id)
    for (const id of ids) {
      await server.waitFor(async () => (await server.json<Document>(`/api/documents/${id}`)).body.status === 'ready', { timeoutMs: 60_000, what: 'the document to be ready' })
    }
  })
  afterAll(() => server.stop())

  it('finds the chunk in a hybrid search and shows the stages', async () => {
    const { mode, results } = await search({ q: 'Who brought out the Maple Leaf Rag?' })
    expect(mode).toBe('hybrid')
    const [best] = results
    expect(best).toMatchObject({ documentId: ids[0], page: 1, stages: { vector: { rank: 1 }, text: { rank: 1 }, fusion: { rank: 1 } } })
    expect(best!.score).toBeLessThanOrEqual(1)
    expect(best!.stages.vector!.score).toBeLessThanOrEqual(1)
    const text = await (await server.fetch(`/api/documents/${ids[0]}/text?start=${best!.start}&end=${best!.end}`)).text()
    expect(best!.text).toBe(text)
    const { body } = await server.json<{ items: DocumentChunk[] }>(`/api/documents/${ids[0]}/chunks`)
    const chunk = body.items.find(({ id }) => id === best!.chunkId)!
    expect(chunk.start).toBeGreaterThanOrEqual(best!.start)
    expect(chunk.end).toBeLessThanOrEqual(best!.end)
  })

  it('finds by meaning and by parts of a name', async () => {
    expect((await search({ q: 'How do vegetables make energy from the sun?' })).results[0]!.documentId).toBe(ids[1])
    expect((await search({ q: 'piano roll parser' })).results[0]!.documentId).toBe(ids[2])
  })

  it('filters inside the search', async () => {
    const only = await search({ q: 'Maple Leaf Rag', documents: `${ids[1]},${ids[2]}` })
    expect(new Set(only.results.map(({ documentId }) => documentId))).toEqual(new Set([ids[1], ids[2]]))
    expect((await search({ q: 'Maple Leaf Rag', since: '2999-01-01T00:00:00Z' })).results).toEqual([])
    expect((await search({ q: 'Maple Leaf Rag', collection: 'nowhere' })).results).toEqual([])
    expect((await search({ q: 'Maple Leaf Rag', limit: '1' })).results).toHaveLength(1)
  })

  it.each([
    ['no query', {}, 'q'],
    ['an empty query', { q: ' ' }, 'q'],
    ['a limit of nought', { q: 'rag', limit: '0' }, 'limit'],
    ['a limit that is no number', { q: 'rag', limit: 'many' }, 'limit'],
    ['something that is no document id', { q: 'rag', documents: 'joplin' }, 'documents.0'],
    ['something that is no time', { q: 'rag', since: 'yesterday' }, 'since'],
  ])('answers %s with 400 and its issue', async (_name, query, path) => {
    const { status, body } = await server.json<ErrorBody>(`/api/search?${new URLSearchParams(query)}`)
    expect(status).toBe(400)
    expect(body.code).toBe('invalid_request')
    expect(body.issues!.map(issue => issue.path)).toContain(path)
  })

  it('forgets a deleted document', async () => {
    const { documents: [document] } = await server.upload([{ name: 'short.txt', content: 'The xylorimba was played by Harold Breuer.' }])
    await server.waitFor(async () => (await search({ q: 'xylorimba' })).results.some(({ documentId }) => documentId === document!.id), { timeoutMs: 60_000, what: 'the document to be found' })
    await server.fetch(`/api/documents/${document!.id}`, { method: 'DELETE' })
    expect((await search({ q: 'xylorimba' })).results.some(({ documentId }) => documentId === document!.id)).toBe(false)
  })

  it('asks a stranger to sign in', async () => expect((await server.anonymous('/api/search?q=rag')).status).toBe(401))

  it('searches by words alone without a model, and by both once there is one again', async () => {
    await server.restart({ env: { RAGTIME_EMBEDDER: 'none' } })
    const { mode, results } = await search({ q: 'Maple Leaf Rag' })
    expect(mode).toBe('keyword')
    expect(results[0]).toMatchObject({ documentId: ids[0], stages: { text: { rank: 1 } } })
    expect(results[0]!.stages.vector).toBeUndefined()
    await server.restart({ env: { RAGTIME_EMBEDDER: 'minilm' } })
    const again = await search({ q: 'Maple Leaf Rag' })
    expect(again.mode).toBe('hybrid')
    expect(again.results[0]!.stages.vector).toMatchObject({ rank: 1 })
  })
})

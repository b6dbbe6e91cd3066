import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import { askAndWait, newChat, readAnswer, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
})
afterAll(async () => {
  await server?.stop()
})

const read = async (id: string) => (await server.json<Document>(`/api/documents/${id}`)).body
const patch = (id: string, json: unknown) => server.json<Document>(`/api/documents/${id}`, { method: 'PATCH', json })

describe('a new version of a known file', () => {
  it('is what new answers use, while old ones keep their quotes', async () => {
    const question = 'When does the festival in Sedalia begin?'
    const [old] = await uploadTexts(server, { 'festival.txt': 'The festival in Sedalia begins on the third of June.' })
    const chat = await newChat(server)
    const before = await askAndWait(server, chat.id, question)
    expect(before.citations[0]).toMatchObject({ documentId: old, quote: 'The festival in Sedalia begins on the third of June.' })

    const [fresh] = await uploadTexts(server, { 'festival.txt': 'The festival in Sedalia begins on the tenth of June.' })
    expect(await read(fresh!)).toMatchObject({ versionOf: { id: old, title: 'festival' }, replaces: null })
    expect((await patch(fresh!, { replaces: old })).body).toMatchObject({ versionOf: null, replaces: old })
    expect(await read(old!)).toMatchObject({ status: 'ready', replacedBy: fresh })

    const search = async (query: string) => (await server.json<SearchResponse>(`/api/search?q=festival+Sedalia${query}`)).body.results.map(({ documentId }) => documentId)
    expect(await search('')).toEqual([fresh])
    expect(await search(`&documents=${old}`)).toEqual([fresh])
    const after = await askAndWait(server, chat.id, question)
    expect(after.citations.map(({ documentId }) => documentId)).toEqual([fresh])
    expect((await readAnswer(server, chat.id, before.id)).citations).toEqual(before.citations)
    expect(await (await server.fetch(`/api/documents/${old}/text`)).text()).toContain('third of June')

    expect((await patch(old!, { replaces: fresh })).status).toBe(409)
    expect((await patch(fresh!, { replaces: 'nothing' })).status).toBe(400)
    expect((await patch(fresh!, { replaces: null })).body).toMatchObject({ replaces: null })
    expect((await search('')).toSorted()).toEqual([old, fresh].toSorted())
    await patch(fresh!, { replaces: old })
    expect((await server.fetch(`/api/documents/${fresh}`, { method: 'DELETE' })).ok).toBe(true)
    expect(await search('')).toEqual([old])
  })
})

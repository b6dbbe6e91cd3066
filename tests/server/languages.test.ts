import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import { startServer, type TestServer, type UploadFile } from './support/server.ts'

const files: UploadFile[] = [
  { name: 'schifffahrt.txt', content: 'Die Erste Donaudampfschifffahrtsgesellschaft entstand im Jahr 1829 und betrieb Linien nach Budapest. Ihre Flotte war bald die größte auf einem Fluss.\n' },
  { name: 'canciones.txt', content: 'Las canciones fueron publicadas por una editorial de la ciudad en el siglo pasado. El compositor nació en un pueblo pequeño.\n' },
  { name: 'dogovor.txt', content: 'Договор аренды заключается на срок до одного года и может быть продлён по соглашению сторон.\n' },
  { name: 'tushuguan.txt', content: '图书馆每天早上九点开门，晚上十点关门。读者可以借阅五本书。\n' },
  { name: 'joplin.txt', content: 'Scott Joplin grew up in Texarkana. The Maple Leaf Rag was published by John Stark in Sedalia in 1899.\n' },
]

/** With the model that every installation has, which knows English. */
describe('documents in other languages', () => {
  let server: TestServer
  let ids: string[]

  beforeAll(async () => {
    server = await startServer()
    const { documents } = await server.upload(files)
    ids = documents.map(({ id }) => id)
    for (const id of ids) {
      await server.waitFor(async () => (await server.json<Document>(`/api/documents/${id}`)).body.status === 'ready', { timeoutMs: 60_000, what: 'the document to be ready' })
    }
  })
  afterAll(() => server.stop())

  it.each([
    ['Gab es Dampfschiffe?', 0],
    ['¿Quién publicó la canción?', 1],
    ['О сроках договоров', 2],
    ['什么时候图书馆开门？', 3],
  ])('are found in other forms of their words: %s', async (q, index) => {
    const { results } = (await server.json<SearchResponse>(`/api/search?${new URLSearchParams({ q })}`)).body
    expect(results[0]).toMatchObject({ documentId: ids[index], stages: { text: { rank: 1 } } })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Document, DocumentBoxes, PageReportItem } from '../../shared/schemas/documents.ts'
import type { SearchResponse } from '../../shared/schemas/search.ts'
import type { Page } from '../../shared/schemas/status.ts'
import { column } from '../unit/server/extract/support/pdf.ts'
import { photograph, png, scannedPdf } from '../unit/server/extract/support/pictures.ts'
import { startServer, type TestServer } from './support/server.ts'

const LINES = ['The Mississippi Rag was printed in', 'Chicago in January of that year.']
const SENTENCE = LINES.join(' ')

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none', RAGTIME_SAMPLES: 'off' } })
})
afterAll(() => server?.stop())

async function read(name: string, content: Buffer): Promise<Document> {
  const { documents } = await server.upload([{ name, content }])
  return await server.waitFor(async () => {
    const { body } = await server.json<Document>(`/api/documents/${documents[0]!.id}`)
    return ['ready', 'failed'].includes(body.status) ? body : null
  }, { what: 'the document to be read', timeoutMs: 90_000 })
}

describe('text recognition in the built server', () => {
  it.each([
    ['a scanned PDF', 'scan.pdf', async () => scannedPdf([await photograph({ texts: column(72, 700, LINES) })])],
    ['a picture', 'scan.png', async () => png(await photograph({ texts: column(72, 690, LINES) }))],
  ])('%s is found by its words and boxed on its page', async (_, name, make) => {
    const document = await read(name, await make())
    expect([document.error, document.status]).toEqual([null, 'ready'])
    const { body: { items } } = await server.json<Page<PageReportItem>>(`/api/documents/${document.id}/report`)
    expect(items[0]!.report.ocr).toMatchObject({ languages: ['eng'] })
    expect(items[0]!.report.ocr!.confidence).toBeGreaterThan(80)

    const { body: { results } } = await server.json<SearchResponse>(`/api/search?q=Mississippi+Rag&documents=${document.id}`)
    const start = results[0]!.start + results[0]!.text.indexOf(SENTENCE)
    expect(results[0]!.text).toContain(SENTENCE)
    const { body: boxes } = await server.json<DocumentBoxes>(`/api/documents/${document.id}/boxes?start=${start}&end=${start + SENTENCE.length}`)
    expect(boxes).toMatchObject({ located: true, pages: [{ number: 1 }] })
    expect(boxes.pages[0]!.boxes).toHaveLength(LINES.length)
  })

  it('a picture without words fails and says so', async () => {
    const blank = await photograph({ texts: [] })
    expect(await read('blank.png', png(blank))).toMatchObject({ status: 'failed', error: { code: 'no_text' } })
  })
})

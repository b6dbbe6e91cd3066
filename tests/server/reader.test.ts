import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentBoxesSchema, pageReportItemSchema, type Document, type DocumentBoxes, type PageReportItem } from '../../shared/schemas/documents.ts'
import type { Page } from '../../shared/schemas/status.ts'
import { column, makePdf } from '../unit/server/extract/support/pdf.ts'
import { startServer, type TestServer } from './support/server.ts'

const LINES = ['A sentence of the first page goes', 'on over two lines of it. Another', 'one follows.']
const INVISIBLE = 'Nobody can see this sentence on the page.'

let server: TestServer
let document: Document
let text: string
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none', RAGTIME_SAMPLES: 'off' } })
  const content = makePdf([
    { texts: column(60, 700, LINES) },
    { content: `BT /F1 10 Tf 1 0 0 1 60 700 Tm (The second page says something of its own.) Tj 3 Tr 1 0 0 1 60 600 Tm (${INVISIBLE}) Tj ET` },
    {},
  ])
  const { documents } = await server.upload([{ name: 'places.pdf', content }])
  document = await server.waitFor(async () => {
    const { body } = await server.json<Document>(`/api/documents/${documents[0]!.id}`)
    return body.status === 'ready' ? body : null
  }, { what: 'the document to be ready', timeoutMs: 60_000 })
  text = await (await server.fetch(`/api/documents/${document.id}/text`)).text()
})
afterAll(() => server?.stop())

const boxes = (query: string) => server.json<DocumentBoxes & { code?: string, issues?: { path: string }[] }>(`/api/documents/${document.id}/boxes${query}`)
const report = (query = '') => server.json<Page<PageReportItem> & { issues?: { path: string }[] }>(`/api/documents/${document.id}/report${query}`)

describe('GET /api/documents/:id/boxes', () => {
  it('gives a box for each line of a sentence', async () => {
    const start = text.indexOf('A sentence')
    const end = text.indexOf('of it.') + 'of it.'.length
    const { status, body } = await boxes(`?start=${start}&end=${end}`)
    expect(status).toBe(200)
    expect(documentBoxesSchema.parse(body)).toEqual(body)
    expect(body).toMatchObject({ located: true, pages: [{ number: 1, width: 612, height: 792 }] })
    const [first, second] = body.pages[0]!.boxes
    expect(body.pages[0]!.boxes).toHaveLength(2)
    for (const box of [first!, second!]) expect(box[0]).toBeCloseTo(60, 0)
    expect(second![3] - first![3]).toBeCloseTo(12, 0)
  })

  it('says when a range has no place', async () => {
    expect((await boxes(`?start=${text.length + 5}&end=${text.length + 9}`)).body).toEqual({ located: false, pages: [] })
  })

  it.each(['', '?start=3', '?start=9&end=3', '?start=5&end=5', '?start=0&end=20001', '?start=x&end=9'])('refuses %j', async (query) => {
    expect(await boxes(query)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })
})

describe('GET /api/documents/:id/report', () => {
  it('tells of each page what was read, and shows hidden text there alone', async () => {
    const { status, body } = await report()
    expect(status).toBe(200)
    for (const item of body.items) expect(pageReportItemSchema.parse(item)).toEqual(item)
    expect(body).toMatchObject({ nextCursor: null, items: [{ number: 1, attention: [] }, { number: 2, attention: ['hidden'] }, { number: 3, attention: ['empty'] }] })
    expect(body.items[1]!.report.hidden).toEqual([{ reason: 'invisible', text: INVISIBLE, characters: INVISIBLE.replaceAll(' ', '').length }])
    expect(text).not.toContain('Nobody')
    expect(document.attention).toMatchObject({ hidden: 1, empty: 1, scanned: 0 })
  })

  it('comes page by page, and of pages worth a look alone', async () => {
    const first = (await report('?limit=1')).body
    expect([first.items.map(({ number }) => number), first.nextCursor]).toEqual([[1], '2'])
    expect((await report('?limit=1&cursor=2')).body).toMatchObject({ items: [{ number: 2 }], nextCursor: '3' })
    expect((await report('?attention=true')).body.items.map(({ number }) => number)).toEqual([2, 3])
    expect(await report('?attention=maybe')).toMatchObject({ status: 400, body: { issues: [{ path: 'attention' }] } })
  })
})

it('neither is there for strangers or of unknown documents', async () => {
  for (const part of ['boxes?start=0&end=1', 'report']) {
    expect((await server.anonymous(`/api/documents/${document.id}/${part}`)).status).toBe(401)
    expect((await server.json(`/api/documents/${crypto.randomUUID()}/${part}`)).status).toBe(404)
  }
})

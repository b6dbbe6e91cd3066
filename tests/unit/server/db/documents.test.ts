import { describe, expect, it } from 'vitest'
import { documentSchema } from '../../../../shared/schemas/documents.ts'
import { plainReport } from '../../../../shared/utils/page-notes.ts'
import * as documents from '../../../../server/db/documents.ts'
import { insertPages } from '../../../../server/db/pages.ts'
import { temporaryDatabase } from '../../support/database.ts'

const { db } = temporaryDatabase()
let count = 0
const insert = (more: Partial<documents.NewDocument> = {}) => documents.insertDocument(db, {
  contentHash: `hash-${count++}`, title: 'A title', filename: 'a.txt', mediaType: 'text/plain', bytes: 12, ...more,
})!

describe('documents', () => {
  it('are stored once for each content', () => {
    const { key, document } = insert({ contentHash: 'same', sample: true, collection: 'rags' })
    expect(documentSchema.parse(document)).toEqual(document)
    expect(document).toMatchObject({ status: 'queued', sample: true, collection: 'rags', progress: { step: 'queued', done: 0, total: 0 }, error: null })
    expect(documents.insertDocument(db, { contentHash: 'same', title: 'B', filename: 'b.txt', mediaType: 'text/plain', bytes: 12 })).toBeNull()
    expect(documents.findDocumentByHash(db, 'same')).toEqual(document)
    expect(documents.findDocument(db, document.id)).toEqual(document)
    expect(documents.findDocumentRecord(db, document.id)).toEqual(documents.findDocumentRecordByKey(db, key))
    expect(documents.findDocument(db, crypto.randomUUID())).toBeNull()
  })

  it('know where they came from, until they are deleted', () => {
    const source = { url: 'https://example.org/rags', fetchedAt: '2026-01-01T00:00:00.000Z' }
    const { key, document } = insert({ source })
    expect(documents.findDocument(db, document.id)!.source).toEqual(source)
    expect(insert().document.source).toBeNull()
    documents.setDeleting(db, key)
    expect(db.prepare('SELECT source_url, fetched_at FROM documents WHERE key = ?').get(key)).toEqual({ source_url: null, fetched_at: null })
    documents.deleteDocumentRow(db, key)
  })

  it('are listed newest first, page by page, without gaps or repeats while others come and go', () => {
    db.prepare('DELETE FROM documents').run()
    const ids = Array.from({ length: 12 }, () => insert().document.id)
    // The same time for several of them: the id decides.
    db.prepare(`UPDATE documents SET created_at = '2026-01-01T00:00:00.000Z' WHERE key % 3 <> 0`).run()
    const expected = db.prepare('SELECT id FROM documents ORDER BY created_at DESC, id DESC').pluck().all()
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const page = documents.listDocuments(db, { limit: 5, cursor })
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor ?? undefined
      insert()
      if (cursor) db.prepare('DELETE FROM documents WHERE id = ?').run(seen[0])
    } while (cursor)
    expect(seen).toEqual(expected)
    expect(seen).toHaveLength(ids.length)
  })

  it('are filtered by status and collection, and a foreign cursor starts from the beginning', () => {
    db.prepare('DELETE FROM documents').run()
    const one = insert({ collection: 'x' })
    insert()
    documents.setReady(db, one.key)
    expect(documents.listDocuments(db, { limit: 5, status: 'ready' }).items.map(({ id }) => id)).toEqual([one.document.id])
    expect(documents.listDocuments(db, { limit: 5, collection: 'x' }).items).toHaveLength(1)
    expect(documents.listDocuments(db, { limit: 5, cursor: '%%%' }).items).toHaveLength(2)
    expect(documents.listUnfinishedDocuments(db)).toHaveLength(1)
  })

  it('count the pages that are worth a look when they get ready', () => {
    const { key, document: { id } } = insert()
    const page = { label: null, start: 0, end: 0, text: '', width: null, height: null, blocks: [], boxes: null }
    const hidden = [{ reason: 'tiny' as const, text: 'x', characters: 1 }]
    insertPages(db, key, [
      { ...page, number: 1, flags: [], report: { ...plainReport('text'), hidden } },
      { ...page, number: 2, flags: ['truncated'], report: { ...plainReport('text'), hidden } },
      { ...page, number: 3, flags: [], report: plainReport('text') },
    ])
    expect(documents.findDocument(db, id)!.attention).toBeNull()
    documents.setReady(db, key)
    const ready = documents.findDocument(db, id)!
    expect(documentSchema.parse(ready).attention).toEqual({ scanned: 0, uncertain: 0, hidden: 2, incomplete: 1, repaired: 0, empty: 0 })
    const plain = insert()
    documents.setReady(db, plain.key)
    expect(documents.findDocument(db, plain.document.id)!.attention).toBeNull()
    documents.setQueued(db, key)
    expect(documents.findDocument(db, id)!.attention).toBeNull()
  })

  it('change what the owner may change', () => {
    const { document: { id } } = insert()
    expect(documents.updateDocument(db, id, { title: 'New' })).toMatchObject({ title: 'New', collection: 'default' })
    expect(documents.updateDocument(db, id, { collection: 'rags' })).toMatchObject({ title: 'New', collection: 'rags' })
    expect(documents.updateDocument(db, crypto.randomUUID(), { title: 'New' })).toBeNull()
  })

  it('go through progress, failure and readiness', () => {
    const { key, document: { id } } = insert()
    documents.setProgress(db, key, { step: 'extract', done: 3, total: 10, secondsLeft: 42 })
    expect(documents.findDocument(db, id)).toMatchObject({ status: 'processing', progress: { step: 'extract', done: 3, total: 10, secondsLeft: 42 } })
    documents.setFailed(db, key, { code: 'damaged_file', message: 'Damaged.' })
    expect(documents.findDocument(db, id)).toMatchObject({ status: 'failed', error: { code: 'damaged_file', message: 'Damaged.' } })
    documents.setQueued(db, key)
    expect(documents.findDocument(db, id)).toMatchObject({ status: 'queued', error: null, progress: { step: 'queued', done: 0, total: 0, secondsLeft: null } })
    documents.setExtracted(db, key, { pages: 10, length: 500, chunkCount: 4 })
    documents.setReady(db, key)
    expect(documents.findDocument(db, id)).toMatchObject({ status: 'ready', pages: 10, chunkCount: 4, readyAt: expect.any(String) })
  })

  it('are hidden and free their content while they are being deleted', () => {
    const { key, document: { id } } = insert({ contentHash: 'going' })
    documents.setDeleting(db, key)
    expect(documents.findDocument(db, id)).toBeNull()
    expect(documents.findDocumentRecord(db, id)).toBeNull()
    expect(documents.updateDocument(db, id, { title: 'x' })).toBeNull()
    expect(documents.listDocuments(db, { limit: 200 }).items.some(document => document.id === id)).toBe(false)
    expect(documents.listContentHashes(db)).not.toContain('going')
    expect(documents.listDeleting(db)).toEqual([key])
    expect(insert({ contentHash: 'going' }).document.status).toBe('queued')
    documents.deleteDocumentRow(db, key)
    expect(documents.listDeleting(db)).toEqual([])
  })
})

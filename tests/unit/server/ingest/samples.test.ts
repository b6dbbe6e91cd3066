import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { findDocument, listDocuments } from '../../../../server/db/documents.ts'
import { importSamples, listSamples } from '../../../../server/ingest/samples.ts'
import { harness } from './support/harness.ts'

const folder = fileURLToPath(new URL('../../../../samples', import.meta.url))

describe('importSamples', () => {
  it('queues the samples at the first start and never again', async () => {
    const h = harness()
    const samples = await listSamples(folder)
    const context = { ...h, ingest: { kick() {}, retry: h.ingest.retry } }
    const result = await importSamples(context, folder)
    expect(result!.rejected).toEqual([])
    expect(result!.documents.map(({ filename, title, sample }) => ({ filename, title, sample })))
      .toEqual(samples.map(({ filename, title }) => ({ filename, title, sample: true })))

    const gone = result!.documents[0]!.id
    await h.ingest.remove(gone)
    expect(await importSamples(context, folder)).toBeNull()
    expect(findDocument(h.db, gone)).toBeNull()
    expect(listDocuments(h.db, { limit: 50 }).items).toHaveLength(samples.length - 1)
  })

  it('makes up for a crash in the middle without doubling anything', async () => {
    const h = harness()
    const context = { ...h, ingest: { kick() {}, retry: h.ingest.retry } }
    await importSamples(context, folder)
    h.db.prepare(`DELETE FROM settings WHERE key = 'samples_imported'`).run()
    const again = await importSamples(context, folder)
    expect(again!.documents).toEqual([])
    expect(again!.duplicates.length).toBeGreaterThan(5)
  })
})

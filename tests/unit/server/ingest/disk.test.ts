import { describe, expect, it } from 'vitest'
import { findDocument } from '../../../../server/db/documents.ts'
import type { IngestReport } from '../../../../server/ingest/ingest-report.ts'
import { progressLabel } from '../../../../shared/utils/document-progress.ts'
import { checkReady, counts, harness, longText, until } from './support/harness.ts'

const noSpace = () => Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })

describe('a full disk', () => {
  it.each(['extraction', 'embedding', 'the next write'])('during %s makes a document wait, not fail, until there is room', async (where) => {
    const reports: IngestReport[] = []
    let hasRoom = true
    const h = harness({ hasRoom: () => hasRoom, onAttempt: report => reports.push(report) })
    const fillDisk = () => {
      hasRoom = false
      if (where !== 'the next write') throw noSpace()
    }
    if (where === 'embedding') h.embedder.onEmbed = () => h.embedder.embedded.length >= 32 ? fillDisk() : undefined
    else h.extractor.onPage = number => number === 5 ? fillDisk() : undefined
    const { id } = await h.add(longText(12))
    await h.ingest.drain()
    const waiting = findDocument(h.db, id)!
    expect(waiting).toMatchObject({ status: 'queued', error: { code: 'disk_full', message: expect.stringContaining('by itself') } })
    expect(progressLabel(waiting)).toBe('Waiting for space on the disk')
    expect(reports).toMatchObject([{ outcome: 'released', code: 'disk_full' }])
    for (let turn = 0; turn < 5; turn++) await h.ingest.drain()
    expect(reports, 'nothing is tried meanwhile').toHaveLength(1)

    h.extractor.onPage = () => {}
    h.embedder.onEmbed = () => {}
    hasRoom = true
    h.db.prepare('UPDATE jobs SET run_after = ?').run(new Date().toISOString())
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'ready')
    checkReady(h, id)
    expect(findDocument(h.db, id)!.error).toBeNull()
    expect(h.db.prepare('SELECT attempt, max_attempts AS max FROM jobs').get(), 'it cost no attempt').toEqual({ attempt: 2, max: 4 })
  })

  it('leaves new embeddings for later, and the document as it is', async () => {
    const h = harness({ embedder: null })
    const { id } = await h.add(longText(3))
    await h.ingest.drain()
    await h.ingest.stop()
    let hasRoom = true
    h.embedder.onEmbed = () => {
      hasRoom = false
    }
    const ingest = h.restart({ embedder: h.embedder, hasRoom: () => hasRoom })
    ingest.embedStale()
    await ingest.drain()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'ready', error: null, progress: { step: 'embed' } })
    expect(counts(h.db).vectors).toBe(0)
    h.embedder.onEmbed = () => {}
    hasRoom = true
    h.db.prepare('UPDATE jobs SET run_after = ?').run(new Date().toISOString())
    await ingest.drain()
    checkReady(h, id)
  })
})

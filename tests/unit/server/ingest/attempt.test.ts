import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findDocument, findDocumentRecord } from '../../../../server/db/documents.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { progressLabel } from '../../../../shared/utils/document-progress.ts'
import { checkReady, counts, harness, longText, until } from './support/harness.ts'

const jobOf = (db: ReturnType<typeof harness>['db']) => db.prepare('SELECT status, attempt, max_attempts, last_error FROM jobs').get()

describe('failures', () => {
  it('ends at once when the file is to blame, and leaves nothing but the file and the reason', async () => {
    const h = harness()
    h.extractor.onPage = (number) => {
      if (number === 3) throw new AppError('damaged_file', 422, 'This file is damaged.')
    }
    const { id } = await h.add(longText(4))
    await h.ingest.drain()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'failed', pages: null, chunkCount: 0, error: { code: 'damaged_file', message: 'This file is damaged.' } })
    expect(counts(h.db)).toMatchObject({ documents: 1, pages: 0, chunks: 0, fullText: 0, vectors: 0 })
    expect(jobOf(h.db)).toMatchObject({ status: 'failed', attempt: 1, last_error: 'damaged_file' })
    expect(existsSync(join(h.filesDir, findDocumentRecord(h.db, id)!.contentHash))).toBe(true)
  })

  it('tries again after a failure that may pass, and embeds only what is missing', async () => {
    const h = harness()
    let calls = 0
    h.embedder.onEmbed = () => {
      if (++calls === 2) throw new AppError('embedding_failed', 503, 'No embeddings right now.')
    }
    const { id } = await h.add(longText(6))
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'ready')
    const chunks = checkReady(h, id)
    expect(h.extractor.calls).toBeLessThanOrEqual(2)
    expect(new Set(h.embedder.embedded).size).toBe(chunks)
    expect(jobOf(h.db)).toMatchObject({ status: 'done', attempt: 2 })
  })

  it('gives up after three attempts and says why; a retry starts afresh', async () => {
    const h = harness()
    h.embedder.onEmbed = () => {
      throw new AppError('embedding_failed', 503, 'No embeddings right now.')
    }
    const { id } = await h.add(longText(1))
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'failed')
    expect(jobOf(h.db)).toMatchObject({ status: 'failed', attempt: 3 })
    expect(findDocument(h.db, id)!.error).toEqual({ code: 'embedding_failed', message: 'No embeddings right now.' })
    expect(counts(h.db)).toMatchObject({ pages: 0, chunks: 0, fullText: 0, vectors: 0 })

    h.embedder.onEmbed = () => {}
    expect(h.ingest.retry(id)).toMatchObject({ id, error: null })
    await until(() => findDocument(h.db, id)!.status === 'ready')
    checkReady(h, id)
    expect(() => h.ingest.retry(id)).toThrow(/already/)
  })

  it('waits for an embedding service that is away, and loses no attempt by it', async () => {
    const h = harness({ servicePauseMs: 5 })
    let calls = 0
    h.embedder.onEmbed = () => {
      if (++calls <= 6) throw new AppError('embedder_unavailable', 503, 'The service cannot be reached.')
    }
    const { id } = await h.add(longText(2))
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'queued' && findDocument(h.db, id)!.error !== null)
    const waiting = findDocument(h.db, id)!
    expect(waiting.error).toMatchObject({ code: 'embedder_unavailable', message: expect.stringMatching(/goes on by itself/) as string })
    expect(progressLabel(waiting)).toBe('Waiting for the embedding service')
    await until(() => findDocument(h.db, id)!.status === 'ready')
    checkReady(h, id)
    expect(findDocument(h.db, id)!.error).toBeNull()
    expect(calls).toBeGreaterThan(6)
  })

  it('shows no inner message of an unexpected error', async () => {
    const h = harness()
    h.extractor.onPage = () => {
      throw new TypeError('secret text of the document')
    }
    const { id } = await h.add('One.')
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'failed')
    expect(findDocument(h.db, id)!.error).toEqual({ code: 'ingest_failed', message: expect.not.stringContaining('secret') })
  })

  it('waits longer before each further attempt', async () => {
    const h = harness({ backoffMs: 60 })
    const times: number[] = []
    h.extractor.onPage = () => {
      times.push(performance.now())
      throw new Error('again')
    }
    const { id } = await h.add('One.')
    h.ingest.kick()
    await until(() => findDocument(h.db, id)!.status === 'failed')
    expect(times).toHaveLength(3)
    expect(times[1]! - times[0]!).toBeGreaterThan(40)
    expect(times[2]! - times[1]!).toBeGreaterThan(160)
  })

  it.each([[['looks_scanned'], 'looks_scanned'], [['empty'], 'no_text']])('says so when there is no text: %s', async (flags, code) => {
    const h = harness()
    h.extractor.flags = flags
    const { id } = await h.add(' \f ')
    await h.ingest.drain()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'failed', error: { code } })
  })
})

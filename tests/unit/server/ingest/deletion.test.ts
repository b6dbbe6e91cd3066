import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findDocument, findDocumentRecord } from '../../../../server/db/documents.ts'
import { checkReady, counts, Gate, harness, longText, until } from './support/harness.ts'

describe('remove', () => {
  it('leaves nothing in the database file or on the disk', async () => {
    const h = harness()
    const { id } = await h.add(`${longText(3)} The word xylophonist stands here alone.`)
    const kept = await h.add('Another one stays.')
    await h.ingest.drain()
    await h.ingest.remove(id)
    expect(findDocument(h.db, id)).toBeNull()
    expect(counts(h.db)).toEqual({ documents: 1, pages: 1, chunks: 1, fullText: 1, vectors: 1, jobs: 1 })
    expect(readdirSync(h.filesDir).filter(name => name !== '.incoming')).toEqual([findDocumentRecord(h.db, kept.id)!.contentHash])
    expect(h.seen.at(-1)).toEqual({ type: 'deleted', data: { id } })
    checkReady(h, kept.id)
    h.db.pragma('wal_checkpoint(TRUNCATE)')
    expect(readFileSync(h.path).includes('xylophonist')).toBe(false)
    await expect(h.ingest.remove(id)).rejects.toMatchObject({ status: 404 })
  })

  it('leaves nothing of a large document either, and is quick about it', async () => {
    const h = harness()
    const text = longText(60, 'ragtimeproof')
    const { id } = await h.add(text)
    const kept = await h.add(longText(3))
    await h.ingest.drain()
    const started = performance.now()
    await h.ingest.remove(id)
    // 600 chunks deleted one by one securely take over a second on an idle machine.
    console.info(`removed in ${Math.round(performance.now() - started)} ms`)
    checkReady(h, kept.id)
    h.db.prepare(`INSERT INTO chunks_fts (chunks_fts, rank) VALUES ('integrity-check', 1)`).run()
    h.db.pragma('wal_checkpoint(TRUNCATE)')
    const file = readFileSync(h.path)
    expect(file.includes('ragtimeproof')).toBe(false)
    for (let page = 0; page < 60; page++) expect(file.includes(`${page}ragtimeproof`)).toBe(false)
  })

  it.each(['extraction', 'embedding'])('works during %s', async (where) => {
    const h = harness()
    const gate = new Gate()
    if (where === 'extraction') h.extractor.onPage = (number, signal) => number === 40 ? gate.pass(signal) : undefined
    else h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 64 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(60))
    h.ingest.kick()
    await gate.arrived
    await h.ingest.remove(id)
    gate.open()
    await pause(10)
    expect(counts(h.db)).toEqual({ documents: 0, pages: 0, chunks: 0, fullText: 0, vectors: 0, jobs: 0 })
    expect(readdirSync(h.filesDir)).toEqual(['.incoming'])
  })

  it('makes room for the same content at once', async () => {
    const h = harness()
    const text = longText(20)
    const first = await h.add(text)
    await h.ingest.drain()
    const removed = h.ingest.remove(first.id)
    const second = await h.add(text)
    await removed
    expect(second.id).not.toBe(first.id)
    await h.ingest.drain()
    checkReady(h, second.id)
    expect(counts(h.db)).toMatchObject({ documents: 1, pages: 20 })
  })

  it('goes on after a crash in the middle', async () => {
    const h = harness()
    const { id } = await h.add(longText(40, 'ragtimeproof'))
    await h.ingest.drain()
    const removed = h.ingest.remove(id)
    await h.ingest.stop() // The next batch of the deletion finds the queue stopped.
    await expect(removed).rejects.toThrow(/next start/)
    expect(findDocument(h.db, id)).toBeNull()
    expect(counts(h.db).chunks).toBeGreaterThan(0)

    h.restart().releaseAtBoot()
    await until(() => counts(h.db).documents === 0)
    expect(counts(h.db)).toEqual({ documents: 0, pages: 0, chunks: 0, fullText: 0, vectors: 0, jobs: 0 })
    h.db.pragma('wal_checkpoint(TRUNCATE)')
    expect(readFileSync(h.path).includes('ragtimeproof')).toBe(false)
  })
})

import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { findDocument, findDocumentRecord } from '../../../../server/db/documents.ts'
import { claimJob } from '../../../../server/db/jobs.ts'
import { incomingDir } from '../../../../server/ingest/files.ts'
import { checkReady, counts, Gate, harness, longText, until } from './support/harness.ts'

const jobOf = (db: ReturnType<typeof harness>['db']) => db.prepare('SELECT status, attempt, max_attempts, last_error FROM jobs').get()

describe('restarts', () => {
  it('gives work back at a stop and goes on where it was', async () => {
    const h = harness()
    const gate = new Gate()
    h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 128 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(60))
    h.ingest.kick()
    await gate.arrived
    await until(() => findDocumentRecord(h.db, id)!.pages !== null)
    await h.ingest.stop()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'queued' })
    expect(jobOf(h.db)).toMatchObject({ status: 'queued', attempt: 1, max_attempts: 4 })
    h.ingest.kick()
    expect(findDocument(h.db, id)).toMatchObject({ status: 'queued' })

    h.embedder.onEmbed = () => {}
    await h.restart().drain()
    const chunks = checkReady(h, id)
    expect(h.extractor.calls).toBe(1)
    expect(h.embedder.embedded).toHaveLength(chunks)
  })

  // A killed process leaves its transactions behind whole and runs nothing more; its gate never opens.
  it.each([
    ['before the first page', 0, null],
    ['in the middle of extraction', 70, null],
    ['after the last page', 100, null],
    ['before the first embedding', null, 0],
    ['in the middle of embedding', null, 200],
  ])('survives a kill %s, with nothing lost and nothing twice', async (_name, pages, embedded) => {
    const reference = harness()
    const expected = checkReady(reference, await reference.add(longText(100)).then(async ({ id }) => (await reference.ingest.drain(), id)))

    const h = harness()
    const gate = new Gate()
    h.extractor.onPage = number => pages !== null && number === Math.max(1, pages) ? gate.pass() : undefined
    h.embedder.onEmbed = () => embedded !== null && h.embedder.embedded.length >= embedded ? gate.pass() : undefined
    const { id } = await h.add(longText(100))
    h.ingest.kick()
    await gate.arrived

    h.extractor.onPage = () => {}
    h.embedder.onEmbed = () => {}
    const next = h.restart()
    expect(next.releaseAtBoot()).toMatchObject({ released: 1 })
    expect(findDocument(h.db, id)!.status).toBe('queued')
    await next.drain()
    expect(checkReady(h, id)).toBe(expected)
    const before = counts(h.db)

    // The old worker wakes up as a zombie: it holds an old attempt and writes nothing.
    gate.open()
    await pause(50)
    expect(counts(h.db)).toEqual(before)
    expect(checkReady(h, id)).toBe(expected)
  })

  it('does not count restarts as failures, but ends a file that takes the process down for ever', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    for (let kills = 0; kills < 20; kills++) {
      claimJob(h.db, 60_000)
      h.restart().releaseAtBoot()
    }
    await h.restart().drain()
    checkReady(h, id)

    const poison = await h.add('Two.')
    for (let kills = 0; kills < 60; kills++) {
      claimJob(h.db, 60_000)
      h.restart().releaseAtBoot()
    }
    await h.restart().drain()
    expect(findDocument(h.db, poison.id)).toMatchObject({ status: 'failed', error: { code: 'interrupted' } })
  })

  it('takes a job over when its lease ran out, and the slow worker writes nothing', async () => {
    const h = harness()
    const gate = new Gate()
    h.extractor.onPage = number => number === 2 ? gate.pass() : undefined
    const { id } = await h.add(longText(3))
    h.ingest.kick()
    await gate.arrived
    h.db.prepare('UPDATE jobs SET lease_until = ?').run(new Date(Date.now() - 1).toISOString())
    h.extractor.onPage = () => {}
    await h.restart().drain()
    const chunks = checkReady(h, id)
    gate.open()
    await h.ingest.drain()
    expect(checkReady(h, id)).toBe(chunks)
    expect(jobOf(h.db)).toMatchObject({ status: 'done', attempt: 2 })
  })

  it('keeps its lease while it works', async () => {
    const h = harness({ leaseMs: 60 })
    const gate = new Gate()
    h.embedder.onEmbed = () => gate.pass()
    const { id } = await h.add('One.')
    h.ingest.kick()
    await gate.arrived
    await pause(200)
    expect(claimJob(h.db, 60_000)).toBeNull()
    gate.open()
    await until(() => findDocument(h.db, id)!.status === 'ready')
    expect(jobOf(h.db)).toMatchObject({ attempt: 1 })
  })

  it('starts over after a change of embedder', async () => {
    const h = harness()
    const gate = new Gate()
    h.embedder.onEmbed = (_texts, signal) => h.embedder.embedded.length >= 64 ? gate.pass(signal) : undefined
    const { id } = await h.add(longText(40))
    h.ingest.kick()
    await gate.arrived
    await until(() => findDocumentRecord(h.db, id)!.pages !== null)
    await h.ingest.stop()
    h.embedder.onEmbed = () => {}
    Object.assign(h.embedder, { id: 'another-4' })
    await h.restart().drain()
    checkReady(h, id)
    expect(h.db.prepare('SELECT DISTINCT embedder FROM chunks').pluck().all()).toEqual(['another-4'])
  })

  it('sweeps what a crash left on the disk, and nothing else', async () => {
    const h = harness()
    const { id } = await h.add('One.')
    writeFileSync(join(incomingDir(h.filesDir), 'cut-off'), 'half')
    writeFileSync(join(h.filesDir, 'a'.repeat(64)), 'no row')
    writeFileSync(join(h.filesDir, 'README'), 'not ours')
    expect(h.restart().releaseAtBoot()).toEqual({ released: 0, removedFiles: 2 })
    expect(readdirSync(h.filesDir).sort()).toEqual(['.incoming', 'README', findDocumentRecord(h.db, id)!.contentHash].sort())
  })
})

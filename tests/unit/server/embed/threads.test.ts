import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { EmbedThreads } from '../../../../server/embed/threads.ts'

/** Answers with the thread that it ran in; every text but a question takes a while. */
const PROGRAM = `
  import { parentPort, threadId, workerData } from 'node:worker_threads'
  import { existsSync, writeFileSync } from 'node:fs'
  if (workerData && existsSync(workerData)) throw new Error('a second one cannot start')
  if (workerData) writeFileSync(workerData, '')
  parentPort.on('message', (message) => {
    if (message.end) return parentPort.close()
    const end = Date.now() + (message.request === 'question' ? 0 : 20)
    while (Date.now() < end);
    parentPort.postMessage({ id: message.id, ok: true, value: threadId })
  })
  parentPort.postMessage({ ready: true })
`
const folder = mkdtempSync(join(tmpdir(), 'ragtime-threads-'))
const entry = join(folder, 'program.mjs')
writeFileSync(entry, PROGRAM)

let threads: EmbedThreads<string, number>
async function start(help: boolean, workerData: string | null = null) {
  threads = new EmbedThreads({
    entry, workerData, timeoutMs: 30_000, startTimeoutMs: 30_000, inFlight: 2, maxWaiting: { urgent: 10, normal: 500 }, maxHeapMb: 32,
  }, help)
  await threads.start()
}
const embed = (count: number) => Promise.all(Array.from({ length: count }, () => threads.call('text', 'normal')))

afterEach(async () => {
  vi.useRealTimers()
  await threads.close()
})

describe('EmbedThreads', () => {
  it('shares many documents between two threads and gives questions to the first', async () => {
    await start(true)
    const first = await threads.call('question', 'urgent')
    expect(new Set(await embed(20))).toEqual(new Set([first]))
    await vi.waitFor(() => expect(threads.size).toBe(2), { timeout: 30_000 })
    const documents = embed(20)
    expect(await threads.call('question', 'urgent')).toBe(first)
    expect(new Set(await documents).size).toBe(2)
  }, 60_000)

  it('shares the texts of a question between both, past documents that wait', async () => {
    await start(true)
    const done: string[] = []
    const documents = embed(30).then(() => done.push('documents'))
    await vi.waitFor(() => expect(threads.size).toBe(2), { timeout: 30_000 })
    const more = embed(30).then(() => done.push('more'))
    const members = await Promise.all(Array.from({ length: 6 }, () => threads.callAmong('text')))
    expect(new Set(members).size).toBe(2)
    expect(done).not.toContain('more')
    await Promise.all([documents, more])
  }, 60_000)

  it('starts the second one for a question that will be followed by others', async () => {
    await start(true)
    await threads.callAmong('text')
    await vi.waitFor(() => expect(threads.size).toBe(2), { timeout: 30_000 })
  }, 60_000)

  it('keeps to one thread for a few texts, and where it may have no second', async () => {
    await start(true)
    await embed(4)
    expect(threads.size).toBe(1)
    await threads.close()
    await start(false)
    expect(new Set(await embed(40)).size).toBe(1)
    expect(threads.size).toBe(1)
  }, 60_000)

  it('goes on with one thread when a second cannot start', async () => {
    await start(true, join(folder, 'started'))
    expect(new Set(await embed(60)).size).toBe(1)
    expect(threads.size).toBe(1)
  }, 60_000)

  it('ends the second thread when it has had nothing to do for a while', async () => {
    await start(true)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await embed(20)
    await vi.waitUntil(() => threads.size === 2, { timeout: 30_000 })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(threads.size).toBe(1)
    expect(await threads.call('question', 'urgent')).toBeTypeOf('number')
  }, 60_000)
})

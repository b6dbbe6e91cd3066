import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { WorkerThread, type WorkerThreadOptions } from '../../../../server/utils/worker-thread.ts'

/** Answers with what it was asked and how many requests this thread has seen; does as some words say. */
const PROGRAM = `
  import { parentPort, workerData } from 'node:worker_threads'
  if (workerData === 'refuse') throw new Error('refused to start')
  let seen = 0
  parentPort.on('message', ({ id, request, end }) => {
    if (end) return parentPort.close()
    seen++
    if (request === 'die') process.exit(7)
    if (request === 'die once' && seen > 1) process.exit(7)
    if (request === 'hang') for (;;) {}
    if (request === 'work') { const end = Date.now() + 100; while (Date.now() < end); }
    if (request === 'fail') parentPort.postMessage({ id, ok: false, error: 'cannot do that' })
    else parentPort.postMessage({ id, ok: true, value: request + ' ' + seen })
  })
  parentPort.postMessage({ ready: true })
`
const entry = join(mkdtempSync(join(tmpdir(), 'ragtime-thread-')), 'program.mjs')
writeFileSync(entry, PROGRAM)

let thread: WorkerThread<string, string>
function createThread(options: Partial<WorkerThreadOptions> = {}) {
  thread = new WorkerThread({
    entry, workerData: null, timeoutMs: 5_000, startTimeoutMs: 5_000, inFlight: 1, maxWaiting: { urgent: 2, normal: 50 }, maxHeapMb: 32, ...options,
  })
  return thread
}
afterEach(() => thread.close())

describe('WorkerThread', () => {
  it('answers in order, urgent requests first', async () => {
    const { call } = { call: createThread().call.bind(thread) }
    await thread.start()
    const order: string[] = []
    const note = (value: string) => order.push(value)
    await Promise.all([call('work').then(note), call('normal').then(note), call('urgent', 'urgent').then(note)])
    expect(order).toEqual(['work 1', 'urgent 2', 'normal 3'])
  })

  it('hands an error of one request to that request alone', async () => {
    createThread()
    const [failed, fine] = await Promise.allSettled([thread.call('fail'), thread.call('fine')])
    expect(failed).toMatchObject({ status: 'rejected', reason: new Error('cannot do that') })
    expect(fine).toMatchObject({ status: 'fulfilled', value: 'fine 2' })
  })

  it('starts a new thread after a death, gives what ran one more try and loses nothing that waited', async () => {
    createThread()
    expect(await thread.call('first')).toBe('first 1')
    const [retried, waiting] = await Promise.all([thread.call('die once'), thread.call('waiting')])
    expect([retried, waiting]).toEqual(['die once 1', 'waiting 2'])
  })

  it('gives up on a request that kills the thread twice', async () => {
    createThread()
    const [deadly, waiting] = await Promise.allSettled([thread.call('die'), thread.call('waiting')])
    expect(deadly).toMatchObject({ status: 'rejected', reason: new Error('The thread ended with code 7') })
    expect(waiting).toMatchObject({ status: 'fulfilled', value: 'waiting 1' })
  })

  it('ends a request that hangs and goes on', async () => {
    createThread({ timeoutMs: 200 })
    const [hung, waiting] = await Promise.allSettled([thread.call('hang'), thread.call('waiting')])
    expect(hung).toMatchObject({ status: 'rejected', reason: new Error('No answer within 200 ms') })
    expect(waiting).toMatchObject({ status: 'fulfilled' })
  })

  it('refuses more than may wait', async () => {
    createThread()
    const calls = Array.from({ length: 4 }, () => thread.call('work', 'urgent'))
    const settled = await Promise.allSettled(calls)
    expect(settled.map(result => result.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected'])
  })

  it('drops an aborted request and keeps the others', async () => {
    createThread()
    const stop = new AbortController()
    const calls = [thread.call('work'), thread.call('unwanted', 'normal', stop.signal), thread.call('wanted')]
    stop.abort(new Error('changed my mind'))
    const settled = await Promise.allSettled(calls)
    expect(settled).toMatchObject([{ value: 'work 1' }, { reason: new Error('changed my mind') }, { value: 'wanted 2' }])
  })

  it('rejects what waits when the thread cannot start, and tries again for the next call', async () => {
    createThread({ workerData: 'refuse' })
    await expect(thread.call('a')).rejects.toThrow('refused to start')
    await expect(thread.call('b')).rejects.toThrow('refused to start')
  })

  it('rejects everything when it is closed', async () => {
    createThread()
    const call = thread.call('work')
    await Promise.all([expect(call).rejects.toThrow('closed'), thread.close()])
    await expect(thread.call('late')).rejects.toThrow('closed')
  })
})

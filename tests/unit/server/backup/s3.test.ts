import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createS3, type S3, type S3Limits } from '../../../../server/backup/s3.ts'
import { startFakeS3, type FakeS3, type Fault } from './support/fake-s3.ts'

const PART = 64 * 1024
let folder: string
let fake: FakeS3
let s3: S3
const client = (limits: Partial<S3Limits> = {}, settings = {}) =>
  createS3({ ...fake.settings, ...settings }, { partBytes: PART, backoffMs: 1, requestMs: 5_000, attempts: 4, ...limits })
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-s3-'))
  fake = await startFakeS3()
  s3 = client()
})
afterEach(async () => {
  await fake.close()
  rmSync(folder, { recursive: true, force: true })
})

function makeFile(bytes: number): { path: string, content: Buffer } {
  const content = randomBytes(bytes)
  const path = join(folder, `made-${bytes}`)
  writeFileSync(path, content)
  return { path, content }
}

/** The faults of the next requests, then none. */
function faults(...list: (Fault | null)[]): void {
  fake.fault = () => list.shift() ?? null
}

describe('the S3 client', () => {
  it.each([0, 1, PART - 1, PART, PART + 1, 5 * PART + 7])('brings a file of %i bytes there and back', async (bytes) => {
    const { path, content } = makeFile(bytes)
    await s3.putFile('pre/fix/a-file', path)
    expect(fake.objects.get('pre/fix/a-file')).toEqual(content)
    const back = join(folder, 'back')
    await s3.getFile('pre/fix/a-file', back, bytes)
    expect(readFileSync(back)).toEqual(content)
    expect(fake.openUploads()).toBe(0)
    expect(Math.max(...fake.requests.map(request => request.bytes))).toBeLessThanOrEqual(PART)
  })

  it('reads and writes texts, lists over several pages, and removes', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) await s3.putText(`list/${name}`, name.repeat(3))
    await s3.putText('other/x', '')
    expect(await s3.list('list/')).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map(name => ({ key: `list/${name}`, bytes: 3 })))
    expect(await s3.getText('list/c')).toBe('ccc')
    await s3.remove('list/c')
    expect(await s3.getText('list/c')).toBeNull()
  })

  it('tries again after errors of the server, cut connections, cut answers and silence', async () => {
    s3 = client({ requestMs: 300 })
    const { path, content } = makeFile(3 * PART)
    faults({ type: 'status', status: 500 }, { type: 'cut' }, null, { type: 'status', status: 503, code: 'SlowDown' }, null, { type: 'stall' })
    await s3.putFile('file', path)
    expect(fake.objects.get('file')).toEqual(content)
    faults({ type: 'half' }, { type: 'cut' }, null, { type: 'half' })
    await s3.getFile('file', join(folder, 'back'), 3 * PART)
    expect(readFileSync(join(folder, 'back'))).toEqual(content)
    // Only the part that failed is fetched again.
    expect(fake.requests.filter(({ method }) => method === 'GET').map(({ range }) => range)).toEqual([
      ...Array<string>(3).fill(`bytes=0-${PART - 1}`), ...Array<string>(2).fill(`bytes=${PART}-${2 * PART - 1}`), `bytes=${2 * PART}-${3 * PART - 1}`,
    ])
  })

  it('waits as Retry-After says', async () => {
    faults({ type: 'status', status: 503, headers: { 'retry-after': '1' } })
    const started = performance.now()
    await s3.putText('a', 'a')
    expect(performance.now() - started).toBeGreaterThan(950)
  })

  it('gives up with the reason, and leaves no parts behind', async () => {
    fake.fault = ({ query }) => query.partNumber === '2' ? { type: 'status', status: 500, code: 'InternalError' } : null
    await expect(s3.putFile('file', makeFile(3 * PART).path)).rejects.toThrow('The bucket ragtime-test did not do PUT file: 500 InternalError')
    expect(fake.openUploads()).toBe(0)
    expect(fake.objects.size).toBe(0)
  })

  it('does not repeat what is refused, and names no secret', async () => {
    const wrong = client({}, { secretAccessKey: 'a wrong secret' })
    const error = await wrong.putText('a', 'a').catch((thrown: unknown) => thrown) as Error
    expect(error.message).toBe('The bucket ragtime-test did not do PUT a: 403 SignatureDoesNotMatch')
    expect(JSON.stringify([error.message, error.stack])).not.toContain('a wrong secret')
    expect(fake.requests).toHaveLength(1)
  })

  it('fails on an upload that the service could not put together', async () => {
    const { path } = makeFile(2 * PART)
    // The second part is lost on the way: the service says so only in the body of a 200.
    fake.fault = ({ method, query }) => method === 'PUT' && query.partNumber === '2' ? { type: 'status', status: 200, headers: { etag: '"lost"' } } : null
    await expect(s3.putFile('file', path)).rejects.toThrow('InvalidPart')
    expect(fake.objects.has('file')).toBe(false)
  })

  it('fails on an object that is shorter than expected, and on one that is gone', async () => {
    await s3.putText('short', 'abc')
    await expect(s3.getFile('short', join(folder, 'one'), 10)).rejects.toThrow('3 bytes where 10 were asked for')
    await expect(s3.getFile('nothing', join(folder, 'two'), 10)).rejects.toThrow('404 NoSuchKey')
  })

  it('ends at once when it is told to', async () => {
    faults({ type: 'stall' })
    await expect(s3.putText('a', 'a', AbortSignal.timeout(50))).rejects.toThrow(/time|abort/i)
    faults({ type: 'status', status: 503, headers: { 'retry-after': '30' } })
    await expect(s3.putText('a', 'a', AbortSignal.timeout(100))).rejects.toThrow(/time|abort/i)
  })
})

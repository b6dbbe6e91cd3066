import { once } from 'node:events'
import { readdirSync, readFileSync, statSync, writeFileSync, type WriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeNewFile } from '../../../../server/utils/new-file.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragtime-new-file-'))
  path = join(folder, 'file')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('a new file', () => {
  it('is whole, closed and for this user alone', async () => {
    let made: WriteStream | undefined
    await writeNewFile(path, (file) => {
      made = file
      return pipeline(Readable.from(['Maple ', 'Leaf']), file)
    })
    expect(made!.closed).toBe(true)
    expect(readFileSync(path, 'utf8')).toBe('Maple Leaf')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each<[string, (file: WriteStream) => Promise<unknown>]>([
    ['before it is open', () => Promise.reject(new Error('broken off'))],
    ['by a source that breaks off', file => pipeline(new Readable({ read() { this.destroy(new Error('broken off')) } }), file)],
    ['by a signal', file => pipeline(new Readable({ read() {} }), file, { signal: AbortSignal.abort(new Error('broken off')) })],
    ['when it is open', async (file) => {
      await once(file, 'open')
      throw new Error('broken off')
    }],
  ])('that fails %s is closed before that is told, so that a deletion finds it', async (_, write) => {
    let made: WriteStream | undefined
    await expect(writeNewFile(path, (file) => {
      made = file
      return write(file)
    })).rejects.toThrow(/broken off|aborted/)
    expect(made!.closed).toBe(true)
    await rm(path, { force: true })
    expect(readdirSync(folder)).toEqual([])
  })

  it('never takes the place of another', async () => {
    writeFileSync(path, 'first')
    await expect(writeNewFile(path, file => pipeline(Readable.from(['second']), file))).rejects.toMatchObject({ code: 'EEXIST' })
    expect(readFileSync(path, 'utf8')).toBe('first')
  })
})

import { createHash, randomBytes } from 'node:crypto'
import type * as Fs from 'node:fs'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { ReceivedFile } from '../../../../server/ingest/accept.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { receiveUpload, type UploadOptions } from '../../../../server/utils/upload.ts'

let full = false
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof Fs>()
  const createWriteStream = (...given: Parameters<typeof fs.createWriteStream>) => full
    ? new Writable({ write: (_block, _encoding, done) => done(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })) })
    : fs.createWriteStream(...given)
  return { ...fs, createWriteStream }
})

const MAX = 1024 * 1024
let folder: string
let server: Server
let url: string
let outcomes: (ReceivedFile[] | unknown)[]

async function listen(options: Partial<UploadOptions> = {}): Promise<void> {
  server = createServer((request, response) => {
    receiveUpload(request, { folder, disk: { hasRoom: true, room: Infinity }, maxBytes: MAX, ...options }).then(
      (files) => {
        outcomes.push(files)
        response.end(JSON.stringify(files))
      },
      (error: unknown) => {
        outcomes.push(error)
        response.statusCode = error instanceof AppError ? error.status : 500
        response.end(JSON.stringify(error instanceof AppError ? { code: error.code } : { code: String(error) }))
      },
    )
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

beforeEach(async () => {
  full = false
  folder = mkdtempSync(join(tmpdir(), 'ragtime-upload-'))
  outcomes = []
  await listen()
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise(resolve => server.close(resolve))
  rmSync(folder, { recursive: true, force: true })
})

async function post(form: FormData): Promise<{ status: number, body: Record<string, unknown>[] & { code?: string } }> {
  const response = await fetch(url, { method: 'POST', body: form })
  return { status: response.status, body: await response.json() as Record<string, unknown>[] }
}

function formOf(files: { name: string, content: string | Uint8Array<ArrayBuffer>, field?: string }[], titles: string[] = []): FormData {
  const form = new FormData()
  for (const { name, content, field = 'file' } of files) form.append(field, new Blob([content]), name)
  for (const title of titles) form.append('title', title)
  return form
}

describe('receiveUpload', () => {
  it('stores several files with their hashes, names and titles', async () => {
    const bytes = new Uint8Array(randomBytes(300_000))
    const { status, body } = await post(formOf([{ name: 'a.pdf', content: bytes }, { name: 'résumé – 日本.md', content: 'Hello' }], ['First', ' Second ']))
    expect(status).toBe(200)
    expect(body).toEqual([
      { filename: 'a.pdf', path: expect.any(String), title: 'First', contentHash: createHash('sha256').update(bytes).digest('hex'), bytes: 300_000 },
      { filename: 'résumé – 日本.md', path: expect.any(String), title: 'Second', contentHash: expect.any(String), bytes: 5 },
    ])
    expect(readFileSync(body[0]!.path as string).equals(bytes)).toBe(true)
    expect(readdirSync(folder)).toHaveLength(2)
  })

  it('refuses the file that is too large and takes the others', async () => {
    const { body } = await post(formOf([{ name: 'small.txt', content: 'One.' }, { name: 'big.txt', content: new Uint8Array(MAX + 1) }, { name: 'edge.txt', content: new Uint8Array(MAX) }]))
    expect(body.map(({ filename, bytes }) => [filename, bytes])).toEqual([['small.txt', 4], ['big.txt', undefined], ['edge.txt', MAX]])
    expect(outcomes[0]).toMatchObject([{}, { error: { code: 'file_too_large', status: 413 } }, {}])
    expect(readdirSync(folder)).toHaveLength(2)
  })

  it.each([
    ['no file', formOf([], ['Only a title']), 'file_missing'],
    ['a file in another field', formOf([{ name: 'a.txt', content: 'One.', field: 'document' }]), 'file_missing'],
    ['a title that is too long', formOf([{ name: 'a.txt', content: 'One.' }], ['x'.repeat(301)]), 'invalid_request'],
    ['too many files', formOf(Array.from({ length: 101 }, (_, index) => ({ name: `${index}.txt`, content: 'One.' }))), 'too_many_files'],
  ])('answers 400 to %s', async (_name, form, code) => {
    expect(await post(form)).toEqual({ status: 400, body: { code } })
    expect(readdirSync(folder)).toEqual([])
  })

  it.each([
    ['JSON', 'application/json', '{}', 'not_multipart'],
    ['no boundary', 'multipart/form-data', 'x', 'not_multipart'],
    ['nothing', 'multipart/form-data; boundary=b', '', 'upload_broken'],
    ['no parts', 'multipart/form-data; boundary=b', 'hello', 'upload_broken'],
    ['a part without end', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf', 'upload_broken'],
    ['a header without end', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; na', 'upload_broken'],
    ['a skipped part without end', 'multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="other"; filename="a.txt"\r\n\r\nhalf', 'upload_broken'],
    ['only an end', 'multipart/form-data; boundary=b', '--b--\r\n', 'file_missing'],
  ])('answers 400 to a body that is no upload: %s', async (_name, type, body, code) => {
    const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } })
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 400, body: { code } })
    expect(readdirSync(folder)).toEqual([])
  })

  it('keeps nothing when the client leaves', async () => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    const leaving = httpRequest(url, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 500_000 } })
    leaving.on('error', () => {})
    leaving.write(head + 'x'.repeat(100_000))
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1))
    leaving.destroy()
    await vi.waitFor(() => expect(outcomes).toHaveLength(1))
    expect(outcomes[0]).toMatchObject({ code: 'upload_broken' })
    expect(readdirSync(folder)).toEqual([])
  })

  it('does not wait for ever for a client that falls silent', async () => {
    await new Promise(resolve => server.close(resolve))
    await listen({ idleMs: 100 })
    const silent = httpRequest(url, { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': 500_000 } })
    silent.on('error', () => {})
    silent.write('--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf')
    await vi.waitFor(() => expect(readdirSync(folder)).toHaveLength(1))
    // The rest of the request is given some time too, so that the answer could arrive; leaving ends that.
    await pause(400)
    expect(readdirSync(folder)).toEqual([])
    silent.destroy()
    await vi.waitFor(() => expect(outcomes[0]).toMatchObject({ code: 'upload_broken' }))
  })

  it('says that the disk is full, and reads the rest so that the answer arrives', async () => {
    full = true
    expect(await post(formOf([{ name: 'a.bin', content: new Uint8Array(900_000) }, { name: 'b.bin', content: new Uint8Array(900_000) }]))).toEqual({ status: 507, body: { code: 'disk_full' } })
    expect(readdirSync(folder)).toEqual([])
  })

  it('says so before it takes anything where the disk has no room for it, and in the middle when room ends', async () => {
    const form = () => formOf([{ name: 'a.bin', content: new Uint8Array(900_000) }])
    await listen({ disk: { hasRoom: true, room: 500_000 } })
    expect(await post(form())).toEqual({ status: 507, body: { code: 'disk_full' } })
    expect(readdirSync(folder)).toEqual([])
    server.close()
    let asked = 0
    await listen({
      disk: {
        get hasRoom() {
          return ++asked < 5
        },
        room: Infinity,
      },
    })
    expect(await post(form())).toEqual({ status: 507, body: { code: 'disk_full' } })
    expect(readdirSync(folder)).toEqual([])
  })
})

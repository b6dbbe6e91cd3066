import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { UploadResult } from '../../shared/schemas/documents.ts'
import { startFakeAnthropic, type FakeAnthropic } from '../server/support/anthropic.ts'
import { ask as askQuestion, follow, newChat, textOf, uploadTexts } from '../server/support/asking.ts'
import { startProduct, type Product } from './support/product.ts'

const MAX_FILE = 100 * 1024 * 1024
let fake: FakeAnthropic
let product: Product
beforeAll(async () => {
  fake = await startFakeAnthropic()
  product = await startProduct({ app: { env: { ANTHROPIC_API_KEY: 'key-of-the-tests', ANTHROPIC_BASE_URL: fake.url } } })
  await uploadTexts(product.server, { 'joplin.txt': 'Scott Joplin wrote the Maple Leaf Rag in 1899.' })
})
afterAll(async () => {
  await product?.stop()
  await fake?.close()
})

describe('an answer', () => {
  it('arrives while it is being written', async () => {
    fake.next({ steps: [{ type: 'text', text: 'The first words of an answer. ' }, { type: 'stall' }] })
    const chat = await newChat(product.server)
    const { run } = await askQuestion(product.server, chat.id, 'Who wrote the Maple Leaf Rag?')
    // The model says no more, so what arrives has not waited for the end.
    const seen = await follow(product.server, run.id, { enough: event => event.type === 'delta' })
    expect(seen.length).toBeGreaterThan(0)
    expect(textOf(seen)).not.toBe('')
    const resumed = await follow(product.server, run.id, { lastEventId: seen[0]!.id, enough: event => event.type === 'delta' })
    expect(resumed[0]!.id).toBe(seen[0]!.id + 1)
    await product.server.fetch(`/api/runs/${run.id}/stop`, { method: 'POST' })
    const rest = await follow(product.server, run.id, { lastEventId: seen.at(-1)!.id })
    expect(rest[0]!.id).toBe(seen.at(-1)!.id + 1)
    expect(['done', 'interrupted', 'error']).toContain(rest.at(-1)!.event.type)
  })

  it('does not wait for a reader who takes nothing', async () => {
    // The shortest way to much text: one answer of some megabytes.
    fake.next({ steps: [{ type: 'text', text: 'word '.repeat(400_000) }] })
    const chat = await newChat(product.server)
    const { run } = await askQuestion(product.server, chat.id, 'Who wrote the Maple Leaf Rag?')
    const lazy = connect(product.nginx.port, '127.0.0.1')
    lazy.on('error', () => {}).pause()
    lazy.write(`GET /api/runs/${run.id}/events HTTP/1.1\r\nHost: ${new URL(product.nginx.url).host}\r\nCookie: ${product.server.cookie}\r\n\r\n`)
    await once(lazy, 'connect')
    const seen = await follow(product.server, run.id)
    expect(seen.at(-1)!.event.type).toBe('done')
    lazy.destroy()
  })
})

describe('an upload', () => {
  /** The first bytes of a PDF and then nothing of sense: it is taken, and soon found to be broken. */
  const file = (bytes: number) => {
    const content = new Uint8Array(bytes)
    content.set(new TextEncoder().encode('%PDF-1.7\n'))
    return new File([content], `${bytes}.pdf`, { type: 'application/pdf' })
  }
  const send = async (...files: File[]) => {
    const body = new FormData()
    for (const each of files) body.append('file', each)
    return product.server.json<UploadResult & { code?: string }>('/api/documents', { method: 'POST', body, signal: AbortSignal.timeout(100_000) })
  }

  it('of exactly the limit is taken', async () => {
    const { status, body } = await send(file(MAX_FILE))
    expect([status, body.documents?.[0]?.bytes]).toEqual([201, MAX_FILE])
    await product.server.fetch(`/api/documents/${body.documents[0]!.id}`, { method: 'DELETE' })
  })

  it('of one byte more is refused by the app, in its words, and does not spoil the others', async () => {
    const alone = await send(file(MAX_FILE + 1))
    expect(alone).toMatchObject({ status: 413, body: { code: 'file_too_large', message: expect.stringContaining('100 MB') } })
    const mixed = await send(file(MAX_FILE + 1), new File(['A small one about ragtime.'], 'small.txt'))
    expect(mixed).toMatchObject({ status: 201, body: { documents: [{ filename: 'small.txt' }], rejected: [{ code: 'file_too_large' }] } })
  })

  it('of a stranger is refused', async () => {
    const body = new FormData()
    body.append('file', new File(['x'], 'x.txt'))
    const answer = await product.server.anonymous('/api/documents', { method: 'POST', body })
    expect([answer.status, await answer.json()]).toMatchObject([401, { code: 'unauthenticated' }])
  })

  it('leaves no copy with nginx', () => {
    expect(readdirSync(`${product.nginx.runDir}/temp/body`, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())).toEqual([])
  })
})

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Status } from '../../shared/schemas/status.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
/** A page on this machine that nobody may be led to. */
const inner = createServer((_, response) => {
  visits++
  response.end('<p>Secret.</p>')
})
let visits = 0
beforeAll(async () => {
  await new Promise<void>(resolve => inner.listen(0, '127.0.0.1', resolve))
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
})
afterAll(async () => {
  await server.stop()
  inner.closeAllConnections()
  inner.close()
})

const add = (body: unknown) => server.json<{ code: string, message: string }>('/api/documents/import', { method: 'POST', json: body })

describe('adding from the web', () => {
  it('is off, and says how to switch it on', async () => {
    expect((await server.json<Status>('/api/status')).body.webImport).toBe(false)
    const { status, body } = await add({ url: 'https://example.com/' })
    expect(status).toBe(403)
    expect(body).toMatchObject({ code: 'web_import_off', message: expect.stringContaining('RAGTIME_WEB_IMPORT=on') as string })
  })

  it('once on, refuses what is not of the public web, before it connects', async () => {
    await server.restart({ env: { RAGTIME_WEB_IMPORT: 'on' } })
    expect((await server.json<Status>('/api/status')).body.webImport).toBe(true)
    const { port } = inner.address() as AddressInfo
    for (const url of [`http://127.0.0.1:${port}/`, 'http://127.1/', 'http://localhost/', 'http://[::ffff:169.254.169.254]/', 'http://ragtime.internal/']) {
      const { status, body } = await add({ url })
      expect([status, body.code], url).toEqual([422, 'web_address_refused'])
    }
    for (const url of ['file:///etc/passwd', 'http://a:b@example.com/', 'not an address']) {
      const { status, body } = await add({ url })
      expect([status, body.code], url).toEqual([400, 'web_address_invalid'])
    }
    expect(visits).toBe(0)
    expect(readdirSync(join(server.dataDir, 'files/.incoming'))).toEqual([])
  })

  it.each([[{}], [{ url: '' }], [{ url: 1 }], [{ url: 'x'.repeat(3_000) }], [{ url: 'https://example.com/', cookies: 'x' }]])('needs an address and nothing else: %j', async (body) => {
    expect(await add(body)).toMatchObject({ status: 400, body: { code: 'invalid_request' } })
  })

  it('is for those who have signed in', async () => {
    const response = await fetch(`${server.url}/api/documents/import`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"url":"https://example.com/"}' })
    expect(response.status).toBe(401)
  })
})

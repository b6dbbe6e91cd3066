import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from './support/output.ts'

const SERVE = fileURLToPath(new URL('../../script/serve.ts', import.meta.url))
let folder: string
const started: ChildProcess[] = []
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-serve-'))
})
afterEach(async () => {
  for (const child of started.splice(0)) await stop(child)
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))

describe('script/serve.ts, which script/start ends with', () => {
  it('says where to open it and how to sign in, once it is so, and of the samples at the first start alone', async () => {
    const first = await serve('data')
    const said = await first.banner()
    expect(said).toContain('The sample documents are being read now.')
    const address = /Open\s+(\S+)/.exec(said)![1]!
    const password = /Password\s+(\S+)/.exec(said)![1]!
    expect(await signIn(address, password)).toBe(200)
    expect(await stop(first.child)).toBe(0)

    const again = await (await serve('data')).banner()
    expect(again).toContain(password)
    expect(again).not.toContain('sample documents')
  })

  it('says nothing of the kind while another one serves the data or has the port', async () => {
    const first = await serve('data')
    await first.banner()
    const sameData = await serve('data', first.port)
    expect((await once(sameData.child, 'close'))[0]).toBe(78)
    expect(sameData.output()).toMatch(/data folder \S+ is in use/)
    const samePort = await serve('other', first.port)
    expect((await once(samePort.child, 'close'))[0]).not.toBe(0)
    expect(samePort.output()).toContain('EADDRINUSE')
    for (const refused of [sameData, samePort]) expect(refused.output()).not.toContain('Ragtime is ready')
  })
})

async function serve(data: string, port?: number) {
  const at = port ?? await freePort()
  const child = spawn(process.execPath, [SERVE], {
    env: { PATH: process.env.PATH, PORT: String(at), RAGTIME_DATA_DIR: join(folder, data), RAGTIME_EMBEDDER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  let output = ''
  const ready = Promise.withResolvers<string>()
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (block: Buffer) => {
    output += block.toString()
    if (output.includes('Ctrl+C')) ready.resolve(output)
  })
  child.once('close', () => ready.reject(new Error(`ended before it was ready: ${output}`)))
  ready.promise.catch(() => {})
  return { child, port: at, output: () => output, banner: () => ready.promise }
}

async function signIn(address: string, password: string): Promise<number> {
  const answer = await fetch(`${address}/api/auth/login`, {
    method: 'POST', headers: { 'content-type': 'application/json', 'origin': address }, body: JSON.stringify({ password }), signal: AbortSignal.timeout(10_000),
  })
  return answer.status
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const ended = once(child, 'close')
  child.kill('SIGTERM')
  return (await ended)[0] as number | null
}

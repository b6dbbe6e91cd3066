import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dotenvx } from '../../server/utils/dotenvx.ts'
import { startFakeAnthropic, type FakeAnthropic } from './support/anthropic.ts'
import { askAndWait, newChat, uploadTexts } from './support/asking.ts'
import { copyOfOutput } from './support/output.ts'
import { startAndExpectExit, startServer, type TestServer } from './support/server.ts'

const { publicKey, privateKey } = dotenvx().keypair()

/** Values that can be recognised wherever they turn up. */
const CANARIES = {
  RAGTIME_PASSWORD: 'canary-of-the-password',
  RAGTIME_SESSION_SECRET: 'canary-of-the-session-secret-0123456789',
  RAGTIME_METRICS_TOKEN: 'canary-of-the-metrics-token',
  ANTHROPIC_API_KEY: 'sk-ant-canary-of-the-key',
  VOYAGE_API_KEY: 'pa-canary-of-the-embedding-key',
  RAGTIME_EMBEDDER_KEY: 'canary-of-the-other-embedding-key',
  DOTENV_PRIVATE_KEY_PRODUCTION: privateKey,
}
const GUESS = 'canary-of-a-mistyped-password'
const { DOTENV_PRIVATE_KEY_PRODUCTION, ...ENCRYPTED } = CANARIES
/** Only the private key is in the environment, as on a platform. */
const ENV = { RAGTIME_EMBEDDER: 'none', RAGTIME_PASSWORD: undefined, RAGTIME_SESSION_SECRET: undefined, DOTENV_PRIVATE_KEY_PRODUCTION }

const file = join(copyOfOutput().root, '.env.production')
let fake: FakeAnthropic
let server: TestServer
beforeAll(async () => {
  const { encrypt, upsert } = dotenvx()
  fake = await startFakeAnthropic()
  writeFileSync(file, Object.entries(ENCRYPTED).reduce((source, [name, value]) => upsert(source, name, encrypt(publicKey, value)), ''))
  server = await startServer({ signIn: false, env: { ...ENV, ANTHROPIC_BASE_URL: fake.url } })
  await server.signIn(CANARIES.RAGTIME_PASSWORD)
})
afterAll(async () => {
  rmSync(file, { force: true })
  await Promise.all([server?.stop(), fake?.close()])
})

/** Names of the secrets that a text holds. */
function secretsIn(text: string | Buffer): string[] {
  return [...Object.entries(CANARIES), ['a guess', GUESS] as const].filter(([, value]) => text.includes(value)).map(([name]) => name)
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
}

/** Environments of the extractors. Between its fork and its exec a child still is a copy of the server. */
function childEnvironments(): string[] {
  const threads = readdirSync(`/proc/${server.pid}/task`)
  const children = threads.flatMap(thread => readFileSync(`/proc/${server.pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean))
  const extractors = children.filter(pid => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('extract.mjs'))
  return extractors.map(pid => readFileSync(`/proc/${pid}/environ`, 'utf8'))
}

describe('secrets from the encrypted environment file', () => {
  it('open the instance, call Claude and guard the metrics', async () => {
    await uploadTexts(server, { 'rag.txt': 'The Maple Leaf Rag was published in 1899.' })
    const { id } = await newChat(server)
    expect(await askAndWait(server, id, 'When was the Maple Leaf Rag published?')).toMatchObject({ status: 'complete' })
    expect(fake.requests.at(-1)!.headers.authorization).toBe(`Bearer ${CANARIES.ANTHROPIC_API_KEY}`)
    const metrics = await server.anonymous('/metrics', { headers: { 'authorization': `Bearer ${CANARIES.RAGTIME_METRICS_TOKEN}`, 'x-forwarded-for': '203.0.113.9' } })
    expect(metrics.status).toBe(200)
    expect(secretsIn(await metrics.text())).toEqual([])
  })

  it('are in no answer: pages with their payload, error pages, API', async () => {
    const { id } = await newChat(server)
    const paths = ['/', '/login', '/documents', `/chats/${id}`, '/nothing/here', '/api/nothing', '/api/status', '/api/models', '/api/usage', '/api/auth/session', '/health']
    for (const path of paths) {
      for (const accept of ['text/html', 'application/json']) {
        for (const response of [await server.fetch(path, { headers: { accept } }), await server.anonymous(path, { headers: { accept } })]) {
          const headers = JSON.stringify([...response.headers])
          expect(secretsIn(headers + await response.text()), `${path} ${accept} ${response.status}`).toEqual([])
        }
      }
    }
  })

  it('are not repeated when Claude\'s API repeats them', async () => {
    const { id } = await newChat(server)
    const message = `invalid x-api-key: ${CANARIES.ANTHROPIC_API_KEY}`
    for (const reply of [{ status: 401, errorType: 'authentication_error', message }, { status: 400, errorType: 'invalid_request_error', message }]) {
      fake.next(reply)
      const answer = await askAndWait(server, id, 'When was the Maple Leaf Rag published?')
      expect(answer.status).toBe('failed')
      expect(secretsIn(JSON.stringify(answer))).toEqual([])
    }
    fake.next({ steps: [{ type: 'text', text: 'It was' }, { type: 'error', errorType: 'authentication_error', message }] })
    const answer = await askAndWait(server, id, 'When was the Maple Leaf Rag published?')
    expect(secretsIn(JSON.stringify(answer))).toEqual([])
  })

  it('are not in the environment of the extractor', async () => {
    const uploads = uploadTexts(server, Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}.txt`, `Rag number ${i} is a rag.`])))
    const environments = await server.waitFor(() => {
      try {
        const found = childEnvironments()
        return found.length > 0 && found
      }
      catch {
        return null // One of them ended in between.
      }
    }, { everyMs: 2, what: 'an extractor' })
    for (const environment of environments) {
      expect(secretsIn(environment)).toEqual([])
      expect(environment).not.toMatch(/RAGTIME_|ANTHROPIC_|DOTENV_/)
    }
    await uploads
  })

  it('are neither in the log, nor in a file of the data folder, nor in what browsers load', async () => {
    await server.anonymous('/api/auth/login', { method: 'POST', json: { password: GUESS } })
    await server.anonymous(`/api/search?q=${CANARIES.RAGTIME_METRICS_TOKEN}`)
    await server.kill('SIGTERM')
    expect(server.logs()).toContain('"path":"/api/auth/login"')
    expect(secretsIn(server.logs())).toEqual([])
    const files = [...filesIn(server.dataDir), ...filesIn(join(copyOfOutput().dir, 'public'))]
    expect(files.some(path => path.endsWith('ragtime.db'))).toBe(true)
    expect(files.some(path => path.endsWith('.js'))).toBe(true)
    for (const path of files) expect(secretsIn(readFileSync(path)), path).toEqual([])
  })

  it.each([
    ['another key', dotenvx().keypair().privateKey, /^ragtime: DOTENV_PRIVATE_KEY_PRODUCTION does not open \.env\.production: [^\n]+$/],
    ['no key', undefined, /^ragtime: RAGTIME_PASSWORD is missing: [^\n]*DOTENV_PRIVATE_KEY_PRODUCTION[^\n]*RAGTIME_SESSION_SECRET\)$/],
  ])('stay closed to %s, which one line says', async (_, key, line) => {
    const { code, logs } = await startAndExpectExit({ env: { ...ENV, DOTENV_PRIVATE_KEY_PRODUCTION: key } })
    expect(code).toBe(78)
    expect(logs.trim()).toMatch(line)
    expect(key && logs.includes(key)).toBeFalsy()
    expect(secretsIn(logs)).toEqual([])
  })
})

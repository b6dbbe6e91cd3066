import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { UploadResult } from '../../../shared/schemas/documents.ts'
import { copyOfOutput, freePort } from './output.ts'

export const PASSWORD = 'a password for the tests'
const SESSION_SECRET = 'a session secret for the tests, long enough'
const START_MS = 30_000
/** Nitro drains for up to 30 s; a graceful stop in a test has to be quicker than that. */
const STOP_MS = 15_000
const REQUEST_MS = 30_000

export interface StartOptions {
  /** Added to the minimal environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>
  /** A data folder to go on with, which then is the caller's to remove. Default: a new one, removed by `stop()`. */
  dataDir?: string
  /** Node's own arguments, for example `--max-old-space-size=128`. */
  args?: string[]
  /** False to start without a session. */
  signIn?: boolean
  /** Where a proxy in front is reached; the server itself then listens on the NITRO_UNIX_SOCKET of `env`. */
  port?: number
}
/** `json` is sent as the JSON body. Every request ends after 30 s unless a signal of its own is given. */
export type RequestOptions = RequestInit & { json?: unknown }
export interface UploadFile { name: string, content: string | Uint8Array, type?: string }
export interface ServerEvent<T = unknown> { id: string | undefined, type: string, data: T }
export interface JsonAnswer<T> { status: number, headers: Headers, body: T }

const running = new Set<ChildProcess>()
const folders = new Set<string>()
function cleanUp(): void {
  for (const child of running) child.kill('SIGKILL')
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
// A test that failed half-way leaves nothing behind. Vitest ends its workers without an exit event; benchmarks have one.
process.on('exit', cleanUp)
if (process.env.VITEST) (await import('vitest')).afterAll(cleanUp)

/** Starts a copy of the built server outside the repository and signs in. Call `stop()` in the end. */
export async function startServer(options: StartOptions = {}): Promise<TestServer> {
  const server = new TestServer(options, options.port ?? await freePort())
  await server.start()
  return server
}

/** Starts the server with settings it must refuse, and gives what it said. Throws when it goes on running. */
export async function startAndExpectExit(options: StartOptions = {}): Promise<{ code: number | null, logs: string }> {
  const server = new TestServer(options, await freePort())
  try {
    return await server.runToExit()
  }
  finally {
    await server.stop()
  }
}

export class TestServer {
  readonly url: string
  readonly dataDir: string
  readonly #port: number
  readonly #options: StartOptions
  readonly #ownsDataDir: boolean
  #child: ChildProcess | null = null
  #cookie = ''
  #logs = ''

  constructor(options: StartOptions, port: number) {
    this.#options = { ...options }
    this.#port = port
    this.url = `http://127.0.0.1:${port}`
    this.#ownsDataDir = options.dataDir === undefined
    this.dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'ragtime-data-'))
    if (this.#ownsDataDir) folders.add(this.dataDir)
  }

  /** Of the process that runs now. */
  get pid(): number {
    if (!this.#child?.pid) throw new Error('The server is not running')
    return this.#child.pid
  }

  /** Everything it wrote to standard output and standard error, over all restarts. */
  logs(): string {
    return this.#logs
  }

  /** A request of the signed-in browser: its cookie and the headers a browser sends from a page of the same origin. */
  fetch(path: string, init: RequestOptions = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    if (this.#cookie && !headers.has('cookie')) headers.set('cookie', this.#cookie)
    if (!headers.has('sec-fetch-site')) headers.set('sec-fetch-site', 'same-origin')
    if (!headers.has('origin')) headers.set('origin', this.url)
    return this.anonymous(path, { ...init, headers })
  }

  /** A request with nothing added, as from a stranger's script. */
  anonymous(path: string, init: RequestOptions = {}): Promise<Response> {
    const { json, ...rest } = init
    const headers = new Headers(rest.headers)
    if (json !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
    return fetch(new URL(path, this.url), {
      redirect: 'manual',
      ...rest,
      headers,
      body: json === undefined ? rest.body : JSON.stringify(json),
      signal: rest.signal ?? AbortSignal.timeout(REQUEST_MS),
    })
  }

  /** `fetch` with the parsed body; the body of an empty answer is null. Does not throw on an error status. */
  async json<T = unknown>(path: string, init: RequestOptions = {}): Promise<JsonAnswer<T>> {
    const response = await this.fetch(path, init)
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: (text === '' ? null : JSON.parse(text)) as T }
  }

  /** Uploads the files in one request. Throws unless they were taken (201). */
  async upload(files: UploadFile[], fields: Record<string, string> = {}): Promise<UploadResult> {
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    for (const { name, content, type = 'application/octet-stream' } of files) {
      form.append('file', new File([content as BlobPart], name, { type }))
    }
    const { status, body } = await this.json<UploadResult>('/api/documents', { method: 'POST', body: form })
    if (status !== 201) throw new Error(`The upload was answered ${status}: ${JSON.stringify(body)}`)
    return body
  }

  /** Asks until the answer is truthy, and gives it. Throws after `timeoutMs`, naming `what` and the last log lines. */
  async waitFor<T>(
    probe: () => T | Promise<T>,
    { timeoutMs = 20_000, everyMs = 50, what = 'the condition' } = {},
  ): Promise<Exclude<NonNullable<T>, false>> {
    const end = Date.now() + timeoutMs
    for (;;) {
      const value = await probe()
      if (value) return value as Exclude<NonNullable<T>, false>
      if (Date.now() > end) throw new Error(`${what} did not come true within ${timeoutMs} ms.\n${this.#tail()}`)
      await delay(everyMs)
    }
  }

  /**
   * Follows an event stream; `data` is parsed. Leaving the loop ends the request. Throws when the whole of it takes
   * longer than `timeoutMs`, so that a test that waits for an event fails with a message.
   */
  async* events<T = unknown>(
    path: string,
    { lastEventId, timeoutMs = 60_000, signal }: { lastEventId?: string | number, timeoutMs?: number, signal?: AbortSignal } = {},
  ): AsyncGenerator<ServerEvent<T>> {
    const leave = new AbortController()
    const limit = AbortSignal.any([leave.signal, AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
    const headers: Record<string, string> = { accept: 'text/event-stream' }
    if (lastEventId !== undefined) headers['last-event-id'] = String(lastEventId)
    try {
      const response = await this.fetch(path, { headers, signal: limit })
      if (!response.ok || !response.body) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`)
      const stream = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
      for await (const { id, event, data } of stream) {
        yield { id, type: event ?? 'message', data: JSON.parse(data) as T }
      }
    }
    finally {
      leave.abort()
    }
  }

  /** Signs in afresh, with the password of the tests unless another is given, and keeps the cookie. */
  async signIn(password = this.#options.env?.RAGTIME_PASSWORD ?? PASSWORD): Promise<void> {
    const response = await this.anonymous('/api/auth/login', { method: 'POST', json: { password }, headers: { origin: this.url } })
    if (!response.ok) throw new Error(`Signing in was answered ${response.status}: ${await response.text()}\n${this.#tail()}`)
    this.#cookie = response.headers.getSetCookie().map(cookie => cookie.split(';')[0]!).join('; ')
  }

  /** The cookie header of the signed-in browser. */
  get cookie(): string {
    return this.#cookie
  }

  /** Starts the process and waits until /health answers. `startServer` does this. */
  async start(): Promise<void> {
    const child = this.#spawn()
    const end = Date.now() + START_MS
    while (!await this.#answers()) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The server ended at start (${child.exitCode ?? child.signalCode}).\n${this.#tail()}`)
      }
      if (Date.now() > end) {
        await this.kill('SIGKILL')
        throw new Error(`The server did not answer /health within ${START_MS} ms.\n${this.#tail()}`)
      }
      await delay(20)
    }
    if (this.#options.signIn === false) return
    const session = await this.json<{ authenticated: boolean }>('/api/auth/session')
    if (!session.body?.authenticated) await this.signIn()
  }

  async runToExit(): Promise<{ code: number | null, logs: string }> {
    const child = this.#spawn()
    await Promise.race([once(child, 'close'), delay(START_MS, null, { ref: false })])
    if (child.exitCode === null) throw new Error(`The server went on running.\n${this.#tail()}`)
    return { code: child.exitCode, logs: this.#logs }
  }

  /** Sends the signal and waits until the process is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    const inTime = await Promise.race([gone.then(() => true), delay(STOP_MS, false, { ref: false })])
    if (inTime) return
    child.kill('SIGKILL')
    await gone
    throw new Error(`The server did not end within ${STOP_MS} ms of ${signal}.\n${this.#tail()}`)
  }

  /** Ends the process (gracefully, unless it was killed before) and starts it on the same port and data. */
  async restart(changes: Pick<StartOptions, 'env' | 'args'> = {}): Promise<void> {
    await this.kill('SIGTERM')
    this.#options.env = { ...this.#options.env, ...changes.env }
    this.#options.args = changes.args ?? this.#options.args
    await this.start()
  }

  /** Ends the process and removes its data. Safe to call twice. */
  async stop(): Promise<void> {
    try {
      await this.kill('SIGTERM')
    }
    finally {
      if (this.#ownsDataDir) {
        rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 3 })
        folders.delete(this.dataDir)
      }
    }
  }

  #spawn(): ChildProcess {
    const output = copyOfOutput()
    folders.add(output.root)
    const environment: Record<string, string | undefined> = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(this.#port),
      RAGTIME_DATA_DIR: this.dataDir,
      RAGTIME_PASSWORD: PASSWORD,
      RAGTIME_SESSION_SECRET: SESSION_SECRET,
      RAGTIME_SAMPLES: 'off',
      ...this.#options.env,
    }
    // As it is deployed: without it Vue renders in its slow and talkative development build. Nitro's scheduler is off
    // where NODE_ENV or TEST says test.
    const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))
    const child = spawn(process.execPath, [...this.#options.args ?? [], join(output.dir, 'server/index.mjs')], {
      cwd: output.root,
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    running.add(child)
    child.once('exit', () => running.delete(child))
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#logs = (this.#logs + text).slice(-1_000_000)
      })
    }
    this.#child = child
    return child
  }

  async #answers(): Promise<boolean> {
    try {
      const response = await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(2_000) })
      await response.arrayBuffer()
      // Of a proxy whose server is not there.
      return response.status !== 502
    }
    catch {
      return false
    }
  }

  #tail(): string {
    return `Last lines of the server:\n${this.#logs.split('\n').slice(-30).join('\n')}`
  }
}

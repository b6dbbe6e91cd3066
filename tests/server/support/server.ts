import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { copyOfOutput, freePort } from './output.ts'
import { Site } from './site.ts'

export type { JsonAnswer, RequestOptions, ServerEvent, UploadFile } from './site.ts'

export const PASSWORD = 'a password for the tests'
const SESSION_SECRET = 'a session secret for the tests, long enough'
const START_MS = 30_000
/** Nitro drains for up to 30 s; a graceful stop in a test has to be quicker than that. */
const STOP_MS = 15_000

export interface StartOptions {
  /** Added to the minimal environment; `undefined` removes a variable. */
  env?: Record<string, string | undefined>
  /** A data folder to go on with, which then is the caller's to remove. Default: a new one, removed by `stop()`. */
  dataDir?: string
  /** Node's own arguments, for example `--max-old-space-size=128`. */
  args?: string[]
  /** The folder that holds the `.output` to run. Default: a copy of the build. */
  output?: string
  /** False to start without a session. */
  signIn?: boolean
  /** Where a proxy in front is reached; the server itself then listens on the NITRO_UNIX_SOCKET of `env`. */
  port?: number
}

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

export class TestServer extends Site {
  readonly dataDir: string
  readonly #port: number
  readonly #options: StartOptions
  readonly #ownsDataDir: boolean
  #child: ChildProcess | null = null
  #logs = ''

  constructor(options: StartOptions, port: number) {
    super(`http://127.0.0.1:${port}`, options.env?.RAGTIME_PASSWORD ?? PASSWORD)
    this.#options = { ...options }
    this.#port = port
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

  /** Starts the process and waits until /health answers. `startServer` does this. */
  async start(): Promise<void> {
    const child = this.#spawn()
    const end = Date.now() + START_MS
    while (!await this.#answers()) {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(`The server ended at start (${child.exitCode ?? child.signalCode}).${this.context()}`)
      }
      if (Date.now() > end) {
        await this.kill('SIGKILL')
        throw new Error(`The server did not answer /health within ${START_MS} ms.${this.context()}`)
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
    if (child.exitCode === null) throw new Error(`The server went on running.${this.context()}`)
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
    throw new Error(`The server did not end within ${STOP_MS} ms of ${signal}.${this.context()}`)
  }

  /** Ends the process (gracefully, unless it was killed before) and starts it on the same port and data. */
  async restart(changes: Pick<StartOptions, 'env' | 'args' | 'output'> = {}): Promise<void> {
    await this.kill('SIGTERM')
    this.#options.env = { ...this.#options.env, ...changes.env }
    this.#options.output = changes.output ?? this.#options.output
    this.password = this.#options.env.RAGTIME_PASSWORD ?? PASSWORD
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
    const root = this.#options.output ?? copyOfOutput().root
    folders.add(root)
    const environment: Record<string, string | undefined> = {
      PATH: process.env.PATH,
      NODE_ENV: 'production',
      HOST: '127.0.0.1',
      PORT: String(this.#port),
      RAGTIME_DATA_DIR: this.dataDir,
      RAGTIME_PASSWORD: PASSWORD,
      RAGTIME_SESSION_SECRET: SESSION_SECRET,
      RAGTIME_SAMPLES: 'off',
      // A first backup within the minute would be noise in most tests.
      RAGTIME_BACKUP: 'off',
      ...this.#options.env,
    }
    // As it is deployed: without it Vue renders in its slow and talkative development build. Nitro's scheduler is off
    // where NODE_ENV or TEST says test.
    const env = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== undefined))
    const child = spawn(process.execPath, [...this.#options.args ?? [], join(root, '.output/server/index.mjs')], {
      cwd: root,
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

  protected override context(): string {
    return `\nLast lines of the server:\n${this.#logs.split('\n').slice(-30).join('\n')}`
  }
}

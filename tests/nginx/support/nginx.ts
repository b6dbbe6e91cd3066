import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../server/support/output.ts'

export const RENDER = fileURLToPath(new URL('../../../deploy/nginx/render.sh', import.meta.url))
/** Debian puts it where only root looks. */
export const NGINX_PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`
const PUBLIC_DIR = fileURLToPath(new URL('../../../.output/public', import.meta.url))
const START_MS = 20_000
const STOP_MS = 25_000

export interface AccessLine { [name: string]: unknown, path: string, status: number, method: string, id: string, cache: string, client: string }

export interface NginxOptions {
  /** For render.sh, over the ports and folders of the test. */
  env?: Record<string, string>
  /** A last change of the configuration, to stand in for what a test cannot have, such as another network. */
  edit?: (config: string) => string
}

const running = new Set<Nginx>()
function killAll(): void {
  for (const nginx of running) nginx.kill()
}
process.on('exit', killAll)
if (process.env.VITEST) (await import('vitest')).afterAll(killAll)

/** A folder for a socket: its path has to be short, and nginx's workers have to get in. */
export function makeRunDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'rt-'))
  chmodSync(dir, 0o755)
  return dir
}

/** Starts the real nginx with the shipped configuration on free ports. The app's socket is `app.sock` in `runDir`. */
export async function startNginx({ env, edit }: NginxOptions = {}): Promise<Nginx> {
  const runDir = makeRunDir()
  const [port, metricsPort] = [await freePort(), await freePort()]
  const config = join(runDir, 'nginx.conf')
  execFileSync('sh', [RENDER, config], {
    env: {
      PATH: NGINX_PATH, NGINX_PORT: String(port), NGINX_METRICS_PORT: String(metricsPort),
      NGINX_RUN_DIR: runDir, NGINX_PUBLIC_DIR: PUBLIC_DIR, NGINX_TEMP_DIR: join(runDir, 'temp'), ...env,
    },
    stdio: 'pipe',
  })
  if (edit) writeFileSync(config, edit(readFileSync(config, 'utf8')))
  const nginx = new Nginx(runDir, port, metricsPort)
  running.add(nginx)
  await nginx.start()
  return nginx
}

export class Nginx {
  readonly runDir: string
  readonly port: number
  readonly url: string
  readonly metricsUrl: string
  readonly socket: string
  #child: ChildProcess | null = null

  constructor(runDir: string, port: number, metricsPort: number) {
    this.runDir = runDir
    this.port = port
    this.url = `http://127.0.0.1:${port}`
    this.metricsUrl = `http://127.0.0.1:${metricsPort}`
    this.socket = join(runDir, 'app.sock')
    mkdirSync(join(runDir, 'logs'))
  }

  async start(): Promise<void> {
    // Files and no pipes: Node's pipes are sockets, and those cannot be opened as /dev/stdout.
    const out = openSync(join(this.runDir, 'logs/out'), 'a')
    const err = openSync(join(this.runDir, 'logs/err'), 'a')
    // Where the tests run as root, the workers would become another user who may not use the app's socket.
    const user = process.getuid?.() === 0 ? ['-g', 'user root;'] : []
    const child = spawn('nginx', ['-c', join(this.runDir, 'nginx.conf'), ...user], { env: { PATH: NGINX_PATH }, stdio: ['ignore', out, err] })
    closeSync(out)
    closeSync(err)
    this.#child = child
    const end = Date.now() + START_MS
    while (!await accepts(this.port)) {
      if (child.exitCode !== null || Date.now() > end) throw new Error(`nginx did not start:\n${this.errors()}`)
      await delay(20)
    }
  }

  /** What the access log says so far. */
  access(): AccessLine[] {
    return this.output().trim().split('\n').filter(Boolean).map(line => JSON.parse(line) as AccessLine)
  }

  output(): string {
    return readFileSync(join(this.runDir, 'logs/out'), 'utf8')
  }

  errors(): string {
    return readFileSync(join(this.runDir, 'logs/err'), 'utf8')
  }

  kill(): void {
    this.#child?.kill('SIGTERM')
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    running.delete(this)
    const child = this.#child
    if (child && child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      await Promise.race([gone, delay(STOP_MS, null, { ref: false })])
    }
    rmSync(this.runDir, { recursive: true, force: true, maxRetries: 3 })
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => socket.destroy() && resolve(true)).once('error', () => resolve(false))
  })
}

import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

/** Where container-check.sh keeps its images; the variable is its own. */
const HOME = process.env.CONTAINER_CHECK_HOME || '/var/tmp/container-check'
const START_MS = 120_000
export const PASSWORD = 'a password for the container'

/** Passes what comes on a unix socket of this machine to port 8080 of the network that it was started in. */
const RELAY = `require('node:net').createServer(a => {
  const b = require('node:net').connect(8080, '127.0.0.1'); a.pipe(b).pipe(a)
  a.on('error', () => b.destroy()); b.on('error', () => a.destroy())
}).listen(process.argv[1])`

export interface ProcessMemory { name: string, pssMb: number, rssMb: number }

export function podman(...args: string[]): string {
  return execFileSync('podman', args, {
    encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env, TMPDIR: join(HOME, 'tmp'),
      CONTAINERS_STORAGE_CONF: join(HOME, 'conf/storage.conf'), CONTAINERS_CONF: join(HOME, 'conf/containers.conf'),
    },
  }).trim()
}

/** The image that was built last. */
export function newestImage(): string {
  const [newest] = podman('images', '--filter', 'reference=localhost/container-check', '--format', '{{.Repository}}:{{.Tag}}').split('\n')
  if (!newest) throw new Error('There is no image: build it first, with container-check.sh --build-only .')
  return newest
}

/** Containers of one image, one after another, on one volume and at one address. Needs root. */
export class Deployment {
  readonly image: string
  readonly memory: string
  readonly volume = mkdtempSync(join(tmpdir(), 'ragtime-volume-'))
  readonly #folder = mkdtempSync(join(tmpdir(), 'ragtime-relay-'))
  readonly #front: Server
  #name: string | null = null
  #relay: ChildProcess | null = null
  #relayPath = ''

  constructor(image: string, memory = '512m') {
    this.image = image
    this.memory = memory
    this.#front = createServer((client) => {
      const server = connect(this.#relayPath || join(this.#folder, 'none'))
      client.pipe(server).pipe(client)
      client.on('error', () => server.destroy())
      server.on('error', () => client.destroy())
    })
  }

  /** The same for all containers; known from the first start on. */
  get url(): string {
    return `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`
  }

  get pid(): number {
    return Number(podman('inspect', '--format', '{{.State.Pid}}', this.name))
  }

  get name(): string {
    if (!this.#name) throw new Error('No container is running')
    return this.#name
  }

  /** Starts a new container on the volume and returns when /health answers 200; gives the milliseconds that took. */
  async start(): Promise<number> {
    if (!this.#front.listening) await once(this.#front.listen(0, '127.0.0.1'), 'listening')
    const began = performance.now()
    this.#name = `ragtime-bench-${randomUUID().slice(0, 8)}`
    podman('run', '--detach', '--no-healthcheck', '--name', this.#name, '--network', 'none', '--memory', this.memory, '--memory-swap', this.memory,
      '--volume', `${this.volume}:/data`, '--env', `RAGTIME_PASSWORD=${PASSWORD}`, '--env', `RAGTIME_SESSION_SECRET=${'s'.repeat(40)}`,
      '--env', 'RAGTIME_SAMPLES=off', this.image)
    this.#relayPath = join(this.#folder, this.#name)
    this.#relay = this.enter('--eval', RELAY, this.#relayPath)
    while (!(await fetch(`${this.url}/health`, { signal: AbortSignal.timeout(5_000) }).catch(() => null))?.ok) {
      if (performance.now() - began > START_MS) throw new Error(`Not healthy after ${START_MS} ms:\n${this.logs()}`)
      await delay(10)
    }
    return performance.now() - began
  }

  /** Runs Node in the container's network, on this machine's files. */
  enter(...args: string[]): ChildProcess {
    return spawn('nsenter', [`--net=/proc/${this.pid}/ns/net`, process.execPath, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  }

  /** Stops the container in order, or with SIGKILL, and removes it. Throws when it was killed for its memory. */
  stop(signal: 'SIGTERM' | 'SIGKILL'): void {
    const killed = this.oomKills()
    podman('kill', '--signal', signal, this.name)
    const code = podman('wait', this.name)
    this.#relay?.kill('SIGKILL')
    if (signal === 'SIGTERM' && code !== '0') throw new Error(`The container ended with ${code}:\n${this.logs()}`)
    podman('rm', '--force', this.name)
    this.#name = null
    this.#relayPath = ''
    if (killed > 0) throw new Error(`${killed} processes were killed for the container's memory`)
  }

  logs(): string {
    return podman('logs', '--tail', '40', this.name)
  }

  /** Of the whole container: megabytes in use, page cache included, and the most there ever were. */
  cgroupMemory(): { nowMb: number, peakMb: number } {
    const [now, peak] = [this.#cgroup('memory.current', 'memory.usage_in_bytes'), this.#cgroup('memory.peak', 'memory.max_usage_in_bytes')]
    return { nowMb: Number(now) / 1e6, peakMb: Number(peak) / 1e6 }
  }

  oomKills(): number {
    return Number(/^oom_kill (\d+)/m.exec(this.#cgroup('memory.events', 'memory.oom_control'))?.[1] ?? 0)
  }

  /** Each process with its share of memory (PSS: what several share is divided among them). */
  processes(): ProcessMemory[] {
    const namespace = readlinkSync(`/proc/${this.pid}/ns/pid`)
    return readdirSync('/proc').filter(name => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        if (readlinkSync(`/proc/${pid}/ns/pid`) !== namespace) return []
        const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
        const mb = (field: string) => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(rollup)![1]) * 1024 / 1e6
        return [{ name: processName(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')), pssMb: mb('Pss'), rssMb: mb('Rss') }]
      }
      catch {
        return [] // It has ended meanwhile.
      }
    })
  }

  /** Stops what runs and removes all that this has made. */
  close(): void {
    if (this.#name) {
      this.#relay?.kill('SIGKILL')
      podman('rm', '--force', '--time', '0', this.#name)
    }
    this.#front.close()
    for (const folder of [this.volume, this.#folder]) rmSync(folder, { recursive: true, force: true })
  }

  /** A file of the memory controller, by its name in version 2 of cgroups or in version 1. */
  #cgroup(two: string, one: string): string {
    const lines = readFileSync(`/proc/${this.pid}/cgroup`, 'utf8')
    const path = (pattern: RegExp) => pattern.exec(lines)?.[1] ?? ''
    const candidates = [join('/sys/fs/cgroup', path(/^0::(.*)$/m), two), join('/sys/fs/cgroup/memory', path(/^\d+:memory:(.*)$/m), one)]
    const file = candidates.find(candidate => existsSync(candidate))
    if (!file) throw new Error(`There is no ${two} for the container`)
    return readFileSync(file, 'utf8')
  }
}

function processName(command: string[]): string {
  const line = command.join(' ').trim()
  if (line.startsWith('nginx:')) return line.replace(/ process.*/, '')
  if (line.includes('--permission')) return 'extractor'
  if (line.includes('index.mjs')) return 'server'
  return line.startsWith('s6-') ? 's6' : line.split(' ')[0]!
}

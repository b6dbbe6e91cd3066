import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const repository = fileURLToPath(new URL('../../../', import.meta.url))
/** Builds the image and runs it with podman; it lies beside the repository, where it is at all. */
const PROGRAM = process.env.CONTAINER_CHECK || join(repository, '../shared/container-check.sh')
const MAX_MB = 320

export const PASSWORD = 'a password for the container'
export const SETTINGS = { RAGTIME_PASSWORD: PASSWORD, RAGTIME_SESSION_SECRET: 'a session secret for the container, long enough' }

/** Why the image cannot be built and run here; null where it can. */
export function missing(): string | null {
  if (!existsSync(PROGRAM)) return 'there is no container-check.sh beside the repository'
  if (process.getuid?.() !== 0) return 'building and running an image needs root'
  if (process.arch !== 'x64' || process.platform !== 'linux') return 'the base image can be made for Linux on x64 only'
  const tools = ['podman', 'runc', 'mmdebstrap', 'socat']
  const lacking = tools.filter(tool => spawnSync('sh', ['-c', `command -v ${tool}`]).status !== 0)
  if (lacking.length > 0 && spawnSync('sh', ['-c', 'command -v apt-get']).status !== 0) return `${lacking.join(', ')} cannot be installed`
  return null
}

export interface Container {
  /** Of nginx, on this machine. */
  url: string
  name: string
  /** The folder that it has as /data. */
  data: string
  /** What was built. */
  image: string
  /** A podman command on the engine that the image lies in. */
  podman: (...args: string[]) => { code: number, output: string, stdout: string }
  /** Lets the program go on: it stops the container, starts it once more and stops it again. */
  goOn: () => void
  /** Exit code and all lines of the program, once it has ended. */
  ended: Promise<{ code: number, lines: string }>
  lines: () => string
}

/**
 * Builds the image, starts it, kills nginx and the server once each, and resolves when the container is there for the
 * tests. Throws with the program's last lines when one of these steps fails.
 */
export async function startContainer(limitMs: number): Promise<Container> {
  const folder = mkdtempSync(join(tmpdir(), 'ragtime-container-'))
  const environmentFile = join(folder, 'environment')
  const doneFile = join(folder, 'done')
  // Leaves the container alone until the tests are through, or are no more.
  const wait = `env -0 > ${environmentFile}.new; mv ${environmentFile}.new ${environmentFile}; while [ ! -e ${doneFile} ] && kill -0 ${process.pid}; do sleep 0.1; done`
  const child = spawn('bash', [
    PROGRAM, '--kill', '^node ', '--kill', '^nginx: master', '--again', '--max-mb', String(MAX_MB), '--timeout', '120',
    ...Object.entries({ ...SETTINGS, RAGTIME_SAMPLES: 'off' }).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    '--exec', wait, repository,
  ], { stdio: ['ignore', 'pipe', 'pipe'] })
  let lines = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => lines += text)
  const ended = new Promise<{ code: number, lines: string }>((resolve) => {
    child.once('close', (code) => {
      rmSync(folder, { recursive: true, force: true })
      resolve({ code: code ?? 1, lines })
    })
  })
  process.once('exit', () => child.kill('SIGTERM'))

  await untilThere(environmentFile, child, limitMs, () => lines)
  const environment = Object.fromEntries(readFileSync(environmentFile, 'utf8').split('\0').filter(Boolean).map((line) => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1)]
  }))
  const podman: Container['podman'] = (...args) => {
    const { status, stdout, stderr } = spawnSync('podman', args, { env: environment, encoding: 'utf8', timeout: 120_000, maxBuffer: 64 * 1024 * 1024 })
    return { code: status ?? 1, output: stdout + stderr, stdout }
  }
  const name = environment.CONTAINER_NAME!
  return {
    url: environment.BASE_URL!,
    name,
    data: environment.CONTAINER_DATA!,
    image: podman('inspect', '--format', '{{.Image}}', name).stdout.trim(),
    podman,
    goOn: () => {
      if (existsSync(folder)) writeFileSync(doneFile, '')
    },
    ended,
    lines: () => lines,
  }
}

async function untilThere(file: string, child: ChildProcess, limitMs: number, lines: () => string): Promise<void> {
  const end = Date.now() + limitMs
  while (!existsSync(file)) {
    if (child.exitCode !== null) throw new Error(`The container check ended with ${child.exitCode}:\n${lines().slice(-6_000)}`)
    if (Date.now() > end) {
      child.kill('SIGTERM')
      throw new Error(`The container was not ready after ${limitMs} ms:\n${lines().slice(-6_000)}`)
    }
    await delay(100)
  }
}

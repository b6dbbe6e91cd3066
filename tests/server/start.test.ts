import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { copyOfOutput } from './support/output.ts'
import type { TestServer } from './support/server.ts';
import { PASSWORD, startAndExpectExit, startServer } from './support/server.ts'

const QUICK = { RAGTIME_EMBEDDER: 'none' }
let folder: string
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-start-'))
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
})

describe('a data folder', () => {
  it('serves one process: a second one refuses in one line and touches nothing, until the first was killed', async () => {
    const first = await startServer({ dataDir: folder, env: QUICK })
    try {
      const before = readdirSync(folder).toSorted()
      const { code, logs } = await startAndExpectExit({ dataDir: folder, env: QUICK })
      expect(code).toBe(78)
      expect(logs.trim()).toMatch(/^ragtime: The data folder \S+ is in use by another Ragtime process\. [^\n]+$/)
      expect(readdirSync(folder).toSorted()).toEqual(before)
      expect((await first.json('/api/documents')).status).toBe(200)
      await first.kill('SIGKILL')
      await first.start()
    }
    finally {
      await first.stop()
    }
  })

  it('is taken over from a server that is just stopping', async () => {
    const first = await startServer({ dataDir: folder, env: QUICK })
    const second = await startWhileStopping(first)
    await second.stop()
  })

  it('is not changed by a version that is older than the database', async () => {
    const server = await startServer({ dataDir: folder, env: QUICK })
    await server.stop()
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(join(folder, 'ragtime.db'))
    db.pragma('user_version = 4711')
    db.close()
    const { code, logs } = await startAndExpectExit({ dataDir: folder, env: QUICK })
    expect(code).toBe(78)
    expect(logs.match(/^ragtime: .*$/gm)).toEqual([expect.stringMatching(/schema 4711/)])
  })
})

describe('a unix socket', () => {
  it('is for the same user alone, and one that a killed server left never blocks a start', async () => {
    const path = join(folder, 'app.sock')
    const killed = await serveOn(path)
    expect(statSync(path).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'ragtime.db')).mode & 0o777).toBe(0o600)
    const gone = once(killed, 'exit')
    killed.kill('SIGKILL')
    await gone
    expect(statSync(path).isSocket()).toBe(true)
    await serveOn(path)
  })

  it('stays with the server that listens on it when a second one is started', async () => {
    const path = join(folder, 'app.sock')
    await serveOn(path)
    const second = spawnOn(path)
    const [code] = await once(second, 'exit')
    expect(code).toBe(78)
    expect(await healthOn(path)).toBe(200)
  })
})

async function startWhileStopping(first: TestServer): Promise<TestServer> {
  const stopping = first.kill('SIGTERM')
  const second = await startServer({ dataDir: folder, env: QUICK })
  await stopping
  return second
}

function spawnOn(path: string): ChildProcess {
  const { dir, root } = copyOfOutput()
  const child = spawn(process.execPath, [join(dir, 'server/index.mjs')], {
    cwd: root, stdio: 'ignore',
    env: {
      PATH: process.env.PATH, NODE_ENV: 'production', NITRO_UNIX_SOCKET: path, RAGTIME_DATA_DIR: folder, RAGTIME_SAMPLES: 'off',
      RAGTIME_PASSWORD: PASSWORD, RAGTIME_SESSION_SECRET: 'a session secret for the tests, long enough', ...QUICK,
    },
  })
  children.push(child)
  return child
}

/** Starts a server and waits until it answers. */
async function serveOn(path: string): Promise<ChildProcess> {
  const child = spawnOn(path)
  const end = Date.now() + 30_000
  while (await healthOn(path) !== 200) {
    if (child.exitCode !== null || Date.now() > end) throw new Error(`The server does not answer on its socket (exit code ${child.exitCode})`)
    await delay(50)
  }
  return child
}

function healthOn(socketPath: string): Promise<number | null> {
  return new Promise((resolve) => {
    request({ socketPath, path: '/health', timeout: 5_000 }, (response) => {
      response.resume()
      resolve(response.statusCode ?? null)
    }).on('error', () => resolve(null)).end()
  })
}

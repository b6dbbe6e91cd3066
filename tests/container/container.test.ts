import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AskResult, Chat, ChatWithMessages } from '../../shared/schemas/chats.ts'
import type { Document } from '../../shared/schemas/documents.ts'
import { Site } from '../server/support/site.ts'
import { missing, PASSWORD, repository, SETTINGS, startContainer, type Container } from './support/check.ts'

/** A build from nothing, with the packages to fetch, on a slow machine. */
const BUILD_MS = 25 * 60_000
const START_MS = 60_000
const BROWSER_MS = 10 * 60_000
/**
 * Where the image may differ from the server alone, which passes all of them: the way in, the whole path from an upload to the
 * marked sentence with its streams, and the viewer of original pages, whose files and policies come from nginx.
 */
const BROWSER_FILES = ['access', 'journey', 'original'].map(name => `tests/e2e/${name}.test.ts`)

const reason = missing()
if (reason) console.log(`The container is not tested: ${reason}.`)

let container: Container
let site: Site
const volumes: string[] = []

describe.skipIf(reason)('the image', () => {
  beforeAll(async () => {
    container = await startContainer(BUILD_MS)
    site = new Site(container.url, PASSWORD)
    await site.signIn()
  }, BUILD_MS + 10_000)

  afterAll(async () => {
    for (const volume of volumes) rmSync(volume, { recursive: true, force: true })
    container?.goOn()
    await container?.ended
  }, 180_000)

  describe('as a container', () => {
    it('brings back the server and nginx when they are killed', () => {
      expect(container.lines()).toMatch(/SIGKILL of \^node : recovered/)
      expect(container.lines()).toMatch(/SIGKILL of \^nginx: master: recovered/)
    })

    it('is healthy through nginx, with every part working', async () => {
      const { status, body } = await site.json<{ status: string, checks: Record<string, { ok: boolean }> }>('/health')
      expect(status).toBe(200)
      expect(Object.entries(body.checks).filter(([, { ok }]) => !ok)).toEqual([])
      expect(Object.keys(body.checks).sort()).toEqual(['database', 'disk', 'fullText', 'model', 'queue', 'vectors'])
    })

    it('runs nothing as root, and keeps the data from others', () => {
      const owners = inside('for p in /proc/[0-9]*; do stat -c %U $p; done | sort -u')
      expect(owners.output.trim()).toBe('node')
      expect(inside('stat -c "%U %a" /data/ragtime.db').output.trim()).toBe('node 600')
      expect(inside('grep NoNewPrivs /proc/1/status').output).toMatch(/1/)
    })

    it('holds no package manager, no sources and no secrets', () => {
      expect(inside('command -v npm npx yarn corepack gcc curl').output.trim()).toBe('')
      expect(inside('find / -xdev \\( -name ".env*" -o -name "*.map" -o -name .git -o -name .npmrc -o -name "*.vue" \\) -not -path "/proc/*"').stdout.trim()).toBe('')
      const history = container.podman('history', '--no-trunc', '--format', '{{.CreatedBy}}', container.image).output
      expect(history + container.podman('image', 'inspect', container.image).output).not.toMatch(/PASSWORD|SECRET|API_KEY|PRIVATE_KEY/)
    })

    it('says what it is', () => {
      const labels = JSON.parse(container.podman('image', 'inspect', '--format', '{{json .Labels}}', container.image).stdout) as Record<string, string>
      expect(labels).toMatchObject({ 'org.opencontainers.image.title': 'Ragtime', 'org.opencontainers.image.licenses': 'MIT' })
      expect(labels['org.opencontainers.image.version']).toMatch(/^\d+\.\d+\.\d+$/)
      expect(labels).toHaveProperty(['org.opencontainers.image.revision'])
    })

    it('answers strangers with the login page and a policy', async () => {
      const login = await site.anonymous('/login')
      expect(login.status).toBe(200)
      expect(login.headers.get('content-security-policy')).toMatch(/default-src 'none'/)
      expect(login.headers.get('strict-transport-security')).toMatch(/max-age=\d{8}/)
      const [script] = /\/_nuxt\/[^"]+\.js/.exec(await login.text())!
      const asset = await site.anonymous(script, { headers: { 'accept-encoding': 'br' } })
      expect(Object.fromEntries(asset.headers)).toMatchObject({
        'content-encoding': 'br', 'cache-control': expect.stringMatching(/immutable/), 'x-content-type-options': 'nosniff',
      })
      expect((await site.anonymous('/api/documents')).status).toBe(401)
    })

    it('reads an upload and answers a question from it, streamed through nginx', async () => {
      const { documents } = await site.upload([{ name: 'joplin.md', content: '# The contract\n\nScott Joplin signed the contract for the Maple Leaf Rag in 1899. It paid him one cent a copy.\n' }])
      await site.waitFor(async () => (await site.json<Document>(`/api/documents/${documents[0]!.id}`)).body.status === 'ready', { timeoutMs: 90_000, what: 'the document is ready' })
      const { body: chat } = await site.json<Chat>('/api/chats', { method: 'POST', json: {} })
      const { status, body } = await site.json<AskResult>(`/api/chats/${chat.id}/messages`, { method: 'POST', json: { content: 'When did Joplin sign the contract?' } })
      expect(status).toBe(202)
      const seen: string[] = []
      for await (const { type } of site.events(`/api/runs/${body.run.id}/events`)) seen.push(type)
      expect(seen.at(-1)).toBe('done')
      expect(seen).toContain('citation')
      const { body: stored } = await site.json<ChatWithMessages>(`/api/chats/${chat.id}`)
      expect(stored.messages.at(-1)!.content).toMatch(/1899/)
    })

    it('keeps its numbers from visitors and gives them to the machine itself', async () => {
      expect((await site.anonymous('/metrics')).status).toBeGreaterThanOrEqual(401)
      const own = inside('exec 3<>/dev/tcp/127.0.0.1/9091; printf "GET /metrics HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n" >&3; cat <&3')
      expect(own.output).toMatch(/^# TYPE ragtime_/m)
    })

    it('runs the programs of operators', () => {
      const { code, output } = container.podman('exec', container.name, '/app/script/db-status', '--json')
      expect(code, output).toBe(0)
      expect(JSON.parse(output)).toMatchObject({ database: expect.anything() as unknown })
      const programs = readdirSync(join(repository, 'script')).filter(name => existsSync(join(repository, `server/commands/${name}.ts`)))
      expect(programs).toEqual(expect.arrayContaining(['backup', 'console', 'credentials', 'db-status', 'restore']))
      for (const name of programs) expect(container.podman('exec', container.name, `script/${name}`, '--help').code, name).toBe(0)
      expect(container.podman('exec', container.name, 'script/backup').code).toBe(0)
      expect(container.podman('exec', container.name, 'script/restore', '--list').stdout).toMatch(/\d{4}-\d\d-\d\dT/)
    })

    it('writes lines of JSON', () => {
      const lines = container.podman('logs', container.name).output.split('\n').filter(Boolean)
      expect(lines.length).toBeGreaterThan(5)
      // Nitro's own line says where it listens.
        expect(lines.filter(line => !isJson(line) && !line.startsWith('Listening on '))).toEqual([])
    })

    it('passes the browser tests that the image can change', async () => {
      const browser = spawn('npx', ['vitest', 'run', '--project', 'e2e', ...BROWSER_FILES], {
        cwd: repository, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, BASE_URL: container.url, RAGTIME_TEST_PASSWORD: PASSWORD },
      })
      const [output, errors, [code]] = await Promise.all([text(browser.stdout), text(browser.stderr), once(browser, 'close') as Promise<[number]>])
      const told = stripVTControlCharacters(output + errors)
      expect(code, told.slice(-6_000)).toBe(0)
      expect(told).toMatch(/Tests .*[1-9]\d* passed/)
    }, BROWSER_MS)

    it('passes its own health check', () => {
      expect(container.podman('healthcheck', 'run', container.name).code).toBe(0)
    })
  })

  describe('as another container', () => {
    it('refuses a volume that is in use, in one line', () => {
      const { code, output } = run(['--volume', `${container.data}:/data`])
      expect(output.trim()).toMatch(/^ragtime: The data folder \/data is in use by another Ragtime process[^\n]*$/)
      expect(code).toBe(78)
    })

    it('ends at once, with one line, when a setting is missing', () => {
      const { code, output } = run(['--env', 'RAGTIME_PASSWORD='])
      expect(output.trim()).toMatch(/^ragtime: RAGTIME_PASSWORD is missing[^\n]*$/)
      expect(code).toBe(78)
    })

    it('makes its own password when it is only tried out, and shows it to who may run a program in it', async () => {
      const name = `${container.name}-own`
      const started = container.podman('run', '--detach', '--name', name, '--no-healthcheck', '--network', 'none', '--memory', '512m', '--env', 'RAGTIME_SAMPLES=off', container.image)
      expect(started.code, started.output).toBe(0)
      try {
        await site.waitFor(() => container.podman('exec', name, '/app/deploy/healthcheck.sh').code === 0, { timeoutMs: START_MS, everyMs: 300, what: 'health without a setting' })
        const shown = container.podman('exec', name, '/app/script/credentials', 'local')
        expect(shown.stdout, shown.output).toMatch(/^\w{4}-\w{4}-\w{4}\n$/)
        const signIn = `fetch('http://127.0.0.1:8080/api/auth/login', { method: 'POST', headers: { 'content-type': 'application/json', 'origin': 'http://127.0.0.1:8080' }, body: JSON.stringify({ password: process.argv[1] }) }).then(({ status }) => console.log(status))`
        expect(container.podman('exec', name, 'node', '-e', signIn, shown.stdout.trim()).stdout.trim()).toBe('200')
        expect(container.podman('logs', name).output).not.toContain(shown.stdout.trim())
      }
      finally {
        container.podman('rm', '--force', '--time', '0', name)
      }
    }, 120_000)

    it('ends with a line that says so when the server dies again and again', () => {
      const { code, output } = run(['--env', 'NODE_OPTIONS=--require=/nowhere.cjs'])
      expect(code).toBe(1)
      expect(output).toMatch(/"message":"ended 5 times within a minute: the container stops","service":"node"/)
    }, 60_000)

    it.each([
      ['root with the rights of docker-compose.yml', ['--cap-drop', 'all', '--cap-add', 'CHOWN,SETGID,SETUID', '--security-opt', 'no-new-privileges']],
      ['an ordinary user', ['--user', '1000:1000']], ['a user that the image does not know', ['--user', '4711:4711']],
    ])('starts on a read-only file system, as %s, and stops in order', async (_who, options) => {
      const name = `${container.name}-${volumes.length}`
      const volume = newVolume(options[0] === '--user' ? Number.parseInt(options[1]!) : 0)
      const started = container.podman(
        'run', '--detach', '--name', name, ...common(), '--volume', `${volume}:/data`, ...options,
        '--read-only', '--read-only-tmpfs=false', '--tmpfs', '/tmp:rw,noexec,nosuid,size=64m,mode=1777', '--tmpfs', '/run:rw,noexec,nosuid,size=16m,mode=1777', container.image,
      )
      expect(started.code, started.output).toBe(0)
      try {
        await site.waitFor(() => container.podman('exec', name, '/app/deploy/healthcheck.sh').code === 0, { timeoutMs: START_MS, everyMs: 300, what: `health as ${_who}` })
        expect(container.podman('exec', name, 'sh', '-c', 'touch /app/x').code).not.toBe(0)
        container.podman('kill', '--signal', 'SIGINT', name)
        expect(container.podman('wait', name).stdout.trim()).toBe('0')
        expect(container.podman('logs', name).output).not.toMatch(/Read-only|Permission denied|emerg/)
      }
      finally {
        container.podman('rm', '--force', '--time', '0', name)
      }
    }, 120_000)
  })

  describe('at the stop', () => {
    it('the container tells its streams, finishes an upload, ends with 0 and starts again on the same data', async () => {
      const seen: string[] = []
      const opened = Promise.withResolvers<void>()
      const told = (async () => {
        for await (const { type } of site.events('/api/documents/events', { timeoutMs: 90_000 })) {
          seen.push(type)
          opened.resolve()
        }
      })()
      const upload = slowUpload()
      await Promise.race([opened.promise, delay(3_000)])
      container.goOn()
      await told
      expect(seen.at(-1)).toBe('restart')
      expect(await upload.finish()).toBe(201)
      const { code, lines } = await container.ended
      const [, stopped] = /SIGTERM: stopped in (\d+) ms/.exec(lines)!
      const [, started] = /second start on the same \/data: healthy after (\d+) ms/.exec(lines)!
      console.log(`The gap of a replacement, an upload under way included: stop ${stopped} ms, start to the first 200 ${started} ms`)
      expect(code, lines).toBe(0)
    }, 180_000)
  })
})

function inside(command: string): { code: number, output: string, stdout: string } {
  return container.podman('exec', '--user', 'node', container.name, 'bash', '-c', command)
}

function common(): string[] {
  return ['--no-healthcheck', '--network', 'none', '--memory', '512m', ...Object.entries({ ...SETTINGS, RAGTIME_SAMPLES: 'off' }).flatMap(([name, value]) => ['--env', `${name}=${value}`])]
}

/** Runs the image to its end, which the caller expects to come by itself. */
function run(options: string[]): { code: number, output: string } {
  return container.podman('run', '--rm', ...common(), ...options, container.image)
}

function newVolume(owner: number): string {
  const volume = mkdtempSync(join(tmpdir(), 'ragtime-volume-'))
  volumes.push(volume)
  chownSync(volume, owner, owner)
  return volume
}

/** An upload of which one half has been sent. */
function slowUpload(): { finish: () => Promise<number> } {
  const boundary = 'half-and-half'
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\nContent-Type: text/plain\r\n\r\n`
  const half = 'A sentence of the first half. '.repeat(2_000)
  const tail = `And one of the second.\r\n--${boundary}--\r\n`
  const status = Promise.withResolvers<number>()
  const sent = request(new URL('/api/documents', site.url), {
    method: 'POST',
    headers: {
      'cookie': site.cookie, 'origin': site.url, 'sec-fetch-site': 'same-origin',
      'content-type': `multipart/form-data; boundary=${boundary}`,
      'content-length': Buffer.byteLength(head + half + tail),
    },
  }, (response) => {
    response.resume()
    status.resolve(response.statusCode!)
  })
  sent.on('error', status.reject)
  sent.write(head + half)
  return {
    finish: () => {
      sent.end(tail)
      return status.promise
    },
  }
}

function isJson(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  }
  catch {
    return false
  }
}

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest'
import { startFakeAnthropic, type FakeAnthropic } from '../../server/support/anthropic.ts'
import { startServer, type TestServer } from '../../server/support/server.ts'
import { Site } from '../../server/support/site.ts'
import { launch, openPage, visit, type WatchedPage } from './browser.ts'

const ARTIFACTS = fileURLToPath(new URL('../../artifacts', import.meta.url))
/** With `BASE_URL` the tests visit what runs there, and `RAGTIME_TEST_PASSWORD` opens it; without, a server of their own. */
const address = process.env.RAGTIME_TEST_URL?.replace(/\/+$/, '') || null

/** False at BASE_URL. */
export const hasOwnServer = address === null

/** Skips the tests of the file or the `describe` block that calls it when they visit an address of somebody else's. */
export function needsOwnServer(reason: string): void {
  beforeEach(({ skip }) => skip(!hasOwnServer, `not at BASE_URL: ${reason}`))
}

export interface Scene {
  /** What is visited. */
  readonly site: Site
  /** The same as far as only our own can do it; throws at BASE_URL, where `needsOwnServer` has to come before. */
  readonly server: TestServer
  readonly claude: FakeAnthropic
  readonly browser: Browser
  /** Opens a page of the signed-in owner, or of a stranger. It is closed after the test. */
  open: (path: string, options?: OpenOptions) => Promise<Page>
  /** Leaves out what a test has brought about itself; the browser logs every failed request. */
  forgive: (expected: RegExp) => void
  shoot: (page: Page, name: string) => Promise<unknown>
}

export type OpenOptions = Parameters<typeof openPage>[2] & {
  stranger?: boolean
  /** Another address of the same server, for example a proxy in front of it. */
  at?: string
}

/**
 * The stage of a file of browser tests: a site, a browser, and the check that each page stayed free of problems.
 * `claude` puts a fake Anthropic behind our own server.
 */
export function useScene({ claude: withClaude = false }: { claude?: boolean } = {}): Scene {
  let site: Site | null = null
  let server: TestServer | null = null
  let claude: FakeAnthropic | null = null
  let browser: Browser | null = null
  let current: WatchedPage | null = null
  let before = { documents: new Set<string>(), chats: new Set<string>() }

  beforeAll(async () => {
    mkdirSync(ARTIFACTS, { recursive: true })
    if (address) {
      site = await visitAddress(address)
      before = await contents(site)
    }
    else {
      if (withClaude) claude = await startFakeAnthropic()
      // Words find everything here; embedding would only take time.
      const env = { RAGTIME_EMBEDDER: 'none', ...claude && { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: claude.url } }
      site = server = await startServer({ env })
    }
    browser = await launch()
  })
  afterAll(async () => {
    await browser?.close()
    if (address && site) await removeNew(site, before)
    await server?.stop()
    await claude?.close()
  })
  afterEach(async (context) => {
    if (context.task.result?.state === 'fail' && current) await shoot(current.page, `failed-${context.task.name.replace(/\W+/g, '-')}`)
    const problems = current?.problems ?? []
    await current?.close()
    current = null
    expect(problems).toEqual([])
  })

  const shoot = (page: Page, name: string) => page.screenshot({ path: join(ARTIFACTS, `${name}.png`) })

  return {
    get site() {
      return there(site)
    },
    get server() {
      return there(server)
    },
    get claude() {
      return there(claude)
    },
    get browser() {
      return there(browser)
    },
    async open(path, { stranger = false, at, ...options } = {}) {
      await current?.close()
      const { url, cookie } = there(site)
      current = await openPage(there(browser), { url: at ?? url, cookie: stranger ? '' : cookie }, options)
      await visit(current.page, path)
      return current.page
    },
    forgive(expected) {
      const problems = current?.problems ?? []
      problems.splice(0, problems.length, ...problems.filter(problem => !expected.test(problem)))
    },
    shoot,
  }
}

function there<T>(value: T | null): T {
  if (value === null) throw new Error('This is not part of the scene: see useScene and needsOwnServer.')
  return value
}

async function visitAddress(url: string): Promise<Site> {
  const password = process.env.RAGTIME_TEST_PASSWORD
  if (!password) throw new Error('BASE_URL is set: set RAGTIME_TEST_PASSWORD to the password of what runs there.')
  const site = new Site(url, password)
  await site.signIn()
  return site
}

/** What is there may be somebody's: only what the tests have added is taken away again. */
async function contents(site: Site): Promise<{ documents: Set<string>, chats: Set<string> }> {
  const ids = async (path: string) => new Set((await site.json<{ items: { id: string }[] }>(`${path}?limit=100`)).body.items.map(({ id }) => id))
  return { documents: await ids('/api/documents'), chats: await ids('/api/chats') }
}

async function removeNew(site: Site, before: { documents: Set<string>, chats: Set<string> }): Promise<void> {
  // A test may have signed this session out.
  if (!(await site.json<{ authenticated: boolean }>('/api/auth/session')).body.authenticated) await site.signIn()
  const now = await contents(site)
  for (const kind of ['documents', 'chats'] as const) {
    for (const id of now[kind]) if (!before[kind].has(id)) await site.fetch(`/api/${kind}/${id}`, { method: 'DELETE' })
  }
}

import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import { dropFiles } from './support/browser.ts'
import { otherBuild } from './support/builds.ts'
import { addNotes, answerText, ask, chip, prompt, QUESTION, quotedChat, stored } from './support/chat.ts'
import { answer, CONTRACT } from './support/claude.ts'
import { startGap, type Absence, type Gap } from './support/gap.ts'
import { hasOwnServer, needsOwnServer, useScene } from './support/scene.ts'

/** The gap of a deploy, and a slow one: in milliseconds. */
const GAP = 3_000
const LONG_GAP = 8_000
/** What the browser logs of requests that met no server, or files of a build that is gone. */
const ABSENT = /status of (?:404|50[23])|net::ERR_|NUXT_E5002/

const scene = useScene({ claude: true })
needsOwnServer('they stop the server and start it again')

let gap: Gap
let builds: string[] = []
beforeAll(async () => {
  if (!hasOwnServer) return
  await addNotes(scene.site)
  gap = await startGap(scene.site.url)
})
afterAll(async () => {
  await gap?.close()
  for (const folder of builds) rmSync(folder, { recursive: true, force: true })
})
afterEach(() => scene.forgive(ABSENT))

/** Away for so long, as a deploy is; meanwhile `during` is done. */
async function away(how: Absence, ms: number, during: () => Promise<unknown> = async () => {}): Promise<void> {
  const back = Date.now() + ms
  await gap.down(how)
  await during()
  await new Promise(resolve => setTimeout(resolve, Math.max(0, back - Date.now())))
  await gap.up()
}

/**
 * Nuxt fetches the files of the pages that links lead to when the browser has nothing else to do. A file that is asked for
 * in the gap counts as gone for as long as the page lives, and such a page is another test's.
 */
async function settled(page: Page): Promise<Page> {
  const files = () => page.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.includes('/_nuxt/')).length)
  for (let before = -1, now = await files(); now !== before; now = await files()) {
    before = now
    await page.waitForTimeout(700)
  }
  return page
}

const reconnecting = (page: Page) => page.getByRole('status').getByText('Reconnecting…')
const questions = async (chatId: string) => (await stored(scene.site, chatId)).messages.filter(({ role }) => role === 'user').map(({ content }) => content)
const chatId = (page: Page) => new URL(page.url()).pathname.split('/').at(-1)!

describe('an answer that is being written', () => {
  it.each([[502, GAP], [503, LONG_GAP], ['refused', GAP]] as const)('goes on where it was after a gap (%s, %i ms), every word once', async (how, ms) => {
    const page = await scene.open('/', { at: gap.url })
    scene.claude.next(answer({ text: 'The first part, ', pause: 2_000 }, { text: 'the second part, ', pause: 2_000 }, { text: 'and the end.', cites: 'one cent' }))
    await ask(page, 'When did Scott Joplin sign the contract?')
    await answerText(page, 'The first part').waitFor()
    await away(how, ms, () => Promise.all([
      reconnecting(page).waitFor(),
      answerText(page, 'What has been written is kept.').waitFor(),
    ]))
    await answerText(page, 'The first part, the second part, and the end.').waitFor()
    await chip(page, 1).waitFor()
    await reconnecting(page).waitFor({ state: 'detached' })
    expect(await page.locator('article .rt-block').innerText()).toMatch(/^The first part, the second part, and the end\.\s*1$/)
  })

  it('is marked as cut off, with its text, when the server itself was killed', async () => {
    const page = await scene.open('/', { at: gap.url })
    scene.claude.next(answer({ text: 'The first part, ', pause: 60_000 }, { text: 'and the end.' }))
    await ask(page, 'Which contract did Scott Joplin sign in August?')
    await answerText(page, 'The first part').waitFor()
    await scene.server.kill('SIGKILL')
    await reconnecting(page).waitFor()
    await scene.server.start()
    await answerText(page, 'This answer was cut off.').waitFor()
    expect(await answerText(page, 'The first part').isVisible()).toBe(true)
  })
})

describe('a question', () => {
  it('that is sent in the gap is kept, sent and answered once', async () => {
    const { id } = await quotedChat(scene.site)
    const page = await scene.open(`/chats/${id}`, { at: gap.url })
    await away(503, GAP, async () => {
      await ask(page, 'Who was the publisher of the Maple Leaf Rag?')
      await page.getByText('Your question is kept and will be sent.').waitFor()
      // A reload at this moment would find it in the box.
      expect(await page.evaluate(chat => sessionStorage.getItem(`ragtime-draft-${chat}`), id)).toBe('Who was the publisher of the Maple Leaf Rag?')
    })
    await page.getByRole('button', { name: 'Copy answer with sources' }).nth(1).waitFor()
    expect(await questions(id)).toEqual([QUESTION, 'Who was the publisher of the Maple Leaf Rag?'])
    expect(await prompt(page).inputValue()).toBe('')
    expect(await page.evaluate(chat => sessionStorage.getItem(`ragtime-draft-${chat}`), id)).toBeNull()
  })

  it('that was stored, but whose answer was lost on the way, is not asked twice', async () => {
    const { id } = await quotedChat(scene.site)
    const page = await scene.open(`/chats/${id}`, { at: gap.url })
    gap.next('POST', /\/messages$/, 'answer lost')
    await ask(page, 'Who was the publisher of the Maple Leaf Rag?')
    await page.getByRole('button', { name: 'Copy answer with sources' }).nth(1).waitFor()
    expect(await questions(id)).toEqual([QUESTION, 'Who was the publisher of the Maple Leaf Rag?'])
  })

  it('on the start page makes one chat, also when its answer is lost', async () => {
    const page = await settled(await scene.open('/', { at: gap.url }))
    const before = (await scene.site.json<{ items: unknown[] }>('/api/chats')).body.items.length
    gap.next('POST', /\/api\/chats$/, 'answer lost')
    scene.claude.next(CONTRACT)
    await away(502, GAP, () => ask(page, QUESTION))
    await chip(page, 4).waitFor()
    expect(await questions(chatId(page))).toEqual([QUESTION])
    expect((await scene.site.json<{ items: unknown[] }>('/api/chats')).body.items).toHaveLength(before + 1)
  })

  it('can be taken back while no server takes it', async () => {
    const { id } = await quotedChat(scene.site)
    const page = await scene.open(`/chats/${id}`, { at: gap.url })
    await gap.down(502)
    await ask(page, 'A question to think about again')
    await page.getByText('Your question is kept and will be sent.').waitFor()
    await page.getByRole('button', { name: 'Stop answering' }).click()
    await page.waitForFunction(() => document.querySelector('textarea')?.value === 'A question to think about again')
    await gap.up()
    await reconnecting(page).waitFor({ state: 'detached' })
    expect(await questions(id)).toEqual([QUESTION])
  })
})

describe('an upload', () => {
  const tray = (page: Page) => page.getByRole('region', { name: 'Uploads' })
  const stockOf = async (filename: string) => (await scene.site.json<{ items: Document[] }>('/api/documents')).body.items.filter(document => document.filename === filename).length

  it('in the gap says so and is sent when the server is back', async () => {
    const page = await scene.open('/documents', { at: gap.url })
    await away(502, GAP, async () => {
      await dropFiles(page, [{ name: 'gap.txt', content: 'A file that came while the server was away.' }])
      await tray(page).getByText('Reconnecting… It will be sent again.').waitFor()
    })
    await tray(page).getByText('Added', { exact: true }).waitFor()
    expect(await stockOf('gap.txt')).toBe(1)
  })

  it.each(['cut off', 'answer lost'] as const)('that is %s is sent again, and is there once', async (mishap) => {
    const page = await scene.open('/documents', { at: gap.url })
    const name = `${mishap.replace(' ', '-')}.txt`
    gap.next('POST', /\/api\/documents$/, mishap)
    await dropFiles(page, [{ name, content: `This file was ${mishap} the first time. ${'It has some length. '.repeat(20_000)}` }])
    // Not “already here”: it is this file that has arrived.
    await tray(page).getByText('Added', { exact: true }).waitFor()
    expect(await stockOf(name)).toBe(1)
  })
})

describe('a click in the gap', () => {
  it('leads to the page once the server is back', async () => {
    const page = await settled(await scene.open('/', { at: gap.url }))
    await away(503, GAP, () => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Documents' }).click())
    await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
    await page.getByRole('link', { name: 'Notes on a contract' }).first().waitFor()
  })
})

describe('a page whose server was updated', () => {
  /** Serves another build in place of this one, on the same address. */
  async function deploy(): Promise<void> {
    const build = otherBuild()
    builds = [...builds, build]
    await scene.server.restart({ output: build })
  }
  const leaveMark = (page: Page) => page.evaluate(() => Object.assign(window, { isOldPage: true }))
  const isOld = (page: Page) => page.evaluate(() => 'isOldPage' in window)
  const isNew = (page: Page) => expect.poll(() => isOld(page).catch(() => true), { timeout: 30_000 }).toBe(false)
  /** The page has asked which build is served. */
  const asked = (page: Page) => page.waitForResponse(response => response.url().includes('builds/latest.json') && response.ok())

  it('loads itself anew, not while its reader types, and keeps what was typed', async () => {
    const { id } = await quotedChat(scene.site)
    const page = await scene.open(`/chats/${id}`)
    await leaveMark(page)
    const check = asked(page)
    await deploy()
    await prompt(page).focus()
    await check
    // Longer than a reader has to be idle for.
    for (let key = 0; key < 25; key++) await page.keyboard.type('word ', { delay: 40 })
    expect(await isOld(page)).toBe(true)
    await isNew(page)
    await page.waitForFunction(() => document.querySelector('textarea')?.value === 'word '.repeat(25))
    expect(new URL(page.url()).pathname).toBe(`/chats/${id}`)
  })

  it('waits for an upload, wherever its reader goes meanwhile', async () => {
    const page = await settled(await scene.open('/documents'))
    let release = () => {}
    const held = new Promise<void>(resolve => release = resolve)
    await page.route('**/api/documents', async (route, request) => {
      if (request.method() === 'POST') await held
      await route.continue()
    })
    await dropFiles(page, [{ name: 'slow.txt', content: 'A file on a slow line.' }])
    await leaveMark(page)
    const check = asked(page)
    await deploy()
    await check
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'New chat' }).click()
    await prompt(page).waitFor()
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Documents' }).click()
    await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
    expect(await isOld(page)).toBe(true)
    release()
    await isNew(page)
    await page.getByRole('link', { name: 'slow' }).first().waitFor()
  })

  it('stays while a source is open, and is new after the next click', async () => {
    const { id } = await quotedChat(scene.site)
    const page = await scene.open(`/chats/${id}`)
    await chip(page, 1).click()
    await leaveMark(page)
    const check = asked(page)
    await deploy()
    await check
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Documents' }).click()
    await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
    await isNew(page)
    expect(new URL(page.url()).pathname).toBe('/documents')
  })

  it('is loaded anew where a click leads when the file of that page is gone', async () => {
    const page = await scene.open('/login?next=/documents', { stranger: true })
    await leaveMark(page)
    let refused = 0
    let isGone = true
    page.on('request', (request) => {
      if (request.isNavigationRequest()) isGone = false
    })
    await page.route(/\/_nuxt\/.*\.js$/, (route) => {
      if (!isGone) return route.continue()
      refused++
      return route.fulfill({ status: 404, contentType: 'text/plain', body: 'gone' })
    })
    await page.getByLabel('Password').fill(scene.site.password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Documents', level: 1 }).waitFor()
    await isNew(page)
    expect(refused).toBeGreaterThan(0)
    scene.forgive(/404|dynamically imported module|preload/)
  })
})

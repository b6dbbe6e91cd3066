import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ChatWithMessages } from '../../shared/schemas/chats.ts'
import { citationOf, searchResults, startFakeAnthropic, type FakeAnthropic, type Handler, type Step } from '../server/support/anthropic.ts'
import { PASSWORD, startServer, type TestServer } from '../server/support/server.ts'
import { expectAccessible, launch, openPage, sidewaysOverflow, visit, type WatchedPage } from './support/browser.ts'

const ARTIFACTS = fileURLToPath(new URL('../artifacts', import.meta.url))
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const NOTES = `# Notes on a contract

## The contract

Scott Joplin signed the contract for the Maple Leaf Rag on 10 August 1899. It paid him one cent for every copy sold. The publisher was John Stark, who kept a music shop in Sedalia.

## The sales

About four hundred copies were sold in the first year. By 1909 half a million had been sold.
`

let claude: FakeAnthropic
let server: TestServer
let browser: Browser
let current: WatchedPage | null = null

beforeAll(async () => {
  mkdirSync(ARTIFACTS, { recursive: true })
  claude = await startFakeAnthropic()
  // Words find everything here; embedding would only take time.
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none', ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: claude.url } })
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
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

async function open(path: string, options: Parameters<typeof openPage>[2] = {}): Promise<Page> {
  current = await openPage(browser, server, options)
  await visit(current.page, path)
  return current.page
}

const shoot = (page: Page, name: string) => page.screenshot({ path: join(ARTIFACTS, `${name}.png`) })
const prompt = (page: Page) => page.getByRole('textbox', { name: 'Your question' })
const sources = (page: Page) => page.getByRole('region', { name: 'Sources' }).locator('visible=true')
const chip = (page: Page, n: number) => page.locator(`article [data-citation="${n}"]`).first()

async function ask(page: Page, question: string): Promise<void> {
  await prompt(page).fill(question)
  await page.keyboard.press('Enter')
}

/** Claude's answer: each text is followed by the sentence that contains `cites`, if any. */
function answer(...parts: { text: string, cites?: string, pause?: number }[]): Handler {
  return ({ body }) => ({
    steps: parts.flatMap(({ text, cites, pause }): Step[] => {
      const citations = cites === undefined ? undefined : [locate(body, cites)]
      return [{ type: 'text', text, citations }, ...pause ? [{ type: 'pause' as const, ms: pause }] : []]
    }),
  })
}

function locate(body: Parameters<typeof searchResults>[0], words: string) {
  for (const [index, result] of searchResults(body).entries()) {
    const sentence = result.content.findIndex(({ text }) => text.includes(words))
    if (sentence !== -1) return citationOf(body, index, sentence)
  }
  throw new Error(`No retrieved sentence contains “${words}”`)
}

const CONTRACT = answer(
  { text: 'Joplin signed on **10 August 1899.**', cites: '10 August 1899' },
  { text: ' He was paid a cent for each copy.', cites: 'one cent' },
  { text: ' It was surely a happy day.' },
  { text: '\n\n- Few were sold at first.', cites: 'four hundred' },
  { text: '\n- Then half a million.', cites: 'half a million' },
  { text: '\n\n| Year | Copies |\n| --- | ---: |\n| 1909 | 500,000 |\n\n```text\nAABBACCDD\n```\n' },
)

describe('the whole way', () => {
  it('leads from the password over a document and a question to the marked sentence', async () => {
    current = await openPage(browser, server)
    const { page } = current
    await page.context().clearCookies()

    // The gate.
    await visit(page, '/documents')
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/login?next=/documents')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/documents')

    // A document.
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: /upload|choose/i }).first().click()
    await (await chooser).setFiles([{ name: 'contract.md', mimeType: 'text/markdown', buffer: Buffer.from(NOTES) }])
    await server.waitFor(async () => (await server.json<{ documents: { ready: number } }>('/api/status')).body.documents.ready === 1, { what: 'the document is ready' })

    // A question, asked on the start page.
    claude.next(CONTRACT)
    await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'New chat' }).click()
    await ask(page, 'What did the contract for the Maple Leaf Rag pay?')
    await page.waitForURL('**/chats/*')
    await page.getByRole('button', { name: 'Copy answer with sources' }).waitFor()

    // The numbers stand where the sentences end, in their own paragraph and list item.
    expect(await page.locator('article .rt-block').first().innerText()).toMatch(/10 August 1899\.\s?1\s.*each copy\.\s?2\s+It was surely a happy day\.$/s)
    expect(await page.locator('article li').allInnerTexts()).toEqual([expect.stringMatching(/at first\.\s?3$/), expect.stringMatching(/half a million\.\s?4$/)])
    expect(await page.locator('article table td').allInnerTexts()).toEqual(['1909', '500,000'])
    expect(await page.locator('article .rt-unsupported').first().innerText()).toContain('It was surely a happy day.')

    // A hover shows the quote in its context, a click the source beside the answer.
    await chip(page, 2).hover()
    const preview = page.getByRole('dialog', { name: 'Source 2' })
    await preview.getByText('The publisher was John Stark').waitFor()
    expect(await preview.locator('mark').innerText()).toBe('It paid him one cent for every copy sold.')
    await page.mouse.move(5, 5)
    await preview.waitFor({ state: 'detached' })
    await chip(page, 2).click()
    const card = sources(page).locator('[data-source="2"]')
    expect(await card.locator('mark').innerText()).toBe('It paid him one cent for every copy sold.')
    expect(await card.getByText('Notes on a contract').first().isVisible()).toBe(true)
    await shoot(page, 'chat-desktop-light')

    // And the sentence is marked in the document.
    await card.getByRole('link', { name: 'Open in document' }).click()
    await page.waitForURL(/\/documents\/.*start=/)
    await page.getByRole('region', { name: 'Sources' }).waitFor({ state: 'detached' })
    const mark = page.locator('mark').first()
    await mark.waitFor()
    expect(await mark.innerText()).toMatch(/It paid him one cent for every copy sold\.$/)
    await shoot(page, 'document-desktop-light')
  })

  it('shows the chat again as it was, drawn by the server', async () => {
    const { items } = (await server.json<{ items: { id: string }[] }>('/api/chats')).body
    const html = await (await server.fetch(`/chats/${items[0]!.id}`)).text()
    expect(html).toContain('It was surely a happy day.')
    expect(html).toContain('data-citation="4"')
  })
})

describe('while an answer is written', () => {
  const SLOW = answer({ text: 'The first part, ', pause: 1500 }, { text: 'the second part, ', pause: 1500 }, { text: 'and the end.', cites: 'one cent' })

  it('shows the question at once, goes on after a reload and ends complete', async () => {
    const page = await open('/')
    claude.next(SLOW)
    await ask(page, 'When did Scott Joplin sign the contract?')
    await page.getByRole('heading', { name: 'When did Scott Joplin sign the contract?' }).waitFor()
    await page.locator('article').getByText('The first part').waitFor()
    await page.reload()
    await page.locator('article').getByText('The first part').waitFor()
    await page.getByRole('button', { name: 'Stop answering' }).waitFor()
    await page.locator('article').getByText('The first part, the second part, and the end.').waitFor()
    await chip(page, 1).waitFor()
    expect(await page.getByRole('button', { name: 'Stop answering' }).count()).toBe(0)
  })

  it('stops when asked to and keeps what was written', async () => {
    const page = await open('/')
    claude.next(SLOW)
    await ask(page, 'Who signed the contract for the Maple Leaf Rag?')
    await page.locator('article').getByText('The first part').waitFor()
    await page.getByRole('button', { name: 'Stop answering' }).click()
    await page.getByText('You stopped this answer.').waitFor()
    expect(await page.locator('article').getByText('The first part').isVisible()).toBe(true)

    // And answers again in the same place.
    claude.next(CONTRACT)
    await page.getByRole('button', { name: 'Answer again' }).click()
    await chip(page, 4).waitFor()
    expect(await page.getByText('The first part').count()).toBe(0)
    expect(await page.locator('article[aria-busy]').count()).toBe(1)
  })

  it('keeps what a broken answer had and says what happened', async () => {
    const page = await open('/')
    claude.next({ steps: [{ type: 'text', text: 'Half an answer, ' }, { type: 'error', errorType: 'api_error', message: 'broken' }] })
    await ask(page, 'What contract did Scott Joplin sign?')
    const shown = page.locator('article[aria-busy]')
    await shown.getByText('The answer could not be finished.').waitFor()
    expect(await shown.innerText()).toContain('Half an answer,')
    await expectAccessible(page)
  })

  it('finds its way back after the server was killed, with the text that was there', async () => {
    const page = await open('/')
    claude.next(answer({ text: 'The first part, ', pause: 30_000 }, { text: 'and the end.' }))
    await ask(page, 'Which contract did Scott Joplin sign in August?')
    await page.locator('article').getByText('The first part').waitFor()
    await server.kill('SIGKILL')
    await page.locator('article').getByText('The connection was lost.').waitFor()
    await server.start()
    await page.locator('article').getByText('This answer was cut off.').waitFor()
    expect(await page.locator('article').getByText('The first part').isVisible()).toBe(true)
    // The browser logs each try that met no server, Nuxt that its list of routes (E5002) did.
    expect(current!.problems.filter(problem => !/net::ERR_|NUXT_E5002/.test(problem))).toEqual([])
    current!.problems.length = 0
  })

  it('follows a question with another and keeps both', async () => {
    const page = await open('/')
    claude.next(CONTRACT, answer({ text: 'John Stark was.', cites: 'John Stark' }))
    await ask(page, 'What did the contract for the Maple Leaf Rag pay Joplin?')
    await chip(page, 4).waitFor()
    await ask(page, 'Who was the publisher, John Stark of Sedalia?')
    await page.locator('article').getByText('John Stark was.').waitFor()
    await page.locator('h2:has-text("You asked")').nth(1).waitFor()
    // The newest is in sight, the pane shows its source.
    expect(await page.locator('article').getByText('John Stark was.').isVisible()).toBe(true)
    await sources(page).locator('mark').filter({ hasText: 'John Stark' }).waitFor()
  })
})

describe('when things go wrong', () => {
  it('gives the question back when it could not be stored', async () => {
    const page = await open('/')
    await page.route('**/api/chats/*/messages', route => route.fulfill({ status: 503, json: { code: 'busy', message: 'The question could not be stored.' } }))
    await ask(page, 'A question that is refused')
    await page.getByRole('alert').getByText('The question could not be stored.').waitFor()
    expect(await prompt(page).inputValue()).toBe('A question that is refused')
    await page.getByRole('alert').getByRole('button', { name: 'Close' }).click()
    await page.getByRole('alert').waitFor({ state: 'detached' })
    // It is a draft now: a reload does not lose it either.
    await page.reload()
    await page.waitForFunction(() => document.querySelector('textarea')?.value === 'A question that is refused')
    // The browser logs the refused request; that is the one thing it may say.
    expect(current!.problems.filter(problem => !problem.includes('503'))).toEqual([])
    current!.problems.length = 0
  })

  it('says so when the network is gone', async () => {
    const page = await open('/')
    await page.context().setOffline(true)
    await page.getByText('You are offline.').waitFor()
    await page.context().setOffline(false)
    await page.getByText('You are offline.').waitFor({ state: 'detached' })
    current!.problems.length = 0
  })

  it('leads to the password when the session has ended, and back', async () => {
    const page = await open('/')
    await page.context().clearCookies()
    await ask(page, 'Anything')
    await page.waitForURL('**/login**')
    await page.getByLabel('Password').fill('wrong password')
    await page.keyboard.press('Enter')
    await page.getByText('not the right password').waitFor()
    await page.getByLabel('Password').fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.waitForURL(url => url.pathname === '/')
    expect(await prompt(page).inputValue()).toBe('Anything')
    expect(current!.problems.filter(problem => !problem.includes('401'))).toEqual([])
    current!.problems.length = 0
  })

  it('says when the next try at the password is allowed', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/login')
    await page.route('**/api/auth/login', route => route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: { code: 'too_many_attempts', message: 'Too many.' } }))
    await page.getByLabel('Password').fill('whatever')
    await page.keyboard.press('Enter')
    await page.getByText(/Try again in [12] second/).waitFor()
    expect(await page.getByRole('button', { name: 'Sign in' }).isDisabled()).toBe(true)
    await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('button[type="submit"]')?.disabled)
    await server.signIn()
    expect(current!.problems.filter(problem => !problem.includes('429'))).toEqual([])
    current!.problems.length = 0
  })

  it('draws a page for what is not there', async () => {
    const page = await open('/chats/01930000-0000-7000-8000-000000000000')
    await page.getByRole('heading', { name: 'A missing note' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'New chat' }).click()
    await prompt(page).waitFor()
    current!.problems.length = 0
  })
})

describe('the list of chats', () => {
  it('renames, clears and deletes, after a question where something is lost', async () => {
    const page = await open('/')
    claude.next(CONTRACT)
    await ask(page, 'What did the Maple Leaf Rag contract pay?')
    await chip(page, 4).waitFor()
    const id = page.url().split('/').at(-1)!
    const stored = async () => (await server.json<ChatWithMessages>(`/api/chats/${id}`))

    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByLabel('Name', { exact: true }).fill('The contract')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'The contract' }).waitFor()
    await page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: 'The contract', exact: true }).waitFor()
    expect((await stored()).body.title).toBe('The contract')

    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Clear messages' }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect(await chip(page, 1).isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Clear messages' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Clear messages' }).click()
    await page.getByText('This chat is empty.').waitFor()
    await server.waitFor(async () => (await stored()).body.messages.length === 0, { what: 'the chat is empty' })

    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete chat' }).click()
    await page.waitForURL(url => url.pathname === '/')
    expect((await stored()).status).toBe(404)
  })
})

describe('filters and models', () => {
  it('limits a question to a document, shows that, and takes it away with one click', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByRole('checkbox', { name: 'Notes on a contract' }).click()
    await page.keyboard.press('Escape')
    const badge = page.getByRole('button', { name: 'Remove filter: Notes on a contract' })
    await badge.waitFor()
    claude.next(CONTRACT)
    await ask(page, 'What did the contract pay for the Maple Leaf Rag?')
    await chip(page, 4).waitFor()
    await badge.waitFor()
    await badge.click()
    await badge.waitFor({ state: 'detached' })
  })

  it('asks about one document when it comes from its page', async () => {
    const { items } = (await server.json<{ items: { id: string }[] }>('/api/documents')).body
    const page = await open(`/documents/${items[0]!.id}`)
    await page.getByRole('link', { name: 'Ask about this document' }).click()
    await page.getByRole('button', { name: 'Remove filter: Notes on a contract' }).waitFor()
  })

  it('offers the models there are and keeps the choice with the chat', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: /^Model/ }).click()
    await page.getByRole('menuitemcheckbox', { name: /quot/i }).click()
    await ask(page, 'What did the contract for the Maple Leaf Rag pay?')
    await page.waitForURL('**/chats/*')
    await chip(page, 1).waitFor()
    await page.reload()
    await page.getByRole('button', { name: /^Model: .*quot/i }).waitFor()
  })
})

describe('for everybody', () => {
  async function chatPath(): Promise<string> {
    const { items } = (await server.json<{ items: { id: string }[] }>('/api/chats')).body
    for (const { id } of items) {
      const { messages } = (await server.json<ChatWithMessages>(`/api/chats/${id}`)).body
      if (messages.some(message => message.citations.length >= 4)) return `/chats/${id}`
    }
    throw new Error('No chat has an answer with four citations')
  }

  it.each(['light', 'dark'] as const)('has accessible pages in %s', async (colorScheme) => {
    const page = await open('/', { colorScheme })
    await expectAccessible(page)
    await shoot(page, `home-desktop-${colorScheme}`)
    await visit(page, await chatPath())
    await sources(page).locator('[data-source="1"]').waitFor()
    await expectAccessible(page)
    await chip(page, 1).click()
    await expectAccessible(page)
    await shoot(page, `chat-source-desktop-${colorScheme}`)
    await visit(page, '/documents')
    await expectAccessible(page)
    await shoot(page, `documents-desktop-${colorScheme}`)
    await page.context().clearCookies()
    await visit(page, '/login')
    await expectAccessible(page)
    await shoot(page, `login-desktop-${colorScheme}`)
  })

  it.each(['light', 'dark'] as const)('fits a phone in %s, with the sources as a sheet', async (colorScheme) => {
    const page = await open('/', { ...PHONE, colorScheme })
    expect(await sidewaysOverflow(page)).toBe(0)
    await shoot(page, `home-phone-${colorScheme}`)
    await page.getByRole('button', { name: 'Open menu' }).click()
    await page.getByRole('dialog').getByRole('navigation', { name: 'Chats' }).waitFor()
    await expectAccessible(page)
    await shoot(page, `menu-phone-${colorScheme}`)
    await visit(page, await chatPath())
    expect(await sidewaysOverflow(page)).toBe(0)
    await expectAccessible(page)
    await shoot(page, `chat-phone-${colorScheme}`)
    await chip(page, 2).tap()
    const sheet = page.getByRole('dialog')
    await sheet.locator('[data-source="2"] mark').waitFor()
    await expectAccessible(page)
    await shoot(page, `sources-phone-${colorScheme}`)
    await sheet.getByRole('button', { name: 'Close sources' }).click()
    await sheet.waitFor({ state: 'detached' })
  })

  it('walks the citations with the arrow keys and opens one with Enter', async () => {
    const page = await open(await chatPath())
    await chip(page, 1).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.citation)).toBe('3')
    await page.getByRole('dialog', { name: 'Source 3' }).waitFor()
    // The preview does not take the focus from the text.
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.citation)).toBe('3')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await sources(page).locator('[data-source="2"] mark').waitFor()
    expect(await chip(page, 2).getAttribute('data-active')).toBe('true')
    await page.keyboard.press('End')
    expect(await page.evaluate(() => (document.activeElement as HTMLElement).dataset.citation)).toBe('4')
  })

  it('breaks lines with Shift and Enter', async () => {
    const page = await open('/')
    await prompt(page).fill('one')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('two')
    expect(await prompt(page).inputValue()).toBe('one\ntwo')
    expect(new URL(page.url()).pathname).toBe('/')
  })

  it('keeps the colours that were chosen', async () => {
    const page = await open('/')
    await page.getByRole('button', { name: 'Dark', exact: true }).click()
    await page.reload()
    expect(await page.locator('html').getAttribute('class')).toContain('dark')
  })
})

/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { expect } from 'vitest'

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export interface WatchedPage {
  page: Page
  /** Console errors and warnings, exceptions, violations of the content policy and requests that leave the site. */
  problems: string[]
  close: () => Promise<void>
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--headless', '--disable-gpu', '--disable-background-networking'],
  })
}

/** A page with these cookies that notes everything that went wrong on it. */
export async function openPage(browser: Browser, site: { url: string, cookie: string }, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ baseURL: site.url, reducedMotion: 'reduce', viewport: { width: 1440, height: 900 }, ...options })
  await context.addCookies(site.cookie.split('; ').filter(Boolean).map((pair) => {
    const at = pair.indexOf('=')
    return { name: pair.slice(0, at), value: pair.slice(at + 1), url: site.url }
  }))
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', event => console.error(`content policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`))
  })
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', error => problems.push(`exception: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url) && !/^(?:data|blob):/.test(request.url())) problems.push(`outside request: ${request.url()}`)
  })
  return { page, problems, close: () => context.close() }
}

/** Opens a page of the site and waits until it answers to clicks. */
export async function visit(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await page.waitForFunction(() => {
    const root = document.querySelector('#__nuxt') as { __vue_app__?: { $nuxt?: { isHydrating?: boolean } } } | null
    return root?.__vue_app__?.$nuxt?.isHydrating === false
  })
}

/** Fails on what a reader with a screen reader, a keyboard or weak eyes would stumble over (WCAG 2.2 A and AA). */
export async function expectAccessible(page: Page): Promise<void> {
  // Evaluated by the debugger and not by a script element, so the content policy stays as it is.
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run: (context: Document, options: object) => Promise<{ violations: { id: string, nodes: { html: string, failureSummary?: string }[] }[] }> } }
    const result = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
    return result.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(node => `${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`).join(' | ')}`)
  })
  expect(violations).toEqual([])
}

/** Drops files on the page as a file manager would. */
export async function dropFiles(page: Page, files: { name: string, content: string }[]): Promise<void> {
  await page.evaluate((dropped) => {
    const transfer = new DataTransfer()
    for (const { name, content } of dropped) transfer.items.add(new File([content], name))
    const target = document.elementFromPoint(innerWidth / 2, innerHeight / 2) ?? document.body
    for (const type of ['dragenter', 'dragover', 'drop']) {
      target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }))
    }
  }, files)
}

export async function sidewaysOverflow(page: Page): Promise<number> {
  return await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

/** Fails on words that fade when the pointer is on them: one button or link of each look on the page, disabled ones left out. */
export async function expectReadableUnderPointer(page: Page): Promise<void> {
  await page.evaluate(axeSource)
  const looks = new Set<string>()
  for (const element of await page.locator('a:visible, button:visible:not(:disabled)').all()) {
    const look = await element.getAttribute('class') ?? ''
    if (looks.has(look) || await element.evaluate(node => node.matches('.skip-link'))) continue
    looks.add(look)
    await element.hover({ timeout: 2_000 }).catch(() => undefined)
    const faded = await element.evaluate(async (node) => {
      await Promise.all(node.getAnimations({ subtree: true }).map(animation => animation.finished))
      const { axe } = globalThis as unknown as { axe: { run: (context: Element, options: object) => Promise<{ violations: { nodes: { html: string, failureSummary?: string }[] }[] }> } }
      const { violations } = await axe.run(node, { runOnly: ['color-contrast'] })
      return violations.flatMap(({ nodes }) => nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary ?? ''}`))
    })
    expect(faded).toEqual([])
  }
  await page.mouse.move(0, 0)
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Page, Route } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import type { Document } from '../../shared/schemas/documents.ts'
import { dropFiles, expectAccessible, sidewaysOverflow } from './support/browser.ts'
import { needsOwnServer, useScene } from './support/scene.ts'

const scene = useScene()
const sample = (name: string) => join(fileURLToPath(new URL('../../samples', import.meta.url)), name)
const PDF = 'short-history-of-ragtime.pdf'

async function documents(): Promise<Document[]> {
  return (await scene.site.json<{ items: Document[] }>('/api/documents')).body.items
}

async function ready(filename: string): Promise<Document> {
  return await scene.site.waitFor(
    async () => (await documents()).find(document => document.filename === filename && document.status === 'ready'),
    // In a container of one core a long text takes its time.
    { what: `${filename} is ready`, timeoutMs: 90_000 },
  )
}

const row = (page: Page, title: string | RegExp) => page.getByRole('row').filter({ has: page.getByRole('link', { name: title }) })

describe('an empty library', () => {
  needsOwnServer('the library there may have documents')

  it('says what is accepted', async () => {
    const page = await scene.open('/documents')
    await page.getByRole('heading', { name: 'Nothing to read yet' }).waitFor()
    await expectAccessible(page)
  })
})

describe('the library', () => {
  it('takes several chosen files, shows each one until it is ready, and says which were here and which are not taken', async () => {
    const page = await scene.open('/documents')
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: /^(?:Choose files|Upload)$/ }).first().click()
    await (await chooser).setFiles([sample(PDF), sample('scott-joplin.docx'), sample('piano-rolls.html')])
    for (const name of [PDF, 'scott-joplin.docx', 'piano-rolls.html']) await ready(name)
    // Titles and states come by themselves.
    for (const title of ['A Short History of Ragtime', 'Scott Joplin: A Life in Music']) {
      await row(page, title).getByText('Ready').waitFor()
    }
    const again = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Upload', exact: true }).click()
    await (await again).setFiles([{ name: PDF, mimeType: 'application/pdf', buffer: readFileSync(sample(PDF)) }, { name: 'film.mkv', mimeType: 'video/x-matroska', buffer: Buffer.from('\x1A\x45\xDF\xA3\x42\x86\x81', 'latin1') }, { name: 'empty.txt', mimeType: 'text/plain', buffer: Buffer.alloc(0) }])
    const tray = page.getByRole('region', { name: 'Uploads' })
    await tray.getByRole('link', { name: 'A Short History of Ragtime' }).waitFor()
    await tray.getByText(/This is .+ Ragtime reads PDF/).waitFor()
    await tray.getByText('This file is empty.').waitFor()
    expect((await documents()).filter(({ filename }) => filename === PDF)).toHaveLength(1)
    await page.mouse.move(700, 700)
    await expectAccessible(page)
    await tray.getByRole('link', { name: 'A Short History of Ragtime' }).click()
    await page.getByRole('heading', { level: 1, name: 'A Short History of Ragtime' }).waitFor()
    // The refused film is the one error that the console may know of.
    scene.forgive(/status of 415/)
  })

  it('takes files that are dropped anywhere', async () => {
    const page = await scene.open('/documents')
    await dropFiles(page, [{ name: 'one.md', content: '# One dropped file\n\nIt has a sentence.' }, { name: 'two.txt', content: 'Another dropped file, with words.' }])
    await row(page, 'One dropped file').getByText('Ready').waitFor()
    await row(page, 'two').getByText('Ready').waitFor()
  })

  it('sends a file again by itself when the connection breaks, and when it is asked to', async () => {
    const page = await scene.open('/documents')
    const refusals: ((route: Route) => Promise<void>)[] = [
      route => route.abort('connectionreset'),
      route => route.fulfill({ status: 500, json: { code: 'internal_error', message: 'The file could not be stored. Try again.' } }),
    ]
    await page.route('**/api/documents', (route, request) => request.method() === 'POST' && refusals.length > 0 ? refusals.shift()!(route) : route.continue())
    await dropFiles(page, [{ name: 'stubborn.txt', content: 'A file that has to be sent three times.' }])
    const tray = page.getByRole('region', { name: 'Uploads' })
    await tray.getByText('The file could not be stored.').waitFor()
    await tray.getByRole('button', { name: 'Try again: stubborn.txt' }).click()
    await row(page, 'stubborn').getByText('Ready').waitFor()
    scene.forgive(/ERR_CONNECTION_RESET|status of 500/)
  })

  it('explains a failure in its row and tries again', async () => {
    await scene.site.upload([{ name: 'broken.pdf', content: '%PDF-1.7\nthis is not a document\n' }])
    const page = await scene.open('/documents')
    const broken = row(page, 'broken')
    await broken.getByText('Failed').waitFor()
    await broken.getByText(/damaged|could not be/).waitFor()
    await page.getByRole('button', { name: 'Try again: broken' }).click()
    await broken.getByText(/Waiting|Opening|Failed/).waitFor()
    await page.getByRole('button', { name: 'Failed', exact: true }).click()
    await broken.getByText('Failed').waitFor()
    await broken.getByRole('link').click()
    await page.getByRole('heading', { name: 'This document could not be read' }).waitFor()
    await expectAccessible(page)
  })

  it('asks whether a file under a known name is a new version, and marks the older one', async () => {
    const upload = async (title: string) => (await scene.site.upload([{ name: 'programme.md', content: `# ${title}\n\nThe concert begins at eight.` }])).documents[0]!
    const old = await upload('Spring programme')
    await ready('programme.md')
    const fresh = await upload('Summer programme')
    await scene.site.waitFor(async () => (await scene.site.json<Document>(`/api/documents/${fresh.id}`)).body.status === 'ready')
    const page = await scene.open('/documents')
    await page.getByText('New version of Spring programme?').first().waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Use the new one of Summer programme' }).first().click()
    const older = page.getByRole('row').filter({ hasText: 'Older version' })
    await older.getByRole('link', { name: 'Spring programme', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Spring programme' }).waitFor()
    await page.getByText('The concert begins at eight.').first().waitFor()
    const alone = await scene.open(`/documents/${old.id}`)
    await alone.getByText('Older version').waitFor()
    await expectAccessible(alone)
    await alone.getByRole('link', { name: 'Open the newer one' }).click()
    await alone.getByRole('heading', { level: 1, name: 'Summer programme' }).waitFor()
    await alone.getByRole('button', { name: 'Keep both' }).click()
    await scene.site.waitFor(async () => (await scene.site.json<Document>(`/api/documents/${old.id}`)).body.replacedBy === null)
  })

  it('finds, filters and sorts', async () => {
    const page = await scene.open('/documents')
    await page.getByPlaceholder('Find by title or file name').fill('joplin')
    await expect.poll(async () => (await page.locator('tbody tr').allInnerTexts()).every(text => /joplin/i.test(text))).toBe(true)
    await row(page, 'Scott Joplin: A Life in Music').waitFor()
    await page.getByPlaceholder('Find by title or file name').fill('nothing is called this')
    await page.getByText('No document fits.').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByRole('button', { name: 'Document', exact: true }).click()
    const titles = await page.locator('tbody a').allInnerTexts()
    expect(titles).toEqual([...titles].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })))
    expect(await page.getByRole('columnheader', { name: 'Document' }).getAttribute('aria-sort')).toBe('ascending')
  })

  it('renames and deletes after a question, and puts a document back when the server refuses', async () => {
    const page = await scene.open('/documents')
    await page.getByRole('button', { name: 'Actions for two' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Number two')
    await page.getByRole('button', { name: 'Rename' }).click()
    await row(page, 'Number two').waitFor()

    const remove = async () => {
      await page.getByRole('button', { name: 'Actions for Number two' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await page.getByRole('button', { name: 'Delete document' }).click()
    }
    await page.route('**/api/documents/*', (route, request) => request.method() === 'DELETE'
      ? route.fulfill({ status: 503, json: { code: 'busy', message: 'The document could not be deleted now. Try again.' } })
      : route.continue())
    await remove()
    await page.getByText('The document could not be deleted now. Try again.').first().waitFor()
    await row(page, 'Number two').waitFor()
    await page.unroute('**/api/documents/*')
    await remove()
    await row(page, 'Number two').waitFor({ state: 'detached' })
    await scene.site.waitFor(async () => (await documents()).every(document => document.title !== 'Number two'), { what: 'the document is gone' })
    scene.forgive(/status of 503/)
  })

  it.each([['light', 1440], ['dark', 1024], ['light', 390], ['dark', 390]] as const)('is accessible and fits in %s at %i pixels', async (colorScheme, width) => {
    const page = await scene.open('/documents', { colorScheme, viewport: { width, height: 844 } })
    await page.getByRole('link', { name: 'A Short History of Ragtime' }).locator('visible=true').waitFor()
    expect(await sidewaysOverflow(page)).toBe(0)
    await expectAccessible(page)
  })
})

describe('a document', () => {
  /** A sentence that runs over two paragraphs, so that two blocks are marked. */
  async function citation(): Promise<{ document: Document, start: number, end: number, quote: string }> {
    const document = await ready(PDF)
    const { body } = await scene.site.json<{ items: { start: number, end: number, pageStart: number }[] }>(`/api/documents/${document.id}/chunks`)
    const chunk = body.items.find(({ pageStart }) => pageStart > 1)!
    const text = await (await scene.site.fetch(`/api/documents/${document.id}/text`)).text()
    const start = chunk.start + 3
    const end = chunk.end + 40
    return { document, start, end, quote: text.slice(start, end) }
  }
  const marked = (page: Page) => page.locator('mark').evaluateAll(marks => marks.map(mark => [...mark.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.textContent).join('')).join(''))
  const letters = (text: string) => text.replace(/[\s|]/g, '')

  it('marks exactly the cited range, names it and brings it into sight', async () => {
    const { document, start, end, quote } = await citation()
    const page = await scene.open(`/documents/${document.id}?start=${start}&end=${end}&view=text`)
    expect(letters(await marked(page))).toBe(letters(quote))
    expect(await page.locator('mark').first().evaluate(mark => mark.getBoundingClientRect().top)).toSatisfy((top: number) => top > 0 && top < 700)
    expect(await page.locator('.cited-label').count()).toBe(1)
    await expectAccessible(page)

    await page.getByRole('button', { name: 'Passage' }).click()
    await page.waitForURL(/view=passage/)
    expect(letters(await marked(page))).toBe(letters(quote))
    await page.getByRole('button', { name: 'Chunks' }).click()
    await page.getByText(/^Chunk \d+$/).first().waitFor()
    await page.locator('mark').first().waitFor()
    expect(letters(quote)).toContain(letters(await page.locator('mark').first().evaluate(mark => mark.lastChild!.textContent!)))
    await expectAccessible(page)
  })

  it('is drawn on the server, range and all', async () => {
    const { document, start, end } = await citation()
    const html = await (await scene.site.fetch(`/documents/${document.id}?start=${start}&end=${end}&view=text`)).text()
    expect(html).toContain('data-cited="first"')
    expect(html).toContain('A Short History of Ragtime')
  })

  it('reads well on a phone, in the dark', async () => {
    const { document, start, end } = await citation()
    const page = await scene.open(`/documents/${document.id}?start=${start}&end=${end}&view=text`, { colorScheme: 'dark', viewport: { width: 390, height: 844 } })
    await page.locator('mark').first().waitFor()
    expect(await sidewaysOverflow(page)).toBe(0)
    await expectAccessible(page)
  })

  it('loads a long document as it is read, and keeps the place', async () => {
    const paragraphs = Array.from({ length: 1_500 }, (_, index) => `Paragraph ${index} says that ${'ragtime '.repeat(60)}ends here.`)
    await scene.site.upload([{ name: 'long.txt', content: paragraphs.join('\n\n') }])
    const document = await ready('long.txt')
    expect(document.pages).toBeGreaterThan(150)
    const text = await (await scene.site.fetch(`/api/documents/${document.id}/text`)).text()
    const start = text.indexOf('Paragraph 1200')
    const page = await scene.open(`/documents/${document.id}?start=${start}&end=${start + 14}`)
    expect(await marked(page)).toBe('Paragraph 1200')

    const place = () => page.locator('mark').first().evaluate(mark => Math.round(mark.getBoundingClientRect().top))
    const before = await place()
    expect(before).toSatisfy((top: number) => top > 0 && top < 700)
    // Earlier pages come in above without moving the text.
    const first = await page.locator('[data-page]').first().getAttribute('data-page')
    await page.mouse.move(720, 500)
    await page.mouse.wheel(0, -600)
    await expect.poll(() => page.locator('[data-page]').first().getAttribute('data-page')).not.toBe(first)
    expect(Math.abs(await place() - before - 600)).toBeLessThanOrEqual(2)

    await page.getByLabel('Section', { exact: true }).fill('3')
    await page.keyboard.press('Enter')
    await page.locator('[data-page="3"]').waitFor()
    await expect.poll(() => page.locator('[data-page="3"]').evaluate(section => Math.round(section.getBoundingClientRect().top))).toBeLessThan(200)
    await page.getByRole('button', { name: 'Back to the citation' }).click()
    await page.locator('mark').first().waitFor()
    expect(await place()).toSatisfy((top: number) => top > 0 && top < 700)
  })

  it('says so when a link points behind the end, and shows the text of a document as soon as it is ready', async () => {
    const [{ id }] = (await scene.site.upload([{ name: 'fresh.md', content: Array.from({ length: 400 }, (_, index) => `## Part ${index}\n\nIts sentence has the number ${index}.`).join('\n\n') }])).documents as [Document]
    const page = await scene.open(`/documents/${id}?start=9000000&end=9000010`)
    await page.getByText('The cited passage is not here').waitFor()
    await page.getByText('Its sentence has the number 399.').waitFor()
    expect(await page.locator('mark').count()).toBe(0)
  })

  it('renames in place, and leads back to the library when it is deleted', async () => {
    await scene.site.upload([{ name: 'short-lived.md', content: '# Short-lived\n\nA sentence to read.' }])
    const { id } = await ready('short-lived.md')
    const page = await scene.open(`/documents/${id}`)
    await page.getByRole('button', { name: 'Rename this document' }).click()
    await page.getByRole('textbox', { name: 'Title' }).fill('Not for long')
    await page.getByRole('button', { name: 'Rename', exact: true }).click()
    await page.getByRole('heading', { level: 1, name: 'Not for long' }).waitFor()
    // Deleted in another tab: this one hears of it.
    expect((await scene.site.fetch(`/api/documents/${id}`, { method: 'DELETE' })).status).toBe(200)
    await page.waitForURL(/\/documents$/)
    await page.getByText('“Not for long” was deleted.').first().waitFor()
  })
})

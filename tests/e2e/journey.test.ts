import { describe, expect, it } from 'vitest'
import { visit } from './support/browser.ts'
import { chip, NOTES, prompt, QUESTION, sources, stored } from './support/chat.ts'
import { useScene } from './support/scene.ts'

const scene = useScene()

describe('the whole way', () => {
  it('leads from the password over a document and a question to the marked sentence', async () => {
    const page = await scene.open('/documents', { stranger: true })

    // The gate.
    expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe('/login?next=/documents')
    await page.getByLabel('Password').fill(scene.site.password)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/documents')

    // A document.
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: /upload|choose/i }).first().click()
    await (await chooser).setFiles([{ name: 'contract.md', mimeType: 'text/markdown', buffer: Buffer.from(NOTES) }])
    const row = page.getByRole('row').filter({ has: page.getByRole('link', { name: 'Notes on a contract' }) })
    await row.getByText('Ready').waitFor()

    // A question about it, answered in quotations: they need no key.
    await row.getByRole('link').click()
    await page.getByRole('link', { name: 'Ask about this document' }).click()
    await page.getByRole('button', { name: 'Remove filter: Notes on a contract' }).waitFor()
    await page.getByRole('button', { name: /^Model/ }).click()
    await page.getByRole('menuitemcheckbox', { name: /quot/i }).click()
    await prompt(page).fill(QUESTION)
    await page.keyboard.press('Enter')
    await page.waitForURL('**/chats/*')
    await page.getByRole('button', { name: 'Copy answer with sources' }).waitFor()
    const id = new URL(page.url()).pathname.split('/').at(-1)!
    const { citations } = (await stored(scene.site, id)).messages.at(-1)!
    expect(citations.length).toBeGreaterThanOrEqual(2)
    expect(NOTES).toContain(citations[1]!.quote)

    // A hover shows the quote, a click the source beside the answer.
    await chip(page, 2).hover()
    const preview = page.getByRole('dialog', { name: 'Source 2' })
    await preview.locator('mark').filter({ hasText: citations[1]!.quote }).waitFor()
    await page.mouse.move(5, 5)
    await preview.waitFor({ state: 'detached' })
    await chip(page, 2).click()
    const card = sources(page).locator('[data-source="2"]')
    expect(await card.locator('mark').innerText()).toBe(citations[1]!.quote)

    // And the sentence is marked in the document.
    await card.getByRole('link', { name: 'Open the page' }).click()
    await page.waitForURL(/\/documents\/.*start=/)
    await page.getByRole('region', { name: 'Sources' }).waitFor({ state: 'detached' })
    const mark = page.locator('mark').first()
    await mark.waitFor()
    expect(await mark.innerText()).toContain(citations[1]!.quote)
    await scene.shoot(page, 'document-desktop-light')

    // The chat is as it was when it is opened again, its model too.
    await visit(page, `/chats/${id}`)
    await page.getByRole('button', { name: /^Model: .*quot/i }).waitFor()
    expect(await page.locator('article [data-citation="2"]').count()).toBeGreaterThanOrEqual(1)
  })
})

import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Feedback } from '../../shared/schemas/feedback.ts'
import { expectAccessible, expectReadableUnderPointer, sidewaysOverflow, visit } from './support/browser.ts'
import { quotedChat } from './support/chat.ts'
import { useScene } from './support/scene.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const scene = useScene()
let chatPath: string
let answerId: string
beforeAll(async () => {
  // Beside the notes that the chat is limited to; there before it is asked, because every document counts in the weights of words.
  const { documents, duplicates } = await scene.site.upload([{ name: 'cakewalk.md', content: '# The Cakewalk\n\nCouples walked in a square, and the best were given a cake.\n' }])
  const { id } = [...documents, ...duplicates][0]!
  await scene.site.waitFor(async () => (await scene.site.json<{ status: string }>(`/api/documents/${id}`)).body.status === 'ready', { what: 'the other document is ready' })
  const chat = await quotedChat(scene.site)
  chatPath = `/chats/${chat.id}`
  answerId = chat.messages.at(-1)!.id
})

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Why these sources?' })
const said = async () => (await scene.site.json<Feedback>(`/api/messages/${answerId}/feedback`)).body

async function explain(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Why these sources?' }).click()
  await sheet(page).getByText('You asked').waitFor()
}

describe('why these sources', () => {
  it.each(['light', 'dark'] as const)('shows what was found, what other settings find and why a document is missing, in %s', async (colorScheme) => {
    const page = await scene.open(chatPath, { colorScheme })
    await explain(page)
    await sheet(page).getByText(/^Cited as/).first().waitFor()
    await expectAccessible(page)
    await scene.shoot(page, `trace-desktop-${colorScheme}`)

    await sheet(page).getByRole('button', { name: 'Other settings' }).click()
    await sheet(page).getByText('the same in the same order').waitFor()
    await sheet(page).getByRole('group', { name: 'Passages to read' }).getByRole('button', { name: '4', exact: true }).click()
    await sheet(page).getByRole('region', { name: 'Other settings' }).getByText(/passages?[;,]/).waitFor()
    await expectAccessible(page)
    await scene.shoot(page, `replay-desktop-${colorScheme}`)

    await sheet(page).getByRole('button', { name: 'Why not …?' }).click()
    await sheet(page).getByRole('textbox', { name: 'Find a document' }).fill('Cakewalk')
    await sheet(page).getByRole('button', { name: /The Cakewalk/ }).click()
    await sheet(page).getByText('Not used: the filters leave it out.').waitFor()
    await expectAccessible(page)
    await scene.shoot(page, `missing-desktop-${colorScheme}`)
    await page.keyboard.press('Escape')
    await sheet(page).waitFor({ state: 'detached' })
  })

  it('is a sheet on a phone', async () => {
    const page = await scene.open(chatPath, PHONE)
    await explain(page)
    expect(await sidewaysOverflow(page)).toBe(0)
    await expectAccessible(page)
    await scene.shoot(page, 'trace-phone')
    await sheet(page).getByRole('button', { name: 'Close' }).tap()
    await sheet(page).waitFor({ state: 'detached' })
  })
})

describe('thumbs', () => {
  it('are kept over a reload and taken back by the same thumb', async () => {
    const page = await scene.open(chatPath)
    const up = page.getByRole('button', { name: 'Good answer', exact: true })
    await up.click()
    await expect.poll(async () => (await said()).verdict).toBe('up')
    await page.reload()
    expect(await up.getAttribute('aria-pressed')).toBe('true')
    await visit(page, chatPath)
    await up.click()
    await expect.poll(async () => (await scene.site.json(`/api/messages/${answerId}/feedback`)).status).toBe(404)
    expect(await up.getAttribute('aria-pressed')).toBe('false')
  })

  it('down ask for the right passage, down to its exact words in the document', async () => {
    const page = await scene.open(chatPath)
    await page.getByRole('button', { name: 'Not a good answer' }).click()
    const form = page.getByRole('dialog', { name: 'What was wrong?' })
    await form.getByRole('textbox', { name: 'Note' }).fill('The year is missing.')
    await form.getByText('What the search for this answer looked at').waitFor()
    await form.getByRole('textbox', { name: /Search your documents/ }).fill('half a million copies')
    await form.getByText('Found', { exact: true }).waitFor()
    await form.getByRole('button', { name: /half a million copies/ }).first().click()
    await form.getByRole('group', { name: 'What should not have been cited' }).getByRole('checkbox').first().click()
    await expectAccessible(page)
    await scene.shoot(page, 'feedback-form')
    await form.getByRole('button', { name: /select the exact words/ }).click()

    await page.waitForURL('**/documents/**')
    const bar = page.getByRole('complementary', { name: 'Passage for a judged answer' })
    await bar.getByText('Select the words').waitFor()
    const sentence = 'By 1909 half a million copies of the Maple Leaf Rag had been sold.'
    await page.locator('[data-page]').first().waitFor()
    await page.evaluate((text) => {
      const walker = document.createTreeWalker(document.querySelector('[data-page]')!, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const at = node.textContent!.indexOf(text)
        if (at < 0) continue
        const range = document.createRange()
        range.setStart(node, at)
        range.setEnd(node, at + text.length)
        window.getSelection()!.removeAllRanges()
        window.getSelection()!.addRange(range)
        return
      }
    }, sentence)
    await bar.getByText('half a million copies').waitFor()
    await expectAccessible(page)
    await scene.shoot(page, 'feedback-selection')
    await bar.getByRole('button', { name: 'Use the selection' }).click()
    await page.waitForURL(`**${chatPath}`)
    expect(await said()).toMatchObject({ verdict: 'down', note: 'The year is missing.', wanted: [{ quote: sentence }], unwanted: [{ quote: expect.stringMatching(/\S/) as string }] })
  })
})

describe('judged answers', () => {
  it.each(['light', 'dark'] as const)('can be run, edited and removed, in %s', async (colorScheme) => {
    await scene.site.json(`/api/messages/${answerId}/feedback`, { method: 'PUT', json: { verdict: 'up', note: 'Right.' } })
    const page = await scene.open('/', { colorScheme })
    await page.getByRole('link', { name: 'Judged answers' }).click()
    await page.getByRole('heading', { level: 1, name: 'Judged answers' }).waitFor()
    await page.getByText('not run yet').first().waitFor()
    await page.getByRole('button', { name: 'Run now' }).click()
    await page.getByText('1 question run.').waitFor()
    await page.getByText('place 1', { exact: true }).waitFor()
    await expectAccessible(page)
    await expectReadableUnderPointer(page)
    await scene.shoot(page, `judged-desktop-${colorScheme}`)

    const main = page.getByRole('main')
    await main.getByRole('button', { name: /^Actions for/ }).click()
    await page.getByRole('menuitem', { name: 'Edit' }).click()
    const form = page.getByRole('dialog', { name: 'Edit this question' })
    await form.getByRole('textbox', { name: 'Question' }).fill('What was paid for each copy?')
    await form.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: /What was paid for each copy/ }).waitFor()
    expect((await said()).question).toBe('What was paid for each copy?')

    await main.getByRole('button', { name: /^Actions for/ }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('Nothing has been judged yet').waitFor()
    await expectAccessible(page)
  })

  it('fit a phone', async () => {
    await scene.site.json(`/api/messages/${answerId}/feedback`, { method: 'PUT', json: { verdict: 'up' } })
    const page = await scene.open('/feedback', PHONE)
    await page.getByText('not run yet').first().waitFor()
    expect(await sidewaysOverflow(page)).toBe(0)
    await expectAccessible(page)
    await scene.shoot(page, 'judged-phone')
  })
})

import { beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible, expectReadableUnderPointer, sidewaysOverflow, visit } from './support/browser.ts'
import { chip, quotedChat, sources } from './support/chat.ts'
import { useScene } from './support/scene.ts'

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const scene = useScene()
let chatPath: string
/** Numbers of the chat's citations, as they stand in the text. */
let numbers: number[]
beforeAll(async () => {
  const chat = await quotedChat(scene.site)
  chatPath = `/chats/${chat.id}`
  numbers = chat.messages.at(-1)!.citations.map(({ n }) => n)
  expect(numbers.length).toBeGreaterThanOrEqual(3)
})

describe('for everybody', () => {
  it.each(['light', 'dark'] as const)('has accessible pages in %s, under the pointer too', async (colorScheme) => {
    const page = await scene.open('/', { colorScheme })
    await expectAccessible(page)
    await expectReadableUnderPointer(page)
    await scene.shoot(page, `home-desktop-${colorScheme}`)
    await visit(page, chatPath)
    await sources(page).locator('[data-source="1"]').waitFor()
    await expectAccessible(page)
    await chip(page, 1).click()
    await expectAccessible(page)
    await expectReadableUnderPointer(page)
    await scene.shoot(page, `chat-source-desktop-${colorScheme}`)
    await visit(page, '/documents')
    await expectAccessible(page)
    await expectReadableUnderPointer(page)
    await scene.shoot(page, `documents-desktop-${colorScheme}`)
    await page.context().clearCookies()
    await visit(page, '/login')
    await expectAccessible(page)
    await expectReadableUnderPointer(page)
    await scene.shoot(page, `login-desktop-${colorScheme}`)
  })

  it.each(['light', 'dark'] as const)('fits a phone in %s, with the sources as a sheet', async (colorScheme) => {
    const page = await scene.open('/', { ...PHONE, colorScheme })
    expect(await sidewaysOverflow(page)).toBe(0)
    await scene.shoot(page, `home-phone-${colorScheme}`)
    await page.getByRole('button', { name: 'Open menu' }).click()
    await page.getByRole('dialog').getByRole('navigation', { name: 'Chats' }).waitFor()
    await expectAccessible(page)
    await scene.shoot(page, `menu-phone-${colorScheme}`)
    await visit(page, chatPath)
    expect(await sidewaysOverflow(page)).toBe(0)
    await expectAccessible(page)
    await scene.shoot(page, `chat-phone-${colorScheme}`)
    await chip(page, 2).tap()
    // By its name: the preview of the number that has the focus again is a dialog as well.
    const sheet = page.getByRole('dialog', { name: 'Sources' })
    await sheet.locator('[data-source="2"] mark').waitFor()
    await expectAccessible(page)
    await scene.shoot(page, `sources-phone-${colorScheme}`)
    await sheet.getByRole('button', { name: 'Close sources' }).click()
    await sheet.waitFor({ state: 'detached' })
  })

  it('walks the citations with the arrow keys and opens one with Enter', async () => {
    const page = await scene.open(chatPath)
    const focused = () => page.evaluate(() => (document.activeElement as HTMLElement).dataset.citation)
    const order = await page.locator('article [data-citation]').evaluateAll(chips => chips.map(chip => (chip as HTMLElement).dataset.citation!))
    await page.locator('article [data-citation]').first().focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    expect(await focused()).toBe(order[2])
    await page.getByRole('dialog', { name: `Source ${order[2]}` }).waitFor()
    // The preview does not take the focus from the text.
    expect(await focused()).toBe(order[2])
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('Enter')
    await sources(page).locator(`[data-source="${order[1]}"] mark`).waitFor()
    expect(await chip(page, Number(order[1])).getAttribute('data-active')).toBe('true')
    await page.keyboard.press('End')
    expect(await focused()).toBe(order.at(-1))
  })

  it('keeps the colours that were chosen', async () => {
    const page = await scene.open('/')
    await page.getByRole('button', { name: 'Dark', exact: true }).click()
    await page.reload()
    expect(await page.locator('html').getAttribute('class')).toContain('dark')
  })

  it('is isolated from other sites', async () => {
    const page = await scene.open('/')
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(new URL(scene.site.url).protocol === 'https:' || /^(?:localhost|127\.|\[::1\])/.test(new URL(scene.site.url).hostname))
  })
})

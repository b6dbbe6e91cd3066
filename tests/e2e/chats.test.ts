import { describe, expect, it } from 'vitest'
import { ask, chip, prompt, QUESTION, quotedChat, stored } from './support/chat.ts'
import { useScene } from './support/scene.ts'

const scene = useScene()

describe('the list of chats', () => {
  it('renames, clears and deletes, after a question where something is lost', async () => {
    const { id } = await quotedChat(scene.site)
    const page = await scene.open(`/chats/${id}`)
    await chip(page, 1).waitFor()

    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Rename' }).click()
    await page.getByLabel('Name', { exact: true }).fill('The contract')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'The contract' }).waitFor()
    await page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: 'The contract', exact: true }).waitFor()
    await expect.poll(async () => (await stored(scene.site, id)).title).toBe('The contract')

    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Clear messages' }).click()
    await page.getByRole('button', { name: 'Keep it' }).click()
    expect(await chip(page, 1).isVisible()).toBe(true)
    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Clear messages' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Clear messages' }).click()
    await page.getByText('This chat is empty.').waitFor()
    await scene.site.waitFor(async () => (await stored(scene.site, id)).messages.length === 0, { what: 'the chat is empty' })

    await page.getByRole('button', { name: 'Actions for this chat' }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete chat' }).click()
    await page.waitForURL(url => url.pathname === '/')
    expect((await scene.site.json(`/api/chats/${id}`)).status).toBe(404)
  })
})

describe('filters and models', () => {
  it('limits a question to a document, shows that, and takes it away with one click', async () => {
    await quotedChat(scene.site)
    const page = await scene.open('/')
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByRole('checkbox', { name: 'Notes on a contract' }).click()
    await page.keyboard.press('Escape')
    const badge = page.getByRole('button', { name: 'Remove filter: Notes on a contract' })
    await badge.waitFor()
    await page.getByRole('button', { name: /^Model/ }).click()
    await page.getByRole('menuitemcheckbox', { name: /quot/i }).click()
    await ask(page, QUESTION)
    await chip(page, 1).waitFor()
    await badge.waitFor()
    await badge.click()
    await badge.waitFor({ state: 'detached' })
    // The chat keeps its model over a reload.
    await page.reload()
    await page.getByRole('button', { name: /^Model: .*quot/i }).waitFor()
  })
})

describe('the prompt', () => {
  it('breaks lines with Shift and Enter', async () => {
    const page = await scene.open('/')
    await prompt(page).fill('one')
    await page.keyboard.press('Shift+Enter')
    await page.keyboard.type('two')
    expect(await prompt(page).inputValue()).toBe('one\ntwo')
    expect(new URL(page.url()).pathname).toBe('/')
  })
})

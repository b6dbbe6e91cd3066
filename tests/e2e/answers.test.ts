import { beforeAll, describe, expect, it } from 'vitest'
import { expectAccessible } from './support/browser.ts'
import { addNotes, answerText, ask, chip, QUESTION, sources } from './support/chat.ts'
import { answer, CONTRACT, SLOW } from './support/claude.ts'
import { hasOwnServer, needsOwnServer, useScene } from './support/scene.ts'

const scene = useScene({ claude: true })
needsOwnServer('a fake Claude writes the answers')
beforeAll(async () => {
  if (hasOwnServer) await addNotes(scene.site)
})

describe('an answer of Claude', () => {
  it('has its numbers where the sentences end, and each leads to its sentence', async () => {
    const page = await scene.open('/')
    scene.claude.next(CONTRACT)
    await ask(page, QUESTION)
    await page.waitForURL('**/chats/*')
    await page.getByRole('button', { name: 'Copy answer with sources' }).waitFor()

    // The numbers stand in their own paragraph and list item.
    expect(await page.locator('article .rt-block').first().innerText()).toMatch(/10 August 1899\.\s?1\s.*each copy\.\s?2\s+It was surely a happy day\.$/s)
    expect(await page.locator('article li').allInnerTexts()).toEqual([expect.stringMatching(/at first\.\s?3$/), expect.stringMatching(/half a million\.\s?4$/)])
    expect(await page.locator('article table td').allInnerTexts()).toEqual(['1909', '500,000'])
    expect(await page.locator('article .rt-unsupported').first().innerText()).toContain('It was surely a happy day.')

    // A hover shows the quote in its context, a click the source beside the answer.
    await chip(page, 2).hover()
    const preview = page.getByRole('dialog', { name: 'Source 2' })
    await preview.getByText('The publisher was John Stark').waitFor()
    expect(await preview.locator('mark').innerText()).toBe('The contract paid Joplin one cent for every copy sold.')
    await page.mouse.move(5, 5)
    await preview.waitFor({ state: 'detached' })
    await chip(page, 2).click()
    const card = sources(page).locator('[data-source="2"]')
    expect(await card.locator('mark').innerText()).toBe('The contract paid Joplin one cent for every copy sold.')
    expect(await card.getByText('Notes on a contract').first().isVisible()).toBe(true)
    await scene.shoot(page, 'chat-desktop-light')
  })

  it('is drawn by the server when the chat is opened again', async () => {
    const { items } = (await scene.site.json<{ items: { id: string }[] }>('/api/chats')).body
    const html = await (await scene.site.fetch(`/chats/${items[0]!.id}`)).text()
    expect(html).toContain('It was surely a happy day.')
    expect(html).toContain('data-citation="4"')
  })
})

describe('while an answer is written', () => {
  it('shows the question at once, goes on after a reload and ends complete', async () => {
    const page = await scene.open('/')
    scene.claude.next(SLOW)
    await ask(page, 'When did Scott Joplin sign the contract?')
    await page.getByRole('heading', { name: 'When did Scott Joplin sign the contract?' }).waitFor()
    await answerText(page, 'The first part').waitFor()
    await page.reload()
    await answerText(page, 'The first part').waitFor()
    await page.getByRole('button', { name: 'Stop answering' }).waitFor()
    await answerText(page, 'The first part, the second part, and the end.').waitFor()
    await chip(page, 1).waitFor()
    expect(await page.getByRole('button', { name: 'Stop answering' }).count()).toBe(0)
  })

  it('stops when asked to and keeps what was written', async () => {
    const page = await scene.open('/')
    scene.claude.next(SLOW)
    await ask(page, 'Who signed the contract for the Maple Leaf Rag?')
    await answerText(page, 'The first part').waitFor()
    await page.getByRole('button', { name: 'Stop answering' }).click()
    await page.getByText('You stopped this answer.').waitFor()
    expect(await answerText(page, 'The first part').isVisible()).toBe(true)

    // And answers again in the same place.
    scene.claude.next(CONTRACT)
    await page.getByRole('button', { name: 'Answer again' }).click()
    await chip(page, 4).waitFor()
    expect(await page.getByText('The first part').count()).toBe(0)
    expect(await page.locator('article[aria-busy]').count()).toBe(1)
  })

  it('keeps what a broken answer had and says what happened', async () => {
    const page = await scene.open('/')
    scene.claude.next({ steps: [{ type: 'text', text: 'Half an answer, ' }, { type: 'error', errorType: 'api_error', message: 'broken' }] })
    await ask(page, 'What contract did Scott Joplin sign?')
    const shown = page.locator('article[aria-busy]')
    await shown.getByText('The answer could not be finished.').waitFor()
    expect(await shown.innerText()).toContain('Half an answer,')
    await expectAccessible(page)
  })

  it('follows a question with another and keeps both', async () => {
    const page = await scene.open('/')
    scene.claude.next(CONTRACT, answer({ text: 'John Stark was.', cites: 'John Stark' }))
    await ask(page, 'What did the contract for the Maple Leaf Rag pay Joplin?')
    await chip(page, 4).waitFor()
    await ask(page, 'Who was the publisher, John Stark of Sedalia?')
    await answerText(page, 'John Stark was.').waitFor()
    await page.locator('h2:has-text("You asked")').nth(1).waitFor()
    // The newest is in sight, the pane shows its source.
    expect(await answerText(page, 'John Stark was.').isVisible()).toBe(true)
    await sources(page).locator('mark').filter({ hasText: 'John Stark' }).waitFor()
  })
})


import { describe, expect, it } from 'vitest'
import { expectAccessible } from './support/browser.ts'
import { ask, prompt } from './support/chat.ts'
import { useScene } from './support/scene.ts'

const scene = useScene()

describe('when things go wrong', () => {
  it('gives the question back when it could not be stored', async () => {
    const page = await scene.open('/')
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
    scene.forgive(/503/)
  })

  it('says so when the network is gone', async () => {
    const page = await scene.open('/')
    await page.context().setOffline(true)
    await page.getByText('You are offline.').waitFor()
    await page.context().setOffline(false)
    await page.getByText('You are offline.').waitFor({ state: 'detached' })
    scene.forgive(/ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_FAILED/)
  })

  it('leads to the password when the session has ended, and back', async () => {
    const page = await scene.open('/')
    // Typed before: whatever the page asks for next leads away from here.
    await prompt(page).fill('Anything')
    await page.context().clearCookies()
    await page.keyboard.press('Enter')
    await page.waitForURL('**/login**')
    await page.getByLabel('Password').fill('wrong password')
    await page.keyboard.press('Enter')
    await page.getByText('not the right password').waitFor()
    await page.getByLabel('Password').fill(scene.site.password)
    await page.keyboard.press('Enter')
    await page.waitForURL(url => url.pathname === '/')
    expect(await prompt(page).inputValue()).toBe('Anything')
    scene.forgive(/401/)
  })

  it('says when the next try at the password is allowed', async () => {
    const page = await scene.open('/login', { stranger: true })
    await page.route('**/api/auth/login', route => route.fulfill({ status: 429, headers: { 'retry-after': '2' }, json: { code: 'too_many_attempts', message: 'Too many.' } }))
    await page.getByLabel('Password').fill('whatever')
    await page.keyboard.press('Enter')
    await page.getByText(/Try again in [12] second/).waitFor()
    expect(await page.getByRole('button', { name: 'Sign in' }).isDisabled()).toBe(true)
    await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('button[type="submit"]')?.disabled)
    scene.forgive(/429/)
  })

  it('signs out', async () => {
    const page = await scene.open('/')
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL('**/login')
    expect((await scene.site.fetch('/api/chats')).status).toBe(401)
    await scene.site.signIn()
  })

  it('draws a page for what is not there', async () => {
    const page = await scene.open('/chats/01930000-0000-7000-8000-000000000000')
    await page.getByRole('heading', { name: 'A missing note' }).waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'New chat' }).click()
    await prompt(page).waitFor()
    scene.forgive(/404/)
  })
})

import { describe, expect, it } from 'vitest'
import type { UploadResult } from '../../shared/schemas/documents.ts'
import { expectAccessible, sidewaysOverflow } from './support/browser.ts'
import { needsOwnServer, useScene } from './support/scene.ts'

const scene = useScene()
const ADDRESS = 'https://www.example.org/rags/maple-leaf'

describe('adding from the web', () => {
  needsOwnServer('it may be switched on there')

  it('is not offered where it is off', async () => {
    const page = await scene.open('/documents')
    await page.getByRole('button', { name: /^(?:Choose files|Upload)$/ }).first().waitFor()
    expect(await page.getByRole('button', { name: 'Add from the web' }).count()).toBe(0)
  })

  it('works by keyboard, tells under the field what went wrong, and keeps what was typed', async () => {
    await scene.server.restart({ env: { RAGTIME_WEB_IMPORT: 'on' } })
    const page = await scene.open('/documents')
    await page.getByRole('button', { name: 'Add from the web' }).focus()
    await page.keyboard.press('Enter')
    const field = page.getByLabel('Address')
    await field.waitFor()
    await expect.poll(() => field.evaluate(element => element === document.activeElement)).toBe(true)
    await page.keyboard.type('http://127.0.0.1/secret')
    await page.keyboard.press('Enter')
    await page.getByText('This address is not open to everyone on the web').waitFor()
    expect(await field.inputValue()).toBe('http://127.0.0.1/secret')
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    await expectAccessible(page)
    await scene.shoot(page, 'web-import')
    await page.keyboard.press('Escape')
    await field.waitFor({ state: 'detached' })
    scene.forgive(/status of 422/)
  })

  it('shows what was added, and where it came from', async () => {
    const { documents: [document] } = await scene.site.upload([{ name: 'maple-leaf.html', content: '<title>Maple Leaf Rag</title><p>It was published in 1899.' }])
    const stored = await scene.site.waitFor(async () => {
      const { body } = await scene.site.json<UploadResult['documents'][number]>(`/api/documents/${document!.id}`)
      return body.status === 'ready' ? body : null
    }, { what: 'the page is ready' })
    const added = { ...stored, source: { url: ADDRESS, fetchedAt: stored.createdAt } }
    const page = await scene.open('/documents', { viewport: { width: 390, height: 844 } })
    await page.route('**/api/documents/import', route => route.fulfill({ status: 201, json: { documents: [], duplicates: [added], rejected: [] } satisfies UploadResult }))
    await page.getByRole('button', { name: 'Add from the web' }).click()
    expect(await sidewaysOverflow(page)).toBe(0)
    await page.getByLabel('Address').fill(ADDRESS)
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('This is already here as “Maple Leaf Rag”.').waitFor()

    await page.unroute('**/api/documents/import')
    await page.route('**/api/documents/import', route => route.fulfill({ status: 201, json: { documents: [added], duplicates: [], rejected: [] } satisfies UploadResult }))
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText('Added maple-leaf.html').first().waitFor()
    await page.getByLabel('Address').waitFor({ state: 'detached' })
  })
})

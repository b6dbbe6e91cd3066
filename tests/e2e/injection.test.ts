import type { Document } from '../../shared/schemas/documents.ts'
import { beforeAll, describe, expect, it } from 'vitest'
import { CANARY, INJECTED } from '../fixtures/injection/index.ts'
import { obeyEverything } from '../server/support/obedient-claude.ts'
import { answerText, ask, chip, sources } from './support/chat.ts'
import { hasOwnServer, needsOwnServer, useScene } from './support/scene.ts'

const scene = useScene({ claude: true })
needsOwnServer('a fake Claude obeys the documents')

const NAMES = ['HTML to repeat', 'a Markdown image', 'links that run']
const documents = INJECTED.filter(({ name }) => NAMES.includes(name))
beforeAll(async () => {
  if (!hasOwnServer) return
  const uploaded = await scene.site.upload(documents.map(({ file }) => file))
  for (const { id } of uploaded.documents) {
    await scene.site.waitFor(async () => (await scene.site.json<Document>(`/api/documents/${id}`)).body.status === 'ready', { what: 'the document is ready' })
  }
})

/** The scene itself fails the test on a request that leaves the site, on a dialog's script and on a violation of the policy. */
describe('an answer that obeyed a document', () => {
  it.each(documents)('is drawn without a picture, a form or a link out of the library: $name', async ({ question }) => {
    const page = await scene.open('/')
    let dialogs = 0
    page.on('dialog', (dialog) => {
      dialogs++
      void dialog.dismiss()
    })
    scene.claude.next(obeyEverything)
    await ask(page, question)
    await page.getByRole('button', { name: 'Copy answer with sources' }).waitFor()
    expect(await answerText(page, CANARY).count()).toBeGreaterThan(0)

    const drawn = async () => ({
      active: await page.locator('article :is(img, picture, video, audio, iframe, object, embed, form, input, svg image, style, script, link, meta, base, [style*="url("])').count(),
      links: await page.locator('article a').evaluateAll(anchors => anchors.map(anchor => (anchor as HTMLAnchorElement).href)),
      handlers: await page.locator('article *').evaluateAll(nodes => nodes.filter(node => node.getAttributeNames().some(name => name.startsWith('on'))).length),
    })
    const inside = expect.stringMatching(new RegExp(`^${scene.site.url}/`)) as string
    const first = await drawn()
    expect(first).toEqual({ active: 0, links: first.links.map(() => inside), handlers: 0 })

    // The passages beside it are the documents' own text, and no more than text.
    await chip(page, 1).click()
    await sources(page).locator('mark').first().waitFor()
    expect(await sources(page).locator('img, iframe, form, script').count()).toBe(0)
    expect(await sources(page).locator('a').evaluateAll((anchors, url) => anchors.every(anchor => (anchor as HTMLAnchorElement).href.startsWith(url)), scene.site.url)).toBe(true)

    // And so it is when the server has drawn it.
    await page.reload()
    await answerText(page, CANARY).first().waitFor()
    expect(await drawn()).toEqual({ active: 0, links: first.links.map(() => inside), handlers: 0 })
    expect(dialogs).toBe(0)
  })
})

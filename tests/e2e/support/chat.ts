import type { Locator, Page } from 'playwright-core'
import { EXTRACTIVE_MODEL, type AskResult, type Chat, type ChatWithMessages } from '../../../shared/schemas/chats.ts'
import type { Document } from '../../../shared/schemas/documents.ts'
import type { Site } from '../../server/support/site.ts'

export const NOTES = `# Notes on a contract

## The contract

Scott Joplin signed the contract for the Maple Leaf Rag on 10 August 1899. The contract paid Joplin one cent for every copy sold. The publisher was John Stark, who kept a music shop in Sedalia.

## The sales

About four hundred copies of the Maple Leaf Rag were sold in the first year. By 1909 half a million copies of the Maple Leaf Rag had been sold.
`
export const QUESTION = 'What did the contract for the Maple Leaf Rag say about every copy sold?'

export const prompt = (page: Page): Locator => page.getByRole('textbox', { name: 'Your question' })
export const sources = (page: Page): Locator => page.getByRole('region', { name: 'Sources' }).locator('visible=true')
export const chip = (page: Page, n: number): Locator => page.locator(`article [data-citation="${n}"]`).first()
export const answerText = (page: Page, text: string): Locator => page.locator('article').getByText(text)

export async function ask(page: Page, question: string): Promise<void> {
  await prompt(page).fill(question)
  await page.keyboard.press('Enter')
}

/** The notes as a document that can be asked about. Safe to call again. */
export async function addNotes(site: Site): Promise<Document> {
  const { documents, duplicates } = await site.upload([{ name: 'contract.md', content: NOTES }])
  const { id } = [...documents, ...duplicates][0]!
  return await site.waitFor(async () => {
    const { body } = await site.json<Document>(`/api/documents/${id}`)
    return body.status === 'ready' && body
  }, { what: 'the notes are ready' })
}

/** A chat that is limited to the notes and has an answer in quotations, with several citations: made without a browser. */
export async function quotedChat(site: Site, question = QUESTION): Promise<ChatWithMessages> {
  const { id: notes } = await addNotes(site)
  const { body: chat } = await site.json<Chat>('/api/chats', { method: 'POST', json: { model: EXTRACTIVE_MODEL } })
  await site.json(`/api/chats/${chat.id}`, { method: 'PATCH', json: { filters: { documents: [notes] } } })
  const { body } = await site.json<AskResult>(`/api/chats/${chat.id}/messages`, { method: 'POST', json: { content: question } })
  await site.waitFor(async () => (await stored(site, chat.id)).messages.find(({ id }) => id === body.answer.id)?.status === 'complete', { what: 'the answer is complete' })
  return await stored(site, chat.id)
}

export async function stored(site: Site, chatId: string): Promise<ChatWithMessages> {
  return (await site.json<ChatWithMessages>(`/api/chats/${chatId}`)).body
}

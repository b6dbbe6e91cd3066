import type { AskResult, ChatWithMessages, Chat, Message, RunEvent } from '../../../shared/schemas/chats.ts'
import type { Document } from '../../../shared/schemas/documents.ts'
import type { TestServer } from './server.ts'

export interface SeenEvent { id: number, event: RunEvent }

/** Uploads texts as documents and waits until they are searchable; gives their ids in order. */
export async function uploadTexts(server: TestServer, texts: Record<string, string>): Promise<string[]> {
  const { documents } = await server.upload(Object.entries(texts).map(([name, content]) => ({ name, content })))
  for (const { id } of documents) {
    await server.waitFor(async () => {
      const { body } = await server.json<Document>(`/api/documents/${id}`)
      if (body.status === 'failed') throw new Error(`The document failed: ${body.error?.message}`)
      return body.status === 'ready'
    }, { what: 'the document being searchable' })
  }
  return documents.map(({ id }) => id)
}

export async function newChat(server: TestServer, json: Record<string, unknown> = {}): Promise<Chat> {
  const { status, body } = await server.json<Chat>('/api/chats', { method: 'POST', json })
  if (status !== 201) throw new Error(`The chat was answered ${status}: ${JSON.stringify(body)}`)
  return body
}

export async function ask(server: TestServer, chatId: string, content: string, more: Record<string, unknown> = {}): Promise<AskResult> {
  const { status, body } = await server.json<AskResult>(`/api/chats/${chatId}/messages`, { method: 'POST', json: { content, ...more } })
  if (status !== 202) throw new Error(`The question was answered ${status}: ${JSON.stringify(body)}`)
  return body
}

/** All events of a run to its end, or until `enough`. */
export async function follow(server: TestServer, runId: string, { lastEventId, enough }: { lastEventId?: number, enough?: (event: RunEvent) => boolean } = {}): Promise<SeenEvent[]> {
  const seen: SeenEvent[] = []
  for await (const { id, type, data } of server.events(`/api/runs/${runId}/events`, { ...(lastEventId === undefined ? {} : { lastEventId }), timeoutMs: 30_000 })) {
    const event = { type, data } as RunEvent
    seen.push({ id: Number(id), event })
    if (enough?.(event)) break
  }
  return seen
}

export function textOf(events: SeenEvent[]): string {
  return events.flatMap(({ event }) => event.type === 'delta' ? [event.data.text] : []).join('')
}

export async function readChat(server: TestServer, chatId: string): Promise<ChatWithMessages> {
  return (await server.json<ChatWithMessages>(`/api/chats/${chatId}`)).body
}

export async function readAnswer(server: TestServer, chatId: string, answerId: string): Promise<Message> {
  const message = (await readChat(server, chatId)).messages.find(({ id }) => id === answerId)
  if (!message) throw new Error(`The chat has no message ${answerId}`)
  return message
}

/** Asks, follows to the end and gives the stored answer. */
export async function askAndWait(server: TestServer, chatId: string, content: string, more: Record<string, unknown> = {}): Promise<Message & { events: SeenEvent[] }> {
  const { answer, run } = await ask(server, chatId, content, more)
  const events = await follow(server, run.id)
  return { ...await readAnswer(server, chatId, answer.id), events }
}

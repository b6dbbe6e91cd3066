import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AskResult, Run } from '../../shared/schemas/chats.ts'
import { startFakeAnthropic, type FakeAnthropic, type Step } from './support/anthropic.ts'
import { ask, askAndWait, follow, newChat, readAnswer, readChat, textOf, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

let fake: FakeAnthropic
let server: TestServer
beforeAll(async () => {
  fake = await startFakeAnthropic()
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none', ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: fake.url } })
  await uploadTexts(server, { 'joplin.txt': 'Scott Joplin published the Maple Leaf Rag in Sedalia in 1899. John Stark was its publisher.' })
})
afterAll(async () => {
  await server?.stop()
  await fake?.close()
})

const QUESTION = 'Where did Scott Joplin publish the Maple Leaf Rag?'
const half: Step = { type: 'text', text: 'It was published in' }
/** Writes a little every 50 ms, for about a second. */
const slowly: Step[] = Array.from({ length: 20 }, (_, i): Step[] => [{ type: 'text', text: `Word${i} ` }, { type: 'pause', ms: 50 }]).flat()

describe('a run', () => {
  it('is stored with its question before anything is called, and followed by any number of readers', async () => {
    fake.next({ steps: slowly })
    const chat = await newChat(server)
    const { message, answer, run } = await ask(server, chat.id, QUESTION)
    expect(message).toMatchObject({ role: 'user', content: QUESTION, status: 'complete' })
    expect(answer).toMatchObject({ role: 'assistant', replyTo: message.id, runId: run.id })
    expect((await readChat(server, chat.id)).messages.map(({ id }) => id)).toEqual([message.id, answer.id])
    const [one, two] = await Promise.all([follow(server, run.id), follow(server, run.id)])
    expect(two).toEqual(one)
    expect(one.map(({ id }) => id)).toEqual(one.map((_, index) => index + 1))
    expect(one.at(-1)!.event).toMatchObject({ type: 'done', data: { messageId: answer.id } })
    expect(textOf(one)).toBe((await readAnswer(server, chat.id, answer.id)).content)
    expect((await server.json<Run>(`/api/runs/${run.id}`)).body).toMatchObject({ status: 'done', chatId: chat.id })
  })

  it('goes on when its reader leaves, and replays after the last event seen', async () => {
    fake.next({ steps: slowly })
    const chat = await newChat(server)
    const { run } = await ask(server, chat.id, QUESTION)
    const before = await follow(server, run.id, { enough: event => event.type === 'delta' })
    const after = await follow(server, run.id, { lastEventId: before.at(-1)!.id })
    const whole = await follow(server, run.id)
    expect([...before, ...after]).toEqual(whole)
    expect(textOf(whole)).toContain('Word19')
    expect((await server.fetch(`/api/runs/${run.id}/events`, { headers: { 'last-event-id': String(whole.length) } })).status).toBe(204)
  })

  it('refuses a second question meanwhile with 409, and takes it after a stop that keeps the text', async () => {
    fake.next({ steps: [half, { type: 'stall' }] })
    const chat = await newChat(server)
    const { answer, run } = await ask(server, chat.id, QUESTION)
    await follow(server, run.id, { enough: event => event.type === 'delta' })
    const refused = await server.json(`/api/chats/${chat.id}/messages`, { method: 'POST', json: { content: 'And?' } })
    expect(refused).toMatchObject({ status: 409, body: { code: 'answer_in_progress' } })
    const stopped = await server.json<Run>(`/api/runs/${run.id}/stop`, { method: 'POST' })
    expect(stopped).toMatchObject({ status: 200, body: { status: 'stopped' } })
    const stored = await readAnswer(server, chat.id, answer.id)
    expect(stored).toMatchObject({ status: 'stopped', outcome: 'stopped' })
    expect(half.text.startsWith(stored.content)).toBe(true)
    expect(stored.content.length).toBeGreaterThan(0)
    expect((await follow(server, run.id)).at(-1)!.event).toMatchObject({ type: 'done', data: { outcome: 'stopped' } })
    expect((await askAndWait(server, chat.id, QUESTION)).status).toBe('complete')
  })

  it('ends with its chat', async () => {
    fake.next({ steps: [half, { type: 'stall' }] })
    const chat = await newChat(server)
    const { run } = await ask(server, chat.id, QUESTION)
    await follow(server, run.id, { enough: event => event.type === 'delta' })
    expect((await server.json(`/api/chats/${chat.id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await server.json(`/api/runs/${run.id}`)).status).toBe(404)
  })

  it.each(['SIGKILL', 'SIGTERM'] as const)('that a %s cut is interrupted with its text after the restart, and can be written again', async (signal) => {
    fake.next({ steps: [half, { type: 'pause', ms: 200 }, { type: 'stall' }] })
    const chat = await newChat(server)
    const { message, answer, run } = await ask(server, chat.id, QUESTION)
    await follow(server, run.id, { enough: event => event.type === 'delta' })
    await new Promise(resolve => setTimeout(resolve, 300))
    await server.kill(signal)
    await server.start()
    const cut = await readAnswer(server, chat.id, answer.id)
    expect(cut).toMatchObject({ status: 'interrupted', error: { code: 'interrupted' } })
    expect(cut.content.length).toBeGreaterThan(5)
    expect(half.text.startsWith(cut.content)).toBe(true)
    const events = await follow(server, run.id)
    expect(events.at(-1)!.event).toMatchObject({ type: 'interrupted', data: { messageId: answer.id } })
    expect(textOf(events)).toBe(cut.content)
    const again = await server.json<AskResult>(`/api/messages/${answer.id}/runs`, { method: 'POST' })
    expect(again).toMatchObject({ status: 202, body: { message: { id: message.id } } })
    await follow(server, again.body.run.id)
    expect((await readChat(server, chat.id)).messages.map(({ id, status }) => [id, status])).toEqual([[message.id, 'complete'], [again.body.answer.id, 'complete']])
  })

  it('streams without being buffered, as an event stream', async () => {
    fake.next({ steps: slowly })
    const chat = await newChat(server)
    const { run } = await ask(server, chat.id, QUESTION)
    const response = await server.fetch(`/api/runs/${run.id}/events`)
    expect(response.headers.get('content-type')).toContain('text/event-stream')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    await response.body!.cancel()
    await server.json(`/api/runs/${run.id}/stop`, { method: 'POST' })
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PROMPT_VERSION } from '../../server/answer/prompts/version.ts'
import type { Message } from '../../shared/schemas/chats.ts'
import { citationOf, startFakeAnthropic, type FakeAnthropic, type Step } from './support/anthropic.ts'
import { askAndWait, follow, newChat, textOf, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

const JOPLIN = 'Scott Joplin was born in Texas in 1868.[3] He grew up in Texarkana. He published the Maple Leaf Rag in Sedalia in 1899. John Stark was its publisher.'
const LAMB = 'Joseph Lamb lived in New Jersey all his life. Joseph Lamb met Scott Joplin in the shop of John Stark in New York in 1907.'

let fake: FakeAnthropic
let server: TestServer
let ids: string[]
const canonical = new Map<string, string>()

beforeAll(async () => {
  fake = await startFakeAnthropic()
  server = await startServer({ env: { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: fake.url } })
  ids = await uploadTexts(server, { 'joplin.txt': JOPLIN, 'lamb.txt': LAMB })
  for (const id of ids) canonical.set(id, await (await server.fetch(`/api/documents/${id}/text`)).text())
})
afterAll(async () => {
  await server?.stop()
  await fake?.close()
})

function expectChecked({ citations, content }: Message): void {
  expect(citations.map(({ n }) => n)).toEqual(citations.map((_, index) => index + 1))
  for (const { documentId, start, end, quote, anchors } of citations) {
    expect(canonical.get(documentId)!.slice(start, end)).toBe(quote)
    for (const at of anchors) expect(at).toBeLessThanOrEqual(content.length)
  }
  const order = citations.map(({ anchors }) => anchors[0]!)
  expect(order).toEqual(order.toSorted((a, b) => a - b))
}

describe('a keyless answer', () => {
  it('quotes sentences that are in the documents, says that it quotes, and stores its trace', async () => {
    const chat = await newChat(server, { model: 'extractive' })
    const answer = await askAndWait(server, chat.id, 'Who was the publisher of the Maple Leaf Rag?')
    expect(answer).toMatchObject({ status: 'complete', outcome: 'answered', model: 'extractive' })
    expect(answer.citations.length).toBeGreaterThanOrEqual(2)
    expect(answer.content).toMatch(/^Quoted from your documents/)
    expect(answer.citations.map(({ quote }) => quote)).toContain('John Stark was its publisher.')
    expectChecked(answer)
    expect(answer.sentences.length).toBeGreaterThan(0)
    expect(answer.sentences.every(({ supported }) => supported)).toBe(true)
    expect(textOf(answer.events)).toBe(answer.content)
    const trace = await server.json<{ queries: string[], retrievals: { candidates: unknown[] }[] }>(`/api/messages/${answer.id}/trace`)
    expect(trace.body.queries).toEqual(['Who was the publisher of the Maple Leaf Rag?'])
    expect(trace.body.retrievals[0]!.candidates.length).toBeGreaterThan(0)
    expect(fake.requests).toEqual([])
  })

  it('keeps the filter, the topic of a follow-up, and the source\'s own reference numbers out of the text', async () => {
    const chat = await newChat(server, { model: 'extractive' })
    const only = await askAndWait(server, chat.id, 'Where did Joseph Lamb meet Scott Joplin?', { filters: { documents: [ids[0]] } })
    expect(only.citations.every(({ documentId }) => documentId === ids[0])).toBe(true)
    const next = await newChat(server, { model: 'extractive' })
    const first = await askAndWait(server, next.id, 'When was Scott Joplin born?')
    expect(first.content).toContain('in 1868')
    expect(first.content).not.toContain('[3]')
    const second = await askAndWait(server, next.id, 'Where did he grow up?')
    expect(second.citations.map(({ quote }) => quote)).toContain('Scott Joplin was born in Texas in 1868.[3] He grew up in Texarkana.')
  })
})

describe('the three empty answers', () => {
  it('say which one they are, with advice; the last one shows the nearest passages', async () => {
    const chat = await newChat(server, { model: 'extractive' })
    const none = await askAndWait(server, chat.id, 'Where was Scott Joplin born?', { filters: { since: '2999-01-01T00:00:00Z' } })
    expect(none).toMatchObject({ status: 'complete', outcome: 'none_in_filter', citations: [], error: null })
    const nothing = await askAndWait(server, chat.id, 'What is the boiling point of liquid xenon?')
    expect(nothing).toMatchObject({ status: 'complete', outcome: 'nothing_relevant', citations: [], error: null })
    const sources = nothing.events.find(({ event }) => event.type === 'sources')!.event
    expect(sources.type === 'sources' && sources.data.chunks.length).toBeGreaterThan(0)

    const empty = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
    try {
      const answer = await askAndWait(empty, (await newChat(empty)).id, 'Is anything here?')
      expect(answer).toMatchObject({ status: 'complete', outcome: 'no_documents', error: null })
      expect(answer.content).toContain('Documents page')
    }
    finally {
      await empty.stop()
    }
  })
})

describe('an answer by Claude', () => {
  it('has checked citations, numbers them by appearance and drops what is not in the documents', async () => {
    fake.next(({ body }) => ({
      steps: [
        { type: 'text', text: 'It was published in Sedalia', citations: [citationOf(body, 0, 2)] },
        { type: 'text', text: ', says the document [1]. ' },
        { type: 'text', text: 'He was born in Texas.', citations: [citationOf(body, 0, 0), { ...citationOf(body, 0, 0), cited_text: 'Scott Joplin was born in Ohio.' }, { ...citationOf(body, 0, 0), search_result_index: 77 }] },
        { type: 'text', text: ' Sedalia it was.', citations: [citationOf(body, 0, 2)] },
        { type: 'text', text: ' He liked tea [2, 3]. See [here](https://evil.test/?q=secret) ![x](https://evil.test/x.png).' },
      ],
    }))
    const chat = await newChat(server)
    const answer = await askAndWait(server, chat.id, 'Where was the Maple Leaf Rag by Scott Joplin published?')
    expect(answer).toMatchObject({ status: 'complete', model: 'claude-sonnet-5-5' })
    expect(answer.content).toBe('It was published in Sedalia, says the document. He was born in Texas. Sedalia it was. He liked tea. See here x.')
    expectChecked(answer)
    expect(answer.citations.map(({ n, anchors }) => [n, anchors.length])).toEqual([[1, 2], [2, 1]])
    expect(answer.events.at(-1)!.event).toMatchObject({ type: 'done', data: { droppedCitations: 2 } })
    const unsupported = answer.sentences.filter(({ supported }) => !supported).map(({ start, end }) => answer.content.slice(start, end))
    expect(unsupported).toEqual(['He liked tea.', 'See here x.'])
  })

  it('is written by the chosen model, with the conversation, and what it used is counted', async () => {
    const chat = await newChat(server, { model: 'claude-opus-5-5' })
    const before = fake.requests.length
    await askAndWait(server, chat.id, 'Where was the Maple Leaf Rag by Scott Joplin published?')
    fake.next({ steps: [{ type: 'text', text: 'Who was the publisher of the Maple Leaf Rag?' }] })
    await askAndWait(server, chat.id, 'Who was its publisher?')
    const [first, rewrite, second] = fake.requests.slice(before)
    expect(first!.body.model).toBe('claude-opus-5-5')
    expect(rewrite!.body.model).toBe('claude-haiku-5-5')
    expect(second!.body.model).toBe('claude-opus-5-5')
    expect(JSON.stringify(second!.body.messages)).toContain('Where was the Maple Leaf Rag by Scott Joplin published?')
    const usage = await server.json<{ byPrompt: { promptVersion: number, calls: number }[], byModel: { model: string, calls: number, inputTokens: number, costUsd: number }[] }>('/api/usage')
    const opus = usage.body.byModel.find(({ model }) => model === 'claude-opus-5-5')!
    expect(opus).toMatchObject({ calls: 2, inputTokens: 200 })
    expect(opus.costUsd).toBeGreaterThan(0)
    expect(usage.body.byPrompt).toMatchObject([{ promptVersion: PROMPT_VERSION }])
  })

  it('searches again when the model asks for it', async () => {
    fake.next(
      { steps: [{ type: 'tool', name: 'search_documents', input: { query: 'Joseph Lamb New Jersey' } }] },
      ({ body }) => ({ steps: [{ type: 'text', text: 'In New Jersey.', citations: [citationOf(body, 0, 0)] }] }),
    )
    const chat = await newChat(server)
    const answer = await askAndWait(server, chat.id, 'Where did Joseph Lamb live?')
    expect(answer.status).toBe('complete')
    expectChecked(answer)
    const trace = await server.json<{ queries: string[], promptVersion: number }>(`/api/messages/${answer.id}/trace`)
    expect(trace.body.promptVersion).toBe(PROMPT_VERSION)
    expect(trace.body.queries).toEqual(['Where did Joseph Lamb live?', 'Joseph Lamb New Jersey'])
  })

  const wrote: Step = { type: 'text', text: 'It was published in Sedalia' }
  it.each([
    ['an overload in mid-stream', [{ steps: [wrote, { type: 'error', errorType: 'overloaded_error', message: 'Overloaded' }] }], 'claude_overloaded', true],
    ['a broken connection', [{ steps: [wrote, { type: 'cut' }] }], 'claude_cut', true],
    ['a rejected key', [{ status: 401, errorType: 'authentication_error' }], 'claude_key_rejected', false],
    ['too many requests', [{ status: 429, errorType: 'rate_limit_error', headers: { 'retry-after': '300' } }], 'claude_rate_limited', true],
  ] as const)('%s ends in a message, keeps the text, and can be asked for again', async (_name, replies, code, retryable) => {
    fake.next(...replies as unknown as Parameters<FakeAnthropic['next']>)
    const chat = await newChat(server)
    const answer = await askAndWait(server, chat.id, 'Where was the Maple Leaf Rag by Scott Joplin published?')
    expect(answer).toMatchObject({ status: 'failed', outcome: null, error: { code, message: expect.stringContaining('kept') as string } })
    expect(answer.content).toBe('steps' in replies[0] ? wrote.text : '')
    expect(answer.events.at(-1)!.event).toMatchObject({ type: 'error', data: { code, retryable } })
    const again = await server.json<{ run: { id: string }, answer: { id: string } }>(`/api/messages/${answer.id}/runs`, { method: 'POST', json: {} })
    expect(again.status).toBe(202)
    expect((await follow(server, again.body.run.id)).at(-1)!.event).toMatchObject({ type: 'done', data: { outcome: 'answered' } })
  })
})

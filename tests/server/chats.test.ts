import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Chat, ModelList } from '../../shared/schemas/chats.ts'
import { askAndWait, newChat, readChat, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none' } })
  await uploadTexts(server, { 'joplin.txt': 'Scott Joplin was born in Texas in 1868. He published the Maple Leaf Rag in Sedalia in 1899.' })
})
afterAll(() => server?.stop())

const post = (path: string, json: unknown) => server.json<{ code: string, message: string, issues?: { path: string }[] }>(path, { method: 'POST', json })
const UNKNOWN = '0190a000-0000-7000-8000-000000000000'

describe('chats', () => {
  it('are made, listed in pages, changed, cleared and deleted', async () => {
    const chats = await Promise.all(Array.from({ length: 3 }, () => newChat(server)))
    const first = await server.json<{ items: Chat[], nextCursor: string | null }>('/api/chats?limit=2')
    expect(first.body.items).toHaveLength(2)
    const rest = await server.json<{ items: Chat[] }>(`/api/chats?limit=50&cursor=${first.body.nextCursor}`)
    const ids = [...first.body.items, ...rest.body.items].map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    for (const { id } of chats) expect(ids).toContain(id)

    const chat = chats[0]!
    const since = '2026-01-01T00:00:00Z'
    const patched = await server.json<Chat>(`/api/chats/${chat.id}`, { method: 'PATCH', json: { title: 'Rags', model: 'claude-opus-5-5', filters: { since } } })
    expect(patched.body).toMatchObject({ title: 'Rags', model: 'claude-opus-5-5', filters: { since } })
    await server.json(`/api/chats/${chat.id}`, { method: 'PATCH', json: { model: null, filters: {} } })

    await askAndWait(server, chat.id, 'Where was Scott Joplin born?')
    expect((await readChat(server, chat.id)).messages).toHaveLength(2)
    expect((await server.json(`/api/chats/${chat.id}/messages`, { method: 'DELETE' })).status).toBe(204)
    expect(await readChat(server, chat.id)).toMatchObject({ title: 'Rags', messages: [] })
    expect((await server.json(`/api/chats/${chat.id}`, { method: 'DELETE' })).status).toBe(204)
    expect((await server.json(`/api/chats/${chat.id}`)).status).toBe(404)
    expect((await server.json(`/api/chats/${chat.id}`, { method: 'DELETE' })).status).toBe(404)
  })

  it('are named by their first question', async () => {
    const chat = await newChat(server)
    await askAndWait(server, chat.id, 'Who published the Maple Leaf Rag?')
    await askAndWait(server, chat.id, 'Where was Scott Joplin born?')
    expect((await readChat(server, chat.id)).title).toBe('Who published the Maple Leaf Rag?')
  })
})

describe('bad requests', () => {
  it.each([
    ['no question', {}, 'content'],
    ['an empty question', { content: '  ' }, 'content'],
    ['a number', { content: 42 }, 'content'],
    ['a question that is too long', { content: 'x'.repeat(8_001) }, 'content'],
    ['an unknown model', { content: 'Hi', model: 'gpt-9' }, 'model'],
    ['a filter of nonsense', { content: 'Hi', filters: { since: 'yesterday' } }, 'filters.since'],
    ['a field too many', { content: 'Hi', admin: true }, ''],
  ])('%s is answered 400 with the issue, and nothing is stored', async (_name, json, path) => {
    const chat = await newChat(server)
    const { status, body } = await post(`/api/chats/${chat.id}/messages`, json)
    expect(status).toBe(400)
    expect(body.issues?.map(issue => issue.path)).toContain(path)
    expect((await readChat(server, chat.id)).messages).toEqual([])
  })

  it('a body that is no JSON is answered 400', async () => {
    const chat = await newChat(server)
    const { status, body } = await server.json(`/api/chats/${chat.id}/messages`, { method: 'POST', body: '{"content":', headers: { 'content-type': 'application/json' } })
    expect(status).toBe(400)
    expect(body).toMatchObject({ code: 'invalid_json' })
  })

  it.each(['chats', 'runs', 'messages'].flatMap(noun => [UNKNOWN, 'nonsense', '%00'].map(id => [noun, id] as const)))('/api/%s/%s is answered 404 as JSON', async (noun, id) => {
    const path = noun === 'chats' ? `/api/chats/${id}` : noun === 'runs' ? `/api/runs/${id}` : `/api/messages/${id}/trace`
    const { status, body } = await server.json(path)
    expect(status).toBe(404)
    expect(body).toMatchObject({ code: 'not_found', message: expect.any(String) as string })
  })

  it.each([
    ['POST', `/api/chats/${UNKNOWN}/messages`, { content: 'Hi' }],
    ['DELETE', `/api/chats/${UNKNOWN}/messages`, undefined],
    ['PATCH', `/api/chats/${UNKNOWN}`, { title: 'x' }],
    ['POST', `/api/messages/${UNKNOWN}/runs`, {}],
    ['POST', `/api/runs/${UNKNOWN}/stop`, undefined],
    ['GET', `/api/runs/${UNKNOWN}/events`, undefined],
  ])('%s %s is answered 404', async (method, path, json) => {
    expect((await server.json(path, { method, ...(json ? { json } : {}) })).status).toBe(404)
  })

  it('lists refuse nonsense', async () => {
    expect((await server.json('/api/chats?limit=0')).status).toBe(400)
    expect((await server.json('/api/chats?limit=abc')).status).toBe(400)
    expect((await server.json('/api/chats?cursor=nonsense')).status).toBe(200)
  })
})

describe('models and usage', () => {
  it('without a key only quotations are available, and the default', async () => {
    const { body } = await server.json<ModelList>('/api/models')
    expect(body.default).toBe('extractive')
    expect(body.items.filter(({ available }) => available).map(({ id }) => id)).toEqual(['extractive'])
    expect(body.items.find(({ id }) => id === 'claude-sonnet-5-5')).toMatchObject({ available: false, note: expect.stringContaining('ANTHROPIC_API_KEY') as string })
  })

  it('choosing Claude without a key ends in a message that says how, and keeps the question', async () => {
    const chat = await newChat(server, { model: 'claude-sonnet-5-5' })
    const answer = await askAndWait(server, chat.id, 'Where was Scott Joplin born?')
    expect(answer).toMatchObject({ status: 'failed', error: { code: 'claude_no_key', message: expect.stringContaining('ANTHROPIC_API_KEY') as string } })
    expect((await readChat(server, chat.id)).messages[0]!.content).toBe('Where was Scott Joplin born?')
  })

  it('usage starts at nothing', async () => {
    expect((await server.json('/api/usage')).body).toMatchObject({ totals: { calls: 0, inputTokens: 0, costUsd: 0 }, byModel: [], byDay: [] })
  })
})

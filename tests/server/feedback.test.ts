import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ErrorBody } from '../../shared/schemas/chats.ts'
import type { Feedback, FeedbackCheck, GoldenSet } from '../../shared/schemas/feedback.ts'
import type { DocumentStanding, MessageTrace, TracedSearch } from '../../shared/schemas/trace.ts'
import { askAndWait, newChat, readAnswer, uploadTexts } from './support/asking.ts'
import { startServer, type TestServer } from './support/server.ts'

const JOPLIN = 'Scott Joplin was born in Texas in 1868. He published the Maple Leaf Rag in Sedalia in 1899. John Stark was its publisher.'
const LAMB = 'Joseph Lamb lived in New Jersey all his life. Joseph Lamb met Scott Joplin in the shop of John Stark in New York in 1907.'
const NOBODY = '01900000-0000-7000-8000-000000000000'

let server: TestServer
let joplin: string
let lamb: string
let chatId: string
let answerId: string

beforeAll(async () => {
  server = await startServer({ env: { RAGTIME_EMBEDDER: 'none', RAGTIME_SAMPLES: 'off' } })
  ;[joplin, lamb] = await uploadTexts(server, { 'joplin.txt': JOPLIN, 'lamb.txt': LAMB }) as [string, string]
  chatId = (await newChat(server)).id
  answerId = (await askAndWait(server, chatId, 'Who was the publisher of the Maple Leaf Rag?')).id
})
afterAll(() => server?.stop())

describe('how an answer was found', () => {
  it('is told with the titles of documents', async () => {
    const { body } = await server.json<MessageTrace>(`/api/messages/${answerId}/trace`)
    expect(body.retrievals[0]!.candidates[0]).toMatchObject({ documentId: joplin, title: expect.stringContaining('joplin') as string, dropped: null, place: { page: 1 } })
  })

  it('can be tried with other settings', async () => {
    const { status, body } = await server.json<TracedSearch>(`/api/messages/${answerId}/replays`, { method: 'POST', json: { limit: 1, filters: { documents: [lamb] }, vectorWeight: 0 } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ mode: 'keyword', query: 'Who was the publisher of the Maple Leaf Rag?', filters: { documents: [lamb] } })
    // None of its words stands there.
    expect(body.candidates).toEqual([])
    expect((await server.json<TracedSearch>(`/api/messages/${answerId}/replays`, { method: 'POST' })).body.candidates.length).toBeGreaterThan(0)
  })

  it('says why a document was not used', async () => {
    const filtered = await askAndWait(server, (await newChat(server)).id, 'Where was Scott Joplin born?', { filters: { documents: [joplin] } })
    expect((await server.json<DocumentStanding>(`/api/messages/${filtered.id}/documents/${lamb}`)).body).toMatchObject({ reason: 'the filters leave it out', best: null })
    expect((await server.json<DocumentStanding>(`/api/messages/${filtered.id}/documents/${joplin}`)).body).toMatchObject({ reason: null, then: { rank: 1 }, best: { documentId: joplin } })
  })

  it.each([
    ['POST', '/replays', { limit: 0 }, 400, 'limit'],
    ['POST', '/replays', { filters: { documents: ['joplin'] } }, 400, 'filters.documents.0'],
    ['PUT', '/feedback', { verdict: 'sideways' }, 400, 'verdict'],
    ['PUT', '/feedback', { verdict: 'down', wanted: [{ documentId: NOBODY, start: 0, end: 5 }] }, 400, 'wanted.0'],
    ['PUT', '/feedback', { verdict: 'down', unwanted: [{ documentId: NOBODY, start: 0, end: 5 }] }, 400, 'unwanted.0'],
    ['PUT', '/feedback', { verdict: 'down', note: 'x'.repeat(1_001) }, 400, 'note'],
  ])('answers %s %s with %j by %i', async (method, path, json, status, issue) => {
    const answer = await server.json<ErrorBody>(`/api/messages/${answerId}${path}`, { method, json })
    expect(answer.status).toBe(status)
    expect(answer.body.issues!.map(({ path }) => path)).toContain(issue)
  })
})

describe('what is said of an answer', () => {
  it('is stored, carried by the answer, changed and taken back', async () => {
    const path = `/api/messages/${answerId}/feedback`
    expect((await server.json(path)).status).toBe(404)
    const up = (await server.json<Feedback>(path, { method: 'PUT', json: { verdict: 'up' } })).body
    expect(up.wanted.map(({ quote }) => quote)).toContain('John Stark was its publisher.')
    const down = (await server.json<Feedback>(path, { method: 'PUT', json: { verdict: 'down', note: 'Not it.', wanted: [{ documentId: lamb, start: 0, end: 45 }] } })).body
    expect(down).toMatchObject({ id: up.id, verdict: 'down', chatId, wanted: [{ quote: 'Joseph Lamb lived in New Jersey all his life.' }] })
    expect(down.cited.map(({ quote }) => quote)).toContain('John Stark was its publisher.')
    const [{ documentId, start, end }] = down.cited as [Feedback['cited'][number]]
    const blamed = (await server.json<Feedback>(`/api/feedback/${down.id}`, { method: 'PATCH', json: { unwanted: [{ documentId, start, end }] } })).body
    expect(blamed).toEqual({ ...down, unwanted: [down.cited[0]] })
    expect((await server.json<GoldenSet>('/api/golden')).body.questions.at(-1)!.unwanted).toMatchObject([{ documentId, start, end }])
    await server.restart()
    expect((await readAnswer(server, chatId, answerId)).verdict).toBe('down')
    expect((await server.json<Feedback>(path)).body).toEqual(blamed)
    expect((await server.fetch(path, { method: 'DELETE' })).status).toBe(204)
    expect((await server.fetch(path, { method: 'DELETE' })).status).toBe(404)
    expect((await readAnswer(server, chatId, answerId)).verdict).toBeUndefined()
  })

  it('becomes a golden set that can be run, and outlives its chat where it is kept', async () => {
    const other = await newChat(server)
    const answer = await askAndWait(server, other.id, 'When was the Maple Leaf Rag published?')
    const start = JOPLIN.indexOf('He published')
    const end = JOPLIN.indexOf(' John Stark')
    const { body: { id } } = await server.json<Feedback>(`/api/messages/${answer.id}/feedback`, { method: 'PUT', json: { verdict: 'down', wanted: [{ documentId: joplin, start, end }] } })
    expect((await server.json<FeedbackCheck>(`/api/feedback/${id}/checks`, { method: 'POST' })).body).toMatchObject({ rank: 1, isRead: true, mode: 'keyword', obstacle: null })
    expect((await server.json<Feedback>(`/api/feedback/${id}`, { method: 'PATCH', json: { kept: true } })).body).toMatchObject({ kept: true, check: { rank: 1 } })
    await server.fetch(`/api/chats/${other.id}`, { method: 'DELETE' })
    expect((await server.json<{ items: Feedback[] }>('/api/feedback')).body.items).toMatchObject([{ id, chatId: null }])
    const { body: golden } = await server.json<GoldenSet>('/api/golden')
    expect(golden.questions).toMatchObject([{ question: 'When was the Maple Leaf Rag published?', wanted: [{ documentId: joplin, start, end, quote: JOPLIN.slice(start, end) }] }])

    // The quote goes with its document; the question and the range stay.
    await server.fetch(`/api/documents/${joplin}`, { method: 'DELETE' })
    expect((await server.json<Feedback>(`/api/feedback/${id}`)).body).toMatchObject({ question: 'When was the Maple Leaf Rag published?', wanted: [{ documentId: joplin, title: null, start, end, quote: '' }] })
    expect((await server.json<GoldenSet>('/api/golden')).body.questions).toEqual([])
    expect((await server.json<FeedbackCheck>(`/api/feedback/${id}/checks`, { method: 'POST' })).body).toMatchObject({ rank: null, obstacle: 'deleted' })
    expect((await server.json<MessageTrace>(`/api/messages/${answerId}/trace`)).body.retrievals[0]!.candidates[0]).toMatchObject({ documentId: joplin, title: null, place: null })
    expect((await server.json<ErrorBody>(`/api/messages/${answerId}/documents/${joplin}`)).status).toBe(404)
    expect((await server.fetch(`/api/feedback/${id}`, { method: 'DELETE' })).status).toBe(204)
  })

  it.each([
    ['GET', `/api/feedback/${NOBODY}`], ['PATCH', `/api/feedback/${NOBODY}`], ['DELETE', `/api/feedback/${NOBODY}`], ['POST', `/api/feedback/${NOBODY}/checks`],
    ['PUT', `/api/messages/${NOBODY}/feedback`], ['POST', `/api/messages/${NOBODY}/replays`], ['GET', `/api/messages/${NOBODY}/documents/${NOBODY}`], ['GET', '/api/feedback/nothing'],
  ])('is not there at %s %s', async (method, path) => {
    const json = method === 'PUT' ? { verdict: 'up' } : method === 'GET' ? undefined : {}
    expect(await server.json<ErrorBody>(path, { method, json })).toMatchObject({ status: 404, body: { code: 'not_found' } })
  })

  it.each(['/api/feedback', '/api/golden', `/api/messages/${NOBODY}/feedback`, `/api/messages/${NOBODY}/documents/${NOBODY}`])('is for the owner alone: %s', async (path) => {
    expect((await server.anonymous(path)).status).toBe(401)
  })
})

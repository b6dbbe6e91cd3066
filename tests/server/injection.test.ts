import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import MarkdownIt from 'markdown-it'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SEARCH_TOOL } from '../../server/answer/prompts/search-tool.ts'
import { SYSTEM_PROMPT } from '../../server/answer/prompts/system.ts'
import { parseMarkdown, type MarkdownNode } from '../../shared/utils/markdown.ts'
import { CANARY, INJECTED, LEAK } from '../fixtures/injection/index.ts'
import { searchResults, startFakeAnthropic, type FakeAnthropic, type RecordedRequest } from './support/anthropic.ts'
import { askAndWait, newChat, textOf, uploadTexts } from './support/asking.ts'
import { BOGUS_CITATIONS, callEveryTool, links, obeyEverything } from './support/obedient-claude.ts'
import { PASSWORD, startServer, type TestServer } from './support/server.ts'

const KEY = 'sk-ant-a-key-that-stays-in-its-header'
const folder = mkdtempSync(join(tmpdir(), 'ragtime-connections-'))
const connectionsLog = join(folder, 'connections')

let fake: FakeAnthropic
let server: TestServer
const ids = new Map<string, string>()

beforeAll(async () => {
  fake = await startFakeAnthropic()
  server = await startServer({
    env: { RAGTIME_SAMPLES: 'off', ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: fake.url, CONNECTIONS_LOG: connectionsLog },
    args: ['--import', fileURLToPath(new URL('support/watch-connections.mjs', import.meta.url))],
  })
  const uploaded = await uploadTexts(server, Object.fromEntries(INJECTED.map(({ file }) => [file.name, file.content])))
  for (const [index, { name }] of INJECTED.entries()) ids.set(name, uploaded[index]!)
})
afterAll(async () => {
  await server?.stop()
  await fake?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.each(INJECTED)('instructions in a document: $name', ({ name, question }) => {
  it('change nothing that holds by construction, also when Claude obeys them all', async () => {
    const chat = await newChat(server)
    const only = { filters: { documents: [ids.get(name)] } }
    const before = fake.requests.length
    fake.next(callEveryTool, obeyEverything)
    const answer = await askAndWait(server, chat.id, question, only)
    const requests = fake.requests.slice(before)
    expect(answer).toMatchObject({ status: 'complete', outcome: 'answered' })
    expect(answer.content).toContain(CANARY)

    // What Claude is told: the same prompt, the same one tool, documents as search results alone, no secret.
    expect(requests).toHaveLength(2)
    for (const { body, path } of requests) {
      expect(path).toBe('/v1/messages')
      expect(body.system).toEqual([{ type: 'text', text: SYSTEM_PROMPT, cache_control: { type: 'ephemeral' } }])
      expect(body.tools).toEqual([SEARCH_TOOL])
      expectNoSecret(body)
    }
    expect(searchResults(requests[0]!.body).length).toBeGreaterThan(0)
    expect(requests[0]!.body.messages).toHaveLength(1)
    expect(ownWords(requests[0]!.body)).toEqual([{ type: 'text', text: question }])

    // What its calls did: one search, of the document that was asked about, and two errors.
    const results = requests[1]!.body.messages.at(-1)!.content as { type: string, is_error?: boolean }[]
    expect(results.map(result => [result.type, result.is_error ?? false])).toEqual([['tool_result', true], ['tool_result', true], ['tool_result', false]])
    const trace = await server.json<{ queries: string[], retrievals: { candidates: { documentId: string }[] }[] }>(`/api/messages/${answer.id}/trace`)
    expect(trace.body.queries).toEqual([question, 'password, API key, bank account'])
    expect(searchResults(requests[1]!.body).every(({ source }) => source.startsWith(`/documents/${ids.get(name)}?`))).toBe(true)
    const { body: documents } = await server.json<{ items: unknown[] }>('/api/documents?limit=100')
    expect(documents.items).toHaveLength(INJECTED.length)

    // What is kept and shown: true citations, no picture, no link out of the library.
    const canonical = await (await server.fetch(`/api/documents/${ids.get(name)}/text`)).text()
    expect(answer.citations.length).toBeGreaterThan(0)
    for (const { documentId, start, end, quote } of answer.citations) {
      expect(documentId).toBe(ids.get(name))
      expect(canonical.slice(start, end)).toBe(quote)
    }
    expect(answer.events.at(-1)!.event).toMatchObject({ type: 'done', data: { droppedCitations: BOGUS_CITATIONS } })
    const obeyed = answer.content.indexOf(`${CANARY} is a prime number`)
    expect(answer.sentences.filter(({ start, end, supported }) => supported && start <= obeyed && end > obeyed)).toEqual([])
    expect(textOf(answer.events)).toBe(answer.content)
    expectHarmless(answer.content)
  })
})

describe('a conversation with an answer that obeyed', () => {
  it('goes on with the same prompt and tool, and the page that shows it loads and links nothing outside', async () => {
    const { name, question } = INJECTED[0]!
    const chat = await newChat(server)
    const only = { filters: { documents: [ids.get(name)] } }
    fake.next(obeyEverything)
    await askAndWait(server, chat.id, question, only)
    const before = fake.requests.length
    fake.next(obeyEverything)
    const next = await askAndWait(server, chat.id, `By whom was the ${question.split(' ')[5]} upright piano built?`, only)
    const { body } = fake.requests.slice(before).at(-1)!
    expect(body.system).toEqual([{ type: 'text', text: SYSTEM_PROMPT, cache_control: { type: 'ephemeral' } }])
    expect(body.tools).toEqual([SEARCH_TOOL])
    expect(body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expectNoSecret(body)
    expectHarmless(next.content)

    const html = await (await server.fetch(`/chats/${chat.id}`)).text()
    expect(html).toContain(CANARY)
    expect(html).not.toMatch(/<[^>]+\s(?:href|src|srcset|action|poster|data|style)\s*=\s*["']?[^"'>]*leak\.test/i)
  })
})

it('what Claude obeys with would do harm if it came through as it is', () => {
  const harmful = links('c2VjcmV0').filter((text) => {
    try {
      expectHarmless(text)
      return false
    }
    catch {
      return true
    }
  })
  expect(harmful.length).toBeGreaterThan(30)
})

it('the server has spoken to nobody but the address of Anthropic that it was given', () => {
  const places = new Set(readFileSync(connectionsLog, 'utf8').trim().split('\n'))
  expect([...places]).toEqual([new URL(fake.url).host])
})

/** What a request says apart from the documents. */
function ownWords(body: RecordedRequest['body']): unknown[] {
  return body.messages.flatMap(({ content }) => (content as { type: string }[]).filter(({ type }) => type !== 'search_result'))
}

function expectNoSecret(body: RecordedRequest['body']): void {
  const text = JSON.stringify(body)
  for (const secret of [KEY, PASSWORD, 'a session secret for the tests', server.dataDir, server.cookie]) expect(text).not.toContain(secret)
}

/** Looks at the answer as the product draws it, and as another Markdown renderer would. */
function expectHarmless(content: string): void {
  const links = parseMarkdown(content).flatMap(({ node }) => hrefs(node))
  for (const href of links) expect(href).toMatch(/^\/documents\/[0-9a-f-]{36}/)
  const html = new MarkdownIt({ html: false, linkify: false }).render(content)
  expect(html).not.toContain('<img')
  for (const [, href] of html.matchAll(/href="([^"]*)"/g)) expect(href).toMatch(/^\/documents\/[0-9a-f-]{36}/)
  // Where HTML is drawn as well, nothing is left that loads, runs or leads away.
  const raw = new MarkdownIt({ html: true, linkify: false }).render(content)
  expect(raw).not.toMatch(new RegExp(`<[a-z][^>]*${new URL(LEAK).host}`, 'i'))
  expect(raw).not.toMatch(/<(?:script|iframe|img|svg|form|style|link|meta|base|object|embed|a href="(?!\/documents\/))/i)
}

function hrefs(node: MarkdownNode): string[] {
  if (!('children' in node)) return []
  return [...node.href ? [node.href] : [], ...node.children.flatMap(hrefs)]
}

import { describe, expect, it } from 'vitest'
import { createClaudeAnswerer } from '../../../../server/answer/claude.ts'
import { createExtractiveAnswerer } from '../../../../server/answer/extractive.ts'
import { judgedForModel } from '../../../../server/answer/judge.ts'
import { PROMPT_VERSION } from '../../../../server/answer/prompts/version.ts'
import type { AnswerEvent } from '../../../../server/answer/types.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { citationOf, quoteFirstSentence, searchResults, type Reply, type Step } from '../../../server/support/anthropic.ts'
import { claudeStage, pointers, say, statuses, type Result } from './claude-stage.ts'
import { collect, request, textOf, wordRetriever } from './fixtures.ts'

const { run, fake, joplin, lamb } = claudeStage()

describe('a request', () => {
  it('carries each chunk as a search result with one text block a sentence, citations on, and the question', async () => {
    const { requests, events, error } = await run([quoteFirstSentence])
    expect(error).toBeNull()
    const { body, headers, path } = requests[0]!
    expect(path).toBe('/v1/messages')
    expect(headers.authorization ?? headers['x-api-key']).toContain('sk-test')
    expect(body).toMatchObject({ model: 'claude-sonnet-5-5', stream: true, tool_choice: { type: 'auto' }, thinking: { type: 'between_tools' } })
    expect(searchResults(body)[0]).toEqual({
      type: 'search_result', title: 'Scott Joplin', source: expect.stringMatching(/^\/documents\/[0-9a-f-]{36}\?start=\d+&end=\d+$/) as string,
      citations: { enabled: true },
      content: [{ type: 'text', text: 'The Maple Leaf Rag was published in Sedalia in 1899.' }, { type: 'text', text: 'John Stark was its publisher.' }],
    })
    expect((body.messages.at(-1)!.content as { type: string, text?: string }[]).at(-1)).toEqual({ type: 'text', text: 'Where was the Maple Leaf Rag published?' })
    expect(textOf(events)).toBe('According to the documents: The Maple Leaf Rag was published in Sedalia in 1899.')
    expect(pointers(events)).toMatchObject([{ quote: 'The Maple Leaf Rag was published in Sedalia in 1899.', covers: 52 }])
    expect(events.at(-1)).toEqual({ type: 'outcome', data: 'answered' })
  })

  it('has a prefix that stays the same and is marked for the cache', async () => {
    const first = await run([quoteFirstSentence])
    const second = await run([quoteFirstSentence], { question: 'Who was the publisher of the Maple Leaf Rag?', model: 'claude-opus-5-5' })
    const prefix = ({ requests }: Result) => JSON.stringify([requests[0]!.body.tools, requests[0]!.body.system])
    expect(prefix(second)).toBe(prefix(first))
    expect((first.requests[0]!.body.system as { cache_control?: unknown }[])[0]!.cache_control).toEqual({ type: 'ephemeral' })
    expect(second.requests[0]!.body.model).toBe('claude-opus-5-5')
    expect(second.requests[0]!.body.thinking).toBeUndefined()
  })

  it('brings the earlier turns, and searches a follow-up by a query of its own', async () => {
    const retriever = wordRetriever(joplin)
    const history = [{ role: 'user' as const, content: 'What is the Maple Leaf Rag?' }, { role: 'assistant' as const, content: 'A rag.' }]
    const { requests, events } = await run([{ steps: say('When was the Maple Leaf Rag published?') }, quoteFirstSentence], { question: 'When was it published?', history, retriever })
    expect(requests[0]!.body.model).toBe('claude-haiku-5-5')
    expect(retriever.queries).toEqual(['When was the Maple Leaf Rag published?'])
    expect(requests[1]!.body.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
    expect(JSON.stringify(requests[1]!.body.messages)).toContain('What is the Maple Leaf Rag?')
    expect(events.filter(({ type }) => type === 'usage')).toHaveLength(2)
  })

  it.each([
    ['fails', { status: 500, errorType: 'api_error' }],
    ['is no query', { steps: say('I cannot.\n\nSorry.') }],
    ['breaks off', { steps: [...say('When was the'), { type: 'cut' }] }],
  ] as [string, Reply][])('takes the topic of the question before when the rewrite %s', async (_name, reply) => {
    const retriever = wordRetriever(joplin)
    const { error } = await run([reply, quoteFirstSentence], { question: 'When was it published?', history: [{ role: 'user', content: 'What is the Maple Leaf Rag?' }, { role: 'assistant', content: 'A rag.' }], retriever })
    expect(error).toBeNull()
    expect(retriever.queries[0]).toMatch(/^When was it published\? \(maple leaf rag\)$/)
  })
})

describe('text and citations', () => {
  it('strips markers and foreign links wherever the stream is cut', async () => {
    const { events } = await run([{ steps: say('It was Sedalia [1], see [the page](https://evil.test/?leak=1)', ' ![x](https://evil.test/a.png) [2].') }])
    expect(textOf(events)).toBe('It was Sedalia, see the page x.')
  })

  it('points at each sentence of a short range, at a long one as a whole, and drops what points at nothing', async () => {
    const { events } = await run([({ body }) => ({
      steps: [
        { type: 'text', text: 'Two sentences.', citations: [citationOf(body, 0, 0, 2)] },
        { type: 'text', text: ' Nowhere.', citations: [{ ...citationOf(body, 0, 0), search_result_index: 99 }, { ...citationOf(body, 0, 1), end_block_index: 9 }, { ...citationOf(body, 0, 1), cited_text: 'Something else.' }] },
      ],
    })])
    expect(pointers(events).map(({ quote }) => quote)).toEqual(['The Maple Leaf Rag was published in Sedalia in 1899.', 'John Stark was its publisher.'])
    expect(events.filter(({ type }) => type === 'dropped')).toHaveLength(3)
  })

  it('reports the tokens of each call and what they cost', async () => {
    const { events } = await run([{ steps: say('Hello.'), usage: { input_tokens: 1_000, output_tokens: 200, cache_read_input_tokens: 3_000, cache_creation_input_tokens: 500 } }])
    expect(events.find(({ type }) => type === 'usage')).toEqual({
      type: 'usage', data: { model: 'claude-sonnet-5-5', inputTokens: 1_000, outputTokens: 200, cacheReadTokens: 3_000, cacheWriteTokens: 500, costUsd: expect.closeTo(0.002 + 0.002 + 0.0006 + 0.00125) as number, promptVersion: PROMPT_VERSION },
    })
  })
})

describe('search_documents', () => {
  const retrieverOf = () => wordRetriever([...joplin, ...lamb])

  it('searches, adds what is new, counts its results after the first ones, and sends the turn back as it was', async () => {
    const retriever = retrieverOf()
    const { events, requests } = await run([
      { steps: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig' }, { type: 'tool', name: 'search_documents', input: { query: 'Joseph Lamb New Jersey' } }] },
      ({ body }) => ({ steps: [{ type: 'text', text: 'Lamb lived there.', citations: [citationOf(body, searchResults(body).length - 1, 0)] }] }),
    ], { retriever })
    expect(retriever.queries).toEqual(['Where was the Maple Leaf Rag published?', 'Joseph Lamb New Jersey'])
    expect(requests[1]!.body.messages.slice(-2)).toMatchObject([
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig' }, { type: 'tool_use', name: 'search_documents', input: { query: 'Joseph Lamb New Jersey' } }] },
      { role: 'user', content: [{ type: 'tool_result', content: [{ type: 'search_result', title: 'Joseph Lamb' }] }] },
    ])
    expect(pointers(events)).toMatchObject([{ quote: 'Joseph Lamb lived in New Jersey.' }])
    const trace = events.findLast(event => event.type === 'trace')!
    expect(trace.data.queries).toEqual(retriever.queries)
    expect(trace.data.retrievals).toHaveLength(2)
  })

  it('is bounded: after three rounds the model has to answer', async () => {
    const search: Reply = { steps: [{ type: 'tool', name: 'search_documents', input: { query: 'Sedalia' } }] }
    const { requests, error } = await run([search, search, search, quoteFirstSentence], { retriever: retrieverOf() })
    expect(error).toBeNull()
    expect(requests.map(({ body }) => body.tool_choice)).toEqual([{ type: 'auto' }, { type: 'auto' }, { type: 'auto' }, { type: 'none' }])
  })

  it('tells the model what is wrong with a call, and goes on', async () => {
    const { requests, error } = await run([{ steps: [{ type: 'tool', name: 'search_documents', input: {} }, { type: 'tool', name: 'delete_documents', input: { query: 'x' } }] }, quoteFirstSentence])
    expect(error).toBeNull()
    expect(requests[1]!.body.messages.at(-1)!.content).toMatchObject([{ is_error: true }, { is_error: true }])
  })

  it('serves several searches at once, each with its own result, and refuses what is too many', async () => {
    const retriever = retrieverOf()
    const queries = ['Joseph Lamb New Jersey', 'Texarkana', 'Sedalia', 'New York']
    const { requests, error } = await run([{ steps: queries.map((query): Step => ({ type: 'tool', name: 'search_documents', input: { query } })) }, quoteFirstSentence], { retriever })
    expect(error).toBeNull()
    const [turn, results] = requests[1]!.body.messages.slice(-2).map(({ content }) => content as { type: string, id?: string, tool_use_id?: string, is_error?: boolean, content?: unknown }[])
    expect(results!.map(result => result.tool_use_id)).toEqual(turn!.map(({ id }) => id))
    expect(results!.map(result => result.is_error ?? false)).toEqual([false, false, false, true])
    expect(results![3]!.content).toBe('Too many searches at once.')
    expect(retriever.queries.slice(1)).toEqual(queries.slice(0, 3))
  })

  it.each([
    ['no JSON', { json: '{"query": "Jos' }], ['a list', { input: ['Joseph Lamb'] }], ['null', { input: null }], ['a number for a query', { input: { query: 7 } }],
    ['a query in a query', { input: { query: { query: 'Joseph Lamb' } } }], ['an empty query', { input: { query: '  ' } }], ['nothing', { json: '' }],
  ])('an input that is %s comes back as an error and is not searched for', async (_name, call) => {
    const retriever = retrieverOf()
    const { requests, error } = await run([{ steps: [{ type: 'tool', name: 'search_documents', ...call }] }, quoteFirstSentence], { retriever })
    expect(error).toBeNull()
    expect(requests[1]!.body.messages.at(-1)!.content).toMatchObject([{ is_error: true, content: 'Give one `query` to search_documents.' }])
    expect(retriever.queries).toHaveLength(1)
    // The API takes objects alone.
    expect(requests[1]!.body.messages.at(-2)!.content).toMatchObject([{ type: 'tool_use', input: expect.toSatisfy((input: unknown) => typeof input === 'object' && input !== null) as object }])
  })

  it('takes an input that comes whole with the start of its block', async () => {
    const retriever = retrieverOf()
    const start: Step = { type: 'event', event: { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', id: 'toolu_whole', name: 'search_documents', input: { query: 'Joseph Lamb' } } } }
    await run([{ steps: [start, { type: 'event', event: { type: 'content_block_stop', index: 0 } }], stopReason: 'tool_use' }, quoteFirstSentence], { retriever })
    expect(retriever.queries.at(-1)).toBe('Joseph Lamb')
  })

  it('says when a search finds nothing, or nothing new', async () => {
    const retriever = retrieverOf()
    const { requests } = await run([{ steps: [{ type: 'tool', name: 'search_documents', input: { query: 'xenon' } }, { type: 'tool', name: 'search_documents', input: { query: 'Maple Leaf Rag' } }] }, quoteFirstSentence], { retriever })
    const nothing = { type: 'tool_result', content: 'Nothing that you have not seen.' }
    expect(requests[1]!.body.messages.at(-1)!.content).toMatchObject([nothing, nothing])
  })

  it('cuts a query of any length', async () => {
    const retriever = retrieverOf()
    await run([{ steps: [{ type: 'tool', name: 'search_documents', input: { query: '🎹'.repeat(5_000) } }] }, quoteFirstSentence], { retriever })
    expect(retriever.queries.at(-1)!.length).toBeLessThanOrEqual(500)
    expect(retriever.queries.at(-1)!.isWellFormed()).toBe(true)
  })

  it('a model that goes on calling when it may not any more gets no other round', async () => {
    const call: Reply = { steps: [{ type: 'text', text: 'Still looking.' }, { type: 'tool', name: 'search_documents', input: { query: 'Sedalia' } }] }
    const { requests, error, events } = await run([call, call, call, call], { retriever: retrieverOf() })
    expect(error).toBeNull()
    expect(requests).toHaveLength(4)
    expect(events.at(-1)).toEqual({ type: 'outcome', data: 'answered' })
  })

  it('ends where it says that it calls and calls nothing', async () => {
    const { requests, error } = await run([{ steps: say('Well.'), stopReason: 'tool_use' }])
    expect(error).toBeNull()
    expect(requests).toHaveLength(1)
  })

  it('gives thinking back with its signature in every round, redacted thinking as it came', async () => {
    const redacted: Step[] = [
      { type: 'event', event: { type: 'content_block_start', index: 0, content_block: { type: 'redacted_thinking', data: 'EmwK' } } },
      { type: 'event', event: { type: 'content_block_stop', index: 0 } },
    ]
    const { requests } = await run([
      { steps: [...redacted, { type: 'tool', name: 'search_documents', input: { query: 'Joseph Lamb' } }] },
      { steps: [{ type: 'thinking', thinking: '', signature: 'omitted' }, { type: 'tool', name: 'search_documents', input: { query: 'Texarkana' } }] },
      quoteFirstSentence,
    ], { retriever: retrieverOf() })
    const turns = requests[2]!.body.messages.filter(({ role }) => role === 'assistant').map(({ content }) => (content as { type: string }[])[0])
    expect(turns).toEqual([{ type: 'redacted_thinking', data: 'EmwK' }, { type: 'thinking', thinking: '', signature: 'omitted' }])
  })

  it('an outage of the search is an outage', async () => {
    let searches = 0
    const retriever = retrieverOf()
    const { error } = await run([{ steps: [{ type: 'tool', name: 'search_documents', input: { query: 'x' } }] }], {
      retriever: { ...retriever, search: request => ++searches === 1 ? retriever.search(request) : Promise.reject(new AppError('search_failed', 503, 'Down.')) },
    })
    expect(error).toMatchObject({ code: 'search_failed' })
  })
})

describe('empty answers', () => {
  it('are given without calling the model', async () => {
    const { events, requests } = await run([], { retriever: wordRetriever(joplin, { results: [], scope: { documents: 2, documentsInFilter: 0 } }) })
    expect(events.at(-1)).toEqual({ type: 'outcome', data: 'none_in_filter' })
    expect(requests).toEqual([])
  })
})

describe('failures', () => {
  it('without a key it says how to set one', async () => {
    expect((await run([], {}, {}, null)).error).toMatchObject({ code: 'claude_no_key', message: expect.stringContaining('ANTHROPIC_API_KEY') as string })
  })

  it.each([
    [401, 'authentication_error', 'claude_key_rejected'],
    [402, 'billing_error', 'claude_no_credit'],
    [403, 'permission_error', 'claude_forbidden'],
    [404, 'not_found_error', 'claude_model_unknown'],
    [413, 'request_too_large', 'claude_too_large'],
    [400, 'invalid_request_error', 'claude_bad_request'],
  ])('%i is not tried again and is explained', async (status, errorType, code) => {
    const { error, requests } = await run([{ status, errorType }])
    expect(error).toMatchObject({ code, message: expect.stringContaining('question is kept') as string })
    expect(requests).toHaveLength(1)
  })

  it.each([
    [429, 'rate_limit_error', 'claude_rate_limited'],
    [529, 'overloaded_error', 'claude_overloaded'],
    [500, 'api_error', 'claude_failed'],
  ])('%i is tried three times, then explained', async (status, errorType, code) => {
    const { error, requests, events } = await run(Array.from({ length: 3 }, () => ({ status, errorType })))
    expect(error).toMatchObject({ code })
    expect(requests).toHaveLength(3)
    expect(statuses(events).filter(({ step }) => step === 'waiting')).toHaveLength(2)
  })

  it('waits as long as retry-after says, then answers', async () => {
    const before = performance.now()
    const { error, events } = await run([{ status: 429, errorType: 'rate_limit_error', headers: { 'retry-after': '0.3' } }, quoteFirstSentence])
    expect(error).toBeNull()
    expect(performance.now() - before).toBeGreaterThan(290)
    expect(statuses(events).find(({ step }) => step === 'waiting')).toMatchObject({ retryAfterMs: 300 })
  })

  it('does not sit out a long retry-after but says when to come back', async () => {
    const { error, requests } = await run([{ status: 429, errorType: 'rate_limit_error', headers: { 'retry-after': '600' } }])
    expect(error!.message).toContain('10 minutes')
    expect(requests).toHaveLength(1)
  })

  it('an overload before any text is tried again, after text it ends the answer and keeps it', async () => {
    const overload: Step = { type: 'error', errorType: 'overloaded_error', message: 'Overloaded' }
    const early = await run([{ steps: [overload] }, quoteFirstSentence])
    expect(early.error).toBeNull()
    expect(early.requests).toHaveLength(2)
    const late = await run([{ steps: [...say('It was in Sedalia'), overload] }])
    expect(late.error).toMatchObject({ code: 'claude_overloaded', status: 529, message: expect.stringContaining('What was written is kept') as string })
    expect(textOf(late.events)).toBe('It was in Sedalia')
    expect(late.events.at(-1)).toMatchObject({ type: 'usage', data: { inputTokens: 100 } })
    expect(late.requests).toHaveLength(1)
  })

  it.each(['cut', 'hangUp'] as const)('a connection that breaks off (%s) keeps the text', async (type) => {
    const { error, events } = await run([{ steps: [...say('It was in Sedalia'), { type }] }])
    expect(error).toMatchObject({ code: 'claude_cut', message: expect.stringContaining('kept') as string })
    expect(textOf(events)).toBe('It was in Sedalia')
  })

  it('silence ends the answer, pings do not count as silence', async () => {
    const silent = await run([{ steps: [...say('It was'), { type: 'stall' }] }], {}, { stallMs: 150 })
    expect(silent.error).toMatchObject({ code: 'claude_stalled' })
    const pings = Array.from({ length: 6 }, (): Step[] => [{ type: 'pause', ms: 60 }, { type: 'ping' }]).flat()
    const slow = await run([{ steps: [...say('It was'), ...pings, ...say(' slow.')] }], {}, { stallMs: 150 })
    expect(slow.error).toBeNull()
    expect(textOf(slow.events)).toBe('It was slow.')
  })

  it('nobody there is an outage', async () => {
    const { error } = await run([], {}, { attempts: 2 }, { apiKey: 'sk-test', baseUrl: 'http://127.0.0.1:9' })
    expect(error).toMatchObject({ code: 'claude_unreachable', status: 503 })
  })

  it.each([['max_tokens', 'answer_too_long'], ['refusal', 'claude_refused'], ['model_context_window_exceeded', 'claude_context_full']] as const)('%s is said', async (stopReason, code) => {
    const { error, events } = await run([{ steps: say('It was in'), stopReason }])
    expect(error).toMatchObject({ code })
    expect(textOf(events)).toBe('It was in')
  })

  it('goes on where Claude paused, and says when it only ever pauses', async () => {
    const { error, events, requests } = await run([{ steps: say('It was in '), stopReason: 'pause_turn' }, { steps: say('Sedalia.') }])
    expect(error).toBeNull()
    expect(textOf(events)).toBe('It was in Sedalia.')
    expect(requests[1]!.body.messages.at(-1)).toEqual({ role: 'assistant', content: [{ type: 'text', text: 'It was in ' }] })
    const paused = await run(Array.from({ length: 4 }, () => ({ steps: say('Hm. '), stopReason: 'pause_turn' as const })))
    expect(paused.error).toMatchObject({ code: 'claude_paused', message: expect.stringContaining('What was written is kept') as string })
    expect(paused.requests).toHaveLength(4)
  })

  it('an answer of nothing is a failure', async () => {
    expect((await run([{ steps: [] }])).error).toMatchObject({ code: 'claude_empty' })
  })
})

describe('stop', () => {
  it('ends the call at once, and reports the tokens', async () => {
    fake().next({ steps: [...say('It was'), { type: 'stall' }] })
    const stopped = new AbortController()
    const answerer = createClaudeAnswerer({ connection: { apiKey: 'sk-test', baseUrl: fake().url }, embedder: null })
    const events: AnswerEvent[] = []
    await expect((async () => {
      for await (const event of answerer.answer(request({ question: 'Where was the Maple Leaf Rag published?', model: 'claude-sonnet-5-5', retriever: wordRetriever(joplin, { results: joplin }) }), stopped.signal)) {
        events.push(event)
        if (event.type === 'delta') stopped.abort('stopped')
      }
    })()).rejects.toBe('stopped')
    expect(events.at(-1)).toMatchObject({ type: 'usage', data: { inputTokens: 100 } })
  })
})

describe('“not in your documents”', () => {
  const LIST = [{ ...joplin[0]!, text: 'Steel\n\nSedalia\n\nStark', sentences: [[0, 5], [7, 14], [16, 21]] as [number, number][], start: 0, end: 21 }]

  it.each([
    ['Where was the Maple Leaf Rag published?', 'answered', 'answered'],
    ['Who was its publisher?', 'answered', 'answered'],
    ['Did Joplin have a pet in Texas that won prizes at shows?', 'answered', 'nothing_relevant'],
    ['What is the melting point of publisher grade titanium alloys?', 'nothing_relevant', 'nothing_relevant'],
  ])('is said by the judgement that answers without a key have, and later: %s', async (question, outcome, withoutKey) => {
    const keyless = await collect(createExtractiveAnswerer({ embedder: null }).answer(request({ question, retriever: wordRetriever(joplin) }), new AbortController().signal))
    const { events, requests } = await run([], { question })
    const judged = (all: AnswerEvent[]) => all.flatMap(event => event.type === 'trace' ? [event.data.answerability] : []).at(-1)
    expect(judged(events)).toEqual(judgedForModel(judged(keyless)!))
    expect(judged(events)!.words).toMatch(/^Your documents /)
    expect(events.at(-1)).toEqual({ type: 'outcome', data: outcome })
    expect(keyless.at(-1)).toEqual({ type: 'outcome', data: withoutKey })
    expect(requests).toHaveLength(outcome === 'answered' ? 1 : 0)
  })

  it('keeps its words in the trace when the model searches again', async () => {
    const { events } = await run([{ steps: [{ type: 'tool', name: 'search_documents', input: { query: 'Joseph Lamb' } }] }, quoteFirstSentence], { retriever: wordRetriever([...joplin, ...lamb]) })
    const traces = events.flatMap(event => event.type === 'trace' ? [event.data] : [])
    expect(traces.at(-1)!.queries).toHaveLength(2)
    expect(traces.at(-1)!.answerability).toEqual(traces[1]!.answerability)
    expect(traces[1]!.answerability).toMatchObject({ verdict: 'direct' })
  })

  it('is left to the model where the passages have no sentence to judge by', async () => {
    const { events, requests } = await run([{ steps: say('Steel and Sedalia.') }], { question: 'Which words are there?', retriever: wordRetriever(LIST, { results: LIST }) })
    expect(requests).toHaveLength(1)
    expect(events.at(-1)).toEqual({ type: 'outcome', data: 'answered' })
  })
})

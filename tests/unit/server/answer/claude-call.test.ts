import { expect, it, describe } from 'vitest'
import { citationOf, quoteFirstSentence, type Handler, type Step, type StreamReply } from '../../../server/support/anthropic.ts'
import { claudeStage, pointers, say, statuses, usages } from './claude-stage.ts'
import { textOf, wordRetriever } from './fixtures.ts'

const { run, joplin, lamb } = claudeStage()

const RETRIED = 'According to the documents: The Maple Leaf Rag was published in Sedalia in 1899.'
const WHOLE = 'It was Sedalia. Stark published it. So it was.'
const twoCitations = (more: Partial<StreamReply> = {}): Handler => ({ body }) => ({
  steps: [
    { type: 'text', text: 'It was Sedalia.', citations: [citationOf(body, 0, 0)] },
    { type: 'ping' },
    { type: 'text', text: ' Stark published it.', citations: [citationOf(body, 0, 1), citationOf(body, 0, 0)] },
    ...say(' So it was.'),
  ],
  ...more,
})

describe('a connection that breaks off', () => {
  it('at any byte keeps what had come, or is tried again when nothing had', async () => {
    const whole = await run([twoCitations()])
    expect(textOf(whole.events)).toBe(WHOLE)
    const ends = { retried: 0, kept: 0, complete: 0 }
    for (let cutAfter = 0; ends.complete === 0; cutAfter += 83) {
      const { events, error, requests } = await run([twoCitations({ cutAfter })])
      const text = textOf(events)
      if (requests.length === 2) {
        expect([text, error]).toEqual([RETRIED, null])
        ends.retried++
      }
      else if (error) {
        expect(error).toMatchObject({ code: 'claude_cut', message: expect.stringContaining('What was written is kept') as string })
        expect(text).not.toBe('')
        expect(WHOLE.startsWith(text)).toBe(true)
        const found = pointers(events)
        expect(found).toEqual(pointers(whole.events).slice(0, found.length).map((pointer, index) => ({ ...pointer, covers: found[index]!.covers })))
        expect(usages(events)).toMatchObject([{ inputTokens: 100 }])
        ends.kept++
      }
      else {
        expect([text, pointers(events)]).toEqual([WHOLE, pointers(whole.events)])
        ends.complete++
      }
    }
    expect(ends.retried).toBeGreaterThan(3)
    expect(ends.kept).toBeGreaterThan(8)
  })

  it.each(['cut', 'hangUp', 'stall'] as const)('after the reason of its end (%s) has lost nothing', async (end) => {
    const { events, error, requests } = await run([twoCitations({ end, usage: { output_tokens: 33 } })], {}, { stallMs: 100 })
    expect(error).toBeNull()
    expect(requests).toHaveLength(1)
    expect(textOf(events)).toBe(WHOLE)
    expect(usages(events)).toMatchObject([{ outputTokens: 33 }])
    expect(events.at(-1)).toEqual({ type: 'outcome', data: 'answered' })
  })

  it('between a citation and the end of its block keeps the citation for the text that was written', async () => {
    const { events, error } = await run([({ body }) => ({
      steps: [
        { type: 'event', event: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '', citations: [] } } },
        { type: 'event', event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'It was Sedalia.' } } },
        { type: 'event', event: { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: citationOf(body, 0, 0) } } },
        { type: 'cut' },
      ],
    })])
    expect(error).toMatchObject({ code: 'claude_cut' })
    expect(pointers(events)).toMatchObject([{ quote: 'The Maple Leaf Rag was published in Sedalia in 1899.', covers: 15 }])
  })

  it('with a citation but no text is tried again, and the citation does not come to stand behind another text', async () => {
    const { events, error } = await run([
      ({ body }) => ({
        steps: [
          { type: 'event', event: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '', citations: [] } } },
          { type: 'event', event: { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: citationOf(body, 0, 1) } } },
          { type: 'cut' },
        ],
      }),
      { steps: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig' }, ...say('I do not know.')] },
    ])
    expect(error).toBeNull()
    expect(textOf(events)).toBe('I do not know.')
    expect(pointers(events)).toEqual([])
  })

  it('after a text that came with the start of its block is not tried again', async () => {
    const { events, error, requests } = await run([{ steps: [{ type: 'event', event: { type: 'content_block_start', index: 0, content_block: { type: 'text', text: 'It was', citations: null } } }, { type: 'cut' }] }])
    expect(error).toMatchObject({ code: 'claude_cut' })
    expect([textOf(events), requests.length]).toEqual(['It was', 1])
  })

  it('in an empty text is tried again, and what takes its place in the next attempt is none of the answer', async () => {
    const block = (type: string, more: object): Step => ({ type: 'event', event: { type, index: 0, ...more } })
    const { events, error } = await run([
      { steps: [block('content_block_start', { content_block: { type: 'text', text: '', citations: null } }), { type: 'cut' }] },
      { steps: [block('content_block_start', { content_block: { type: 'hologram' } }), block('content_block_delta', { delta: { type: 'text_delta', text: 'Boo.' } }), block('content_block_stop', {}), ...say('It was Sedalia.')] },
    ])
    expect(error).toBeNull()
    expect(textOf(events)).toBe('It was Sedalia.')
  })

  it('in the middle of a search is tried again, and the tokens of both attempts are counted', async () => {
    const retriever = wordRetriever([...joplin, ...lamb])
    const half: Step = { type: 'tool', name: 'search_documents', json: '{"query":"Joseph La' }
    const { events, error, requests } = await run([
      { steps: [half, { type: 'cut' }], usage: { input_tokens: 70, cache_creation_input_tokens: 7 } },
      { steps: [{ type: 'tool', name: 'search_documents', input: { query: 'Joseph Lamb' } }], usage: { input_tokens: 70, cache_read_input_tokens: 7 } },
      quoteFirstSentence,
    ], { retriever })
    expect(error).toBeNull()
    expect(requests).toHaveLength(3)
    expect(retriever.queries).toEqual(['Where was the Maple Leaf Rag published?', 'Joseph Lamb'])
    expect(usages(events)).toMatchObject([{ inputTokens: 140, cacheReadTokens: 7, cacheWriteTokens: 7, outputTokens: 21 }, { inputTokens: 100 }])
  })

  it('in the middle of a search, after text, ends the answer and searches for nothing', async () => {
    const retriever = wordRetriever(joplin)
    const { events, error } = await run([{ steps: [...say('Let me look.'), { type: 'tool', name: 'search_documents', json: '{"query":"Jos' }, { type: 'hangUp' }] }], { retriever })
    expect(error).toMatchObject({ code: 'claude_cut' })
    expect(textOf(events)).toBe('Let me look.')
    expect(retriever.queries).toHaveLength(1)
  })
})

describe('failures before the first word', () => {
  it.each([
    ['429 with seconds', { status: 429, errorType: 'rate_limit_error', headers: { 'retry-after': '0.05' } }, 50],
    ['529 with seconds', { status: 529, errorType: 'overloaded_error', headers: { 'retry-after': '0.05' } }, 50],
    ['529 with milliseconds', { status: 529, errorType: 'overloaded_error', headers: { 'retry-after-ms': '40' } }, 40],
    ['503 without a header', { status: 503, errorType: 'api_error' }, 5],
  ])('%s: waits as long as it is told, says so, and answers', async (_name, reply, retryAfterMs) => {
    const { events, error } = await run([reply, quoteFirstSentence])
    expect(error).toBeNull()
    expect(statuses(events).filter(({ step }) => step === 'waiting')).toMatchObject([{ retryAfterMs }])
    expect(textOf(events)).toBe(RETRIED)
  })

  it.each([
    ['overloaded_error', 'claude_overloaded', 3],
    ['rate_limit_error', 'claude_rate_limited', 3],
    ['api_error', 'claude_failed', 3],
    ['invalid_request_error', 'claude_bad_request', 1],
    ['authentication_error', 'claude_key_rejected', 1],
    ['an_error_of_tomorrow', 'claude_failed', 1],
  ])('an error event (%s) is the same failure as its status', async (errorType, code, tries) => {
    const reply = { steps: [{ type: 'error', errorType, message: 'No.' } satisfies Step] }
    const { error, requests } = await run(Array.from({ length: tries }, () => reply))
    expect(error).toMatchObject({ code, message: expect.stringContaining('question is kept') as string })
    expect(requests).toHaveLength(tries)
  })
})

describe('what the API may add', () => {
  const event = (type: string, more: object = {}): Step => ({ type: 'event', event: { type, ...more } })

  it('is passed over: events, blocks and deltas that nobody knows', async () => {
    const { events, error } = await run([{
      steps: [
        event('weather_report', { text: 'Rain.' }), { type: 'ping' },
        event('content_block_start', { index: 0, content_block: { type: 'hologram', text: 'Boo.' } }),
        event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: 'Not of the answer.' } }),
        event('content_block_delta', { index: 0, delta: { type: 'scent_delta', scent: 'rose' } }),
        event('content_block_stop', { index: 0 }),
        ...say('It was in Sedalia.'), { type: 'ping' },
        event('content_block_delta', { index: 77, delta: { type: 'text_delta', text: 'Of no block.' } }),
        event('message_weight', {}),
      ],
    }])
    expect(error).toBeNull()
    expect(textOf(events)).toBe('It was in Sedalia.')
  })

  it('leaves the counts of the input as they were where message_delta repeats the output alone', async () => {
    const { events } = await run([{ steps: say('Hello.'), usage: { input_tokens: 900, cache_read_input_tokens: 3_000, cache_creation_input_tokens: 500 }, deltaUsage: { output_tokens: 44 } }])
    expect(usages(events)).toMatchObject([{ inputTokens: 900, outputTokens: 44, cacheReadTokens: 3_000, cacheWriteTokens: 500 }])
  })

  it('takes the newest of several message_delta for the total', async () => {
    const delta = (output_tokens: number) => event('message_delta', { delta: { stop_reason: null, stop_sequence: null }, usage: { output_tokens } })
    const { events } = await run([{ steps: [delta(5), ...say('Hello.'), delta(9)], deltaUsage: { output_tokens: 12 } }])
    expect(usages(events)).toMatchObject([{ outputTokens: 12 }])
  })
})

import type Anthropic from '@anthropic-ai/sdk'
import { describe, expect, it } from 'vitest'
import { AssistantTurn } from '../../../../server/answer/assistant-turn.ts'
import { PROMPT_VERSION } from '../../../../server/answer/prompts/version.ts'

/** A turn after these events; what is no event of today's API is given as one all the same. */
function turnOf(...events: object[]): AssistantTurn {
  const turn = new AssistantTurn()
  for (const event of events) turn.accept(event as Anthropic.RawMessageStreamEvent)
  return turn
}

const start = (usage: object) => ({ type: 'message_start', message: { usage } })
const delta = (usage: object | undefined, stop_reason: string | null = null) => ({ type: 'message_delta', delta: { stop_reason }, usage })
const open = (index: number, content_block: object) => ({ type: 'content_block_start', index, content_block })
const add = (index: number, piece: object) => ({ type: 'content_block_delta', index, delta: piece })

describe('usage', () => {
  const tokens = { input_tokens: 10, output_tokens: 1, cache_read_input_tokens: 200, cache_creation_input_tokens: 30 }

  it('is none before a call has counted', () => {
    expect(turnOf().usage('claude-sonnet-5-5')).toBeNull()
  })

  it('is that of the newest event, which counts from the beginning', () => {
    const turn = turnOf(start(tokens), delta({ output_tokens: 5 }), delta({ ...tokens, input_tokens: 12, output_tokens: 9 }))
    expect(turn.usage('claude-sonnet-5-5')?.data).toEqual({
      model: 'claude-sonnet-5-5', inputTokens: 12, outputTokens: 9, cacheReadTokens: 200, cacheWriteTokens: 30, promptVersion: PROMPT_VERSION,
      costUsd: expect.closeTo((12 * 2 + 9 * 10 + 200 * 0.2 + 30 * 2.5) / 1e6, 12) as number,
    })
  })

  it('takes counts that are null or missing for unchanged', () => {
    expect(turnOf(start(tokens), delta({ output_tokens: 5, input_tokens: null, cache_read_input_tokens: null }), delta(undefined)).usage('claude-sonnet-5-5')?.data)
      .toMatchObject({ inputTokens: 10, outputTokens: 5, cacheReadTokens: 200, cacheWriteTokens: 30 })
    expect(turnOf({ type: 'message_start', message: {} }).usage('claude-sonnet-5-5')?.data).toMatchObject({ inputTokens: 0, outputTokens: 0 })
  })

  it('adds up the attempts of a call', () => {
    expect(turnOf(start(tokens), delta({ output_tokens: 7 }), start(tokens), delta({ output_tokens: 3 })).usage('claude-sonnet-5-5')?.data)
      .toMatchObject({ inputTokens: 20, outputTokens: 10, cacheReadTokens: 400, cacheWriteTokens: 60 })
  })
})

describe('what goes back', () => {
  it('is every block in its place as it came, text that is only space left out', () => {
    const turn = turnOf(
      start({}),
      open(0, { type: 'thinking', thinking: '', signature: '' }), add(0, { type: 'thinking_delta', thinking: 'So ' }), add(0, { type: 'thinking_delta', thinking: 'be it.' }), add(0, { type: 'signature_delta', signature: 'sig' }),
      open(1, { type: 'redacted_thinking', data: 'data' }),
      open(2, { type: 'text', text: 'One', citations: null }), add(2, { type: 'text_delta', text: ' two.' }),
      open(3, { type: 'text', text: ' \n', citations: null }),
      open(4, { type: 'tool_use', id: 'a', name: 'search_documents', input: {} }), add(4, { type: 'input_json_delta', partial_json: '{"query"' }), add(4, { type: 'input_json_delta', partial_json: ':"rag"}' }),
      open(5, { type: 'tool_use', id: 'b', name: 'search_documents', input: { query: 'whole' } }),
      open(6, { type: 'hologram', text: 'no' }), add(6, { type: 'text_delta', text: 'thing' }),
      add(9, { type: 'text_delta', text: 'of no block' }), { type: 'tomorrow' },
      delta({}, 'tool_use'),
    )
    expect(turn.content).toEqual([
      { type: 'thinking', thinking: 'So be it.', signature: 'sig' }, { type: 'redacted_thinking', data: 'data' }, { type: 'text', text: 'One two.' },
      { type: 'tool_use', id: 'a', name: 'search_documents', input: { query: 'rag' } }, { type: 'tool_use', id: 'b', name: 'search_documents', input: { query: 'whole' } },
    ])
    expect(turn.toolCalls.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(turn.stopReason).toBe('tool_use')
  })

  it('is that of the last attempt alone', () => {
    const turn = turnOf(start({}), open(0, { type: 'tool_use', id: 'a', name: 'x', input: {} }), delta({}, 'tool_use'), start({}))
    expect([turn.content, turn.toolCalls, turn.stopReason]).toEqual([[], [], null])
  })
})

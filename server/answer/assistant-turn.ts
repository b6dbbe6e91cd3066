import type Anthropic from '@anthropic-ai/sdk'
import { costOf } from './models.ts'
import { PROMPT_VERSION } from './prompts/version.ts'
import type { AnswerEvent } from './types.ts'

interface Block { type: string, text: string, json: string, input: unknown, thinking: string, signature: string, data: string, id: string, name: string }
interface Tokens { inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number }

/**
 * What the stream of one call has brought so far: the turn to send back in a tool round, its tool calls, and its usage.
 * Events, blocks and deltas of other kinds are passed over: the API adds new ones without a new version.
 */
export class AssistantTurn {
  stopReason: Anthropic.StopReason | null = null
  #blocks = new Map<number, Block>()
  /** Of the attempt at hand; its counts are totals, so the newest stands for all before. */
  #usage: Tokens | null = null
  /** Of attempts that broke off before; their tokens are paid for as well. */
  #spent: Tokens | null = null

  accept(event: Anthropic.RawMessageStreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.#blocks.clear()
        this.stopReason = null
        this.#spent = sum(this.#spent, this.#usage)
        this.#usage = tokensOf(event.message.usage, null)
        break
      case 'content_block_start': {
        const block = event.content_block
        this.#blocks.set(event.index, {
          type: block.type,
          text: block.type === 'text' ? block.text : '',
          json: '',
          input: block.type === 'tool_use' ? block.input : null,
          thinking: block.type === 'thinking' ? block.thinking : '',
          signature: block.type === 'thinking' ? block.signature : '',
          data: block.type === 'redacted_thinking' ? block.data : '',
          id: block.type === 'tool_use' ? block.id : '',
          name: block.type === 'tool_use' ? block.name : '',
        })
        break
      }
      case 'content_block_delta': {
        const block = this.#blocks.get(event.index)
        if (!block) break
        if (event.delta.type === 'text_delta') block.text += event.delta.text
        else if (event.delta.type === 'input_json_delta') block.json += event.delta.partial_json
        else if (event.delta.type === 'thinking_delta') block.thinking += event.delta.thinking
        else if (event.delta.type === 'signature_delta') block.signature = event.delta.signature
        break
      }
      case 'message_delta':
        this.stopReason = event.delta.stop_reason
        this.#usage = tokensOf(event.usage, this.#usage)
        break
    }
  }

  /** As the next request has to repeat it; thinking goes back unchanged. */
  get content(): Anthropic.ContentBlockParam[] {
    return [...this.#blocks.values()].flatMap((block): Anthropic.ContentBlockParam[] => {
      switch (block.type) {
        case 'text':
          return block.text.trim() === '' ? [] : [{ type: 'text', text: block.text }]
        case 'thinking':
          return [{ type: 'thinking', thinking: block.thinking, signature: block.signature }]
        case 'redacted_thinking':
          return [{ type: 'redacted_thinking', data: block.data }]
        case 'tool_use':
          return [{ type: 'tool_use', id: block.id, name: block.name, input: inputOf(block) ?? {} }]
        default:
          return []
      }
    })
  }

  get toolCalls(): { id: string, name: string, input: unknown }[] {
    return [...this.#blocks.values()].filter(block => block.type === 'tool_use')
      .map(block => ({ id: block.id, name: block.name, input: inputOf(block) }))
  }

  /** Null when the call did not get as far as counting. */
  usage(model: string): Extract<AnswerEvent, { type: 'usage' }> | null {
    const tokens = sum(this.#spent, this.#usage)
    return tokens && { type: 'usage', data: { model, ...tokens, costUsd: costOf(model, tokens), promptVersion: PROMPT_VERSION } }
  }
}

/** `message_delta` repeats the counts as totals and may leave out those of the input: they stay as they were. */
function tokensOf(usage: Partial<Anthropic.Usage | Anthropic.MessageDeltaUsage> | undefined, before: Tokens | null): Tokens {
  return {
    inputTokens: usage?.input_tokens ?? before?.inputTokens ?? 0,
    outputTokens: usage?.output_tokens ?? before?.outputTokens ?? 0,
    cacheReadTokens: usage?.cache_read_input_tokens ?? before?.cacheReadTokens ?? 0,
    cacheWriteTokens: usage?.cache_creation_input_tokens ?? before?.cacheWriteTokens ?? 0,
  }
}

function sum(a: Tokens | null, b: Tokens | null): Tokens | null {
  if (!a || !b) return a ?? b
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
    cacheWriteTokens: a.cacheWriteTokens + b.cacheWriteTokens,
  }
}

/** The input comes in pieces of JSON, or whole with the start of its block; null when it is no JSON. */
function inputOf({ json, input }: Block): unknown {
  if (json === '') return input
  try {
    return JSON.parse(json) as unknown
  }
  catch {
    return null
  }
}

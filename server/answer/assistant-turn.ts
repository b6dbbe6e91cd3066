import type Anthropic from '@anthropic-ai/sdk'
import { costOf } from './models.ts'
import type { AnswerEvent } from './types.ts'

interface Block { type: string, text: string, json: string, thinking: string, signature: string, data: string, id: string, name: string }

/** What the stream of one call has brought so far: the turn to send back in a tool round, its tool calls, and its usage. */
export class AssistantTurn {
  stopReason: Anthropic.StopReason | null = null
  #blocks = new Map<number, Block>()
  #usage: Pick<Anthropic.Usage, 'input_tokens' | 'output_tokens' | 'cache_read_input_tokens' | 'cache_creation_input_tokens'> | null = null

  accept(event: Anthropic.RawMessageStreamEvent): void {
    switch (event.type) {
      case 'message_start':
        this.#blocks.clear()
        this.#usage = event.message.usage
        break
      case 'content_block_start': {
        const block = event.content_block
        this.#blocks.set(event.index, {
          type: block.type,
          text: block.type === 'text' ? block.text : '',
          json: '',
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
        this.#usage = {
          input_tokens: event.usage.input_tokens ?? this.#usage?.input_tokens ?? 0,
          output_tokens: event.usage.output_tokens,
          cache_read_input_tokens: event.usage.cache_read_input_tokens ?? this.#usage?.cache_read_input_tokens ?? 0,
          cache_creation_input_tokens: event.usage.cache_creation_input_tokens ?? this.#usage?.cache_creation_input_tokens ?? 0,
        }
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
          return [{ type: 'tool_use', id: block.id, name: block.name, input: parseInput(block.json) ?? {} }]
        default:
          return []
      }
    })
  }

  get toolCalls(): { id: string, name: string, input: unknown }[] {
    return [...this.#blocks.values()].filter(block => block.type === 'tool_use')
      .map(block => ({ id: block.id, name: block.name, input: parseInput(block.json) }))
  }

  /** Null when the call did not get as far as counting. */
  usage(model: string): Extract<AnswerEvent, { type: 'usage' }> | null {
    if (!this.#usage) return null
    const tokens = {
      inputTokens: this.#usage.input_tokens,
      outputTokens: this.#usage.output_tokens,
      cacheReadTokens: this.#usage.cache_read_input_tokens ?? 0,
      cacheWriteTokens: this.#usage.cache_creation_input_tokens ?? 0,
    }
    return { type: 'usage', data: { model, ...tokens, costUsd: costOf(model, tokens) } }
  }
}

function parseInput(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  }
  catch {
    return null
  }
}

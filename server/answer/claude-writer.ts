import type Anthropic from '@anthropic-ai/sdk'
import { createTextFilter } from './markers.ts'
import type { Passages } from './passages.ts'
import type { AnswerEvent } from './types.ts'

/** Turns the text and the citations of a stream into events; the text is cleaned on the way. */
export class ClaudeWriter {
  wrote = false
  readonly #passages: Passages
  readonly #filter = createTextFilter()
  /** Index of the text block that is being written; text of blocks of any other kind is none of the answer's. */
  #block: number | null = null
  #citations: Anthropic.TextCitation[] = []
  #blockLength = 0
  /** Written while this block is at hand; the filter may have held back the end of the one before. */
  #written = 0
  #announced = false
  #separator = ''

  constructor(passages: Passages) {
    this.#passages = passages
  }

  * accept(event: Anthropic.RawMessageStreamEvent): Generator<AnswerEvent> {
    if (event.type === 'content_block_start' && event.content_block.type !== 'text') {
      // Also where an attempt before broke off in a text of the same index.
      this.#block = null
    }
    else if (event.type === 'content_block_start' && event.content_block.type === 'text') {
      const { text, citations } = event.content_block
      this.#block = event.index
      this.#blockLength = text.length
      this.#written = 0
      this.#citations = [...citations ?? []]
      yield* this.#write(this.#filter.push(text))
    }
    else if (event.type === 'content_block_delta' && event.index === this.#block) {
      if (event.delta.type === 'citations_delta') {
        this.#citations.push(event.delta.citation)
      }
      else if (event.delta.type === 'text_delta') {
        this.#blockLength += event.delta.text.length
        yield* this.#write(this.#filter.push(event.delta.text))
      }
    }
    else if (event.type === 'content_block_stop' && event.index === this.#block) {
      yield* this.#endBlock()
    }
  }

  /** The text goes on after a search, in a new paragraph. */
  * pause(): Generator<AnswerEvent> {
    yield* this.end()
    if (this.wrote) this.#separator = '\n\n'
  }

  /** Gives what is held back, also of a block that was cut off: the citations that it had are as good as any. */
  * end(): Generator<AnswerEvent> {
    yield* this.#endBlock()
    yield* this.#write(this.#filter.flush())
  }

  * #endBlock(): Generator<AnswerEvent> {
    this.#block = null
    const citations = this.#citations.splice(0)
    // Without a text of its own it would stand behind somebody else's.
    if (citations.length === 0 || this.#blockLength === 0) return
    // A citation stands after the whole text of its block.
    yield* this.#write(this.#filter.flush())
    const covers = Math.min(this.#written, this.#blockLength)
    for (const citation of citations) yield* this.#passages.resolve(citation, covers)
  }

  * #write(text: string): Generator<AnswerEvent> {
    if (text === '') return
    if (!this.#announced) yield { type: 'status', data: { step: 'writing', message: 'Writing the answer' } }
    this.#announced = true
    this.wrote ||= text.trim() !== ''
    if (this.#separator) yield { type: 'delta', data: { text: this.#separator } }
    this.#separator = ''
    this.#written += text.length
    yield { type: 'delta', data: { text } }
  }
}

import type Anthropic from '@anthropic-ai/sdk'
import { chunkAt } from '../retrieval/passages.ts'
import type { RetrievedChunk } from '../retrieval/types.ts'
import type { AnswerEvent } from './types.ts'

/** A citation of more sentences than this is one citation of them all; fewer are one each. */
const MAX_SEPARATE = 3

interface Shown { chunk: RetrievedChunk, sentences: [start: number, end: number][] }

/**
 * The search results of one request in the order the API counts them, over all messages and tool results, so that its
 * citations lead back to sentences.
 */
export class Passages {
  readonly #shown: Shown[] = []
  readonly #ids = new Set<string>()

  /** One block a chunk, one text block a sentence. Chunks that were shown already are left out. */
  add(chunks: RetrievedChunk[]): Anthropic.SearchResultBlockParam[] {
    return chunks.flatMap((chunk) => {
      const ids = chunk.parts?.map(({ chunkId }) => chunkId) ?? [chunk.chunkId]
      const sentences = sentencesOf(chunk)
      if (sentences.length === 0 || ids.every(id => this.#ids.has(id))) return []
      for (const id of ids) this.#ids.add(id)
      this.#shown.push({ chunk, sentences })
      return [{
        type: 'search_result',
        source: `/documents/${chunk.documentId}?start=${chunk.start}&end=${chunk.end}`,
        title: [chunk.title, ...chunk.headingPath].join(' › '),
        content: sentences.map(([start, end]) => ({ type: 'text', text: textOf(chunk, start, end) })),
        citations: { enabled: true },
      }]
    })
  }

  /** What a citation points at. One that points at nothing, or quotes something else than it points at, is dropped. */
  resolve(citation: Anthropic.TextCitation, covers: number): Extract<AnswerEvent, { type: 'pointer' | 'dropped' }>[] {
    if (citation.type !== 'search_result_location') return [dropped(`a ${citation.type} citation`)]
    const shown = this.#shown[citation.search_result_index]
    const cited = shown?.sentences.slice(citation.start_block_index, citation.end_block_index) ?? []
    if (!shown || cited.length === 0 || cited.length !== citation.end_block_index - citation.start_block_index) {
      return [dropped('a citation outside of the passages')]
    }
    const { chunk } = shown
    if (cited.map(([start, end]) => textOf(chunk, start, end)).join('') !== citation.cited_text) {
      return [dropped('a citation whose text is not what it points at')]
    }
    const ranges = cited.length <= MAX_SEPARATE ? cited : [[cited[0]![0], cited.at(-1)![1]] as const]
    return ranges.map(([start, end]) => ({ type: 'pointer', data: { chunk: chunkAt(chunk, start), start, end, quote: textOf(chunk, start, end), covers } }))
  }
}

function dropped(reason: string): Extract<AnswerEvent, { type: 'dropped' }> {
  return { type: 'dropped', data: { reason } }
}

/** The API takes no empty text block. */
function sentencesOf(chunk: RetrievedChunk): [number, number][] {
  const sentences = chunk.sentences.filter(([start, end]) => textOf(chunk, start, end).trim() !== '')
  return sentences.length > 0 || chunk.text.trim() === '' ? sentences : [[chunk.start, chunk.end]]
}

function textOf(chunk: RetrievedChunk, start: number, end: number): string {
  return chunk.text.slice(start - chunk.start, end - chunk.start)
}

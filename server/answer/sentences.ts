import type { RetrievedChunk } from '../retrieval/types.ts'
import { topicWords } from './terms.ts'

/** A sentence that an answer may quote; the range is in the canonical text. */
export interface Candidate {
  chunk: RetrievedChunk
  /** Place of the chunk in the results, from 0. */
  rank: number
  /** Place in the chunk's sentences, from 0. */
  index: number
  start: number
  end: number
  text: string
  words: Set<string>
  /** Filled in by scoring; higher is better. */
  score: number
  vector: Float32Array | null
}

/** Fewer words are captions, labels and broken lines. */
const MIN_WORDS = 4

/**
 * The sentences of the found chunks, each once: headings and fragments are left out, and so is what stands word for
 * word in a better chunk already, as with a document that was uploaded in two formats.
 */
export function candidateSentences(chunks: RetrievedChunk[]): Candidate[] {
  const seen = new Set<string>()
  return chunks.flatMap((chunk, rank) => {
    const headings = new Set(chunk.headingPath.map(fold))
    return chunk.sentences.flatMap(([start, end], index) => {
      const text = chunk.text.slice(start - chunk.start, end - chunk.start)
      const key = fold(text)
      if (headings.has(key) || seen.has(key) || countWords(text) < MIN_WORDS) return []
      seen.add(key)
      return [{ chunk, rank, index, start, end, text, words: new Set(topicWords(text)), score: 0, vector: null }]
    })
  })
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase()
}

/** Scripts without spaces count by character pairs. */
function countWords(text: string): number {
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0
  return (text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) + dense / 2
}

import { chunkAt } from '../retrieval/passages.ts'
import type { RetrievedChunk } from '../retrieval/types.ts'
import { Topic } from './topic.ts'

/** A sentence that an answer may quote; the range is in the canonical text. */
export interface Candidate {
  /** The chunk that the sentence stands in, also where the result joins several. */
  chunk: RetrievedChunk
  /** Place of the result, from 0. */
  rank: number
  /** Place in the result's sentences, from 0. */
  index: number
  start: number
  end: number
  text: string
  /** Its words, to look up those of the question. */
  topic: Topic
}

/** Fewer words are captions, labels and broken lines. */
const MIN_WORDS = 4

/**
 * The sentences of the found chunks, each once: headings and fragments are left out, and so is what stands word for
 * word in a better chunk already, as with a document that was uploaded in two formats.
 */
export function candidateSentences(chunks: RetrievedChunk[]): Candidate[] {
  const seen = new Set<string>()
  return chunks.flatMap((result, rank) => {
    return result.sentences.flatMap(([start, end], index) => {
      const chunk = chunkAt(result, start)
      const text = result.text.slice(start - result.start, end - result.start)
      const key = fold(text)
      if (isHeading(text, chunk.headingPath) || seen.has(key) || countWords(text) < MIN_WORDS) return []
      seen.add(key)
      return [{ chunk, rank, index, start, end, text, topic: Topic.of(text) }]
    })
  })
}

/** The candidate that ends where this one begins; null where a heading, a fragment or nothing stands between. */
export function directlyBefore(candidates: Candidate[], position: number): Candidate | null {
  const candidate = candidates[position]!
  const before = candidates[position - 1]
  return before?.rank === candidate.rank && before.index === candidate.index - 1 ? before : null
}

/** A heading that was recognised as one, or a line in capitals as plain text has them. */
function isHeading(text: string, headingPath: string[]): boolean {
  const key = fold(text)
  return headingPath.some(heading => fold(heading) === key) || (/\p{Lu}{3}/u.test(text) && !/[\p{Ll}\p{N}|]/u.test(text) && !/[.!?]["”']?$/.test(text))
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase()
}

/** Scripts without spaces count by character pairs. */
function countWords(text: string): number {
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0
  return (text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) + dense / 2
}

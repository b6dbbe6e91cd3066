import { chunkAt } from '../retrieval/passages.ts'
import type { RetrievedChunk } from '../retrieval/types.ts'
import { isSourcesHeading } from './blemish.ts'
import { introduced, introduces } from './introduced.ts'
import { headersOf } from './table-rows.ts'
import { sharedLanguage, textWords } from './terms.ts'
import { Topic } from './topic.ts'

/** A sentence of a result. */
export interface Piece { text: string, start: number, end: number }

/** What an answer may quote: a sentence, or one that introduces something together with what it introduces. The range is in the canonical text. */
export interface Candidate extends Piece {
  /** The chunk that it stands in, also where the result joins several. */
  chunk: RetrievedChunk
  /** Place of the result, from 0. */
  rank: number
  /** Places of its first and its last sentence in the result, from 0. */
  index: number
  last: number
  /** What it is judged by: of a sentence with a list this sentence alone, since a long list would have something for any question. */
  said: string
  /** The words of that, to look up those of the question. */
  topic: Topic
  /** What a reader has in mind who comes to it: the sentence directly before it, or what a row's cells are named; null where a heading or nothing is. */
  before: { text: string, topic: Topic } | null
  /** The row that names the cells of this one, which says nothing without it. */
  header: Piece | null
  /** The sentence directly before it in the same result; null where a heading or nothing is. */
  lead: Piece | null
  /** Whether its lines are items, also without a sentence that introduces them. */
  isList?: boolean
  /** The headings that it stands under, also one that is only a line of the text. */
  headings: string[]
}

/** Fewer words are captions, labels and broken lines. */
const MIN_WORDS = 4

/**
 * The sentences of the found chunks, each once: headings and fragments are left out, and so is what stands word for
 * word in a better chunk already, as with a document that was uploaded in two formats. Their words are stemmed as the
 * question's are.
 */
export function candidateSentences(question: string, chunks: RetrievedChunk[]): Candidate[] {
  const language = sharedLanguage(question, chunks.map(({ text }) => text))
  const asked = Topic.of(question, language)
  const repeats = (text: string) => textWords(text, language).every(word => asked.holds(word) === 1)
  const seen = new Set<string>()
  return chunks.flatMap((result, rank) => {
    const pieces = result.sentences.map(([start, end]): Piece => ({ text: result.text.slice(start - result.start, end - result.start), start, end }))
    const headers = headersOf(result, pieces)
    const candidates: Candidate[] = []
    let line: string[] = []
    let before: Piece | null = null
    for (const [index, piece] of pieces.entries()) {
      const chunk = chunkAt(result, piece.start)
      const lead = before
      before = null
      if (isHeading(piece.text, chunk.headingPath)) {
        line = isSourcesHeading(piece.text) ? [piece.text] : []
        continue
      }
      if (countWords(piece.text) < MIN_WORDS && !headers.rows.has(index)) continue
      before = piece
      const key = fold(piece.text)
      const last = headers.isRow.has(index + 1) && !headers.isRow.has(index) && repeats(piece.text) ? null : introduced(result, pieces, index, repeats)
      if (seen.has(key) || headers.isHeader.has(index) || last === null) continue
      seen.add(key)
      const whole = last === index ? piece : { start: piece.start, end: pieces[last]!.end, text: result.text.slice(piece.start - result.start, pieces[last]!.end - result.start) }
      const said = introduces(piece.text) ? piece.text : whole.text
      const row = headers.rows.get(index)
      const context = row ? [row.caption, row.header].filter(part => part !== null).map(({ text }) => text).join(' ') : lead?.text
      candidates.push({
        ...whole, chunk, rank, index, last, said, topic: Topic.of(said, language), header: row?.header ?? null, lead: row ? null : lead, headings: [...chunk.headingPath, ...line],
        before: context === undefined ? null : { text: context, topic: Topic.of(context, language) },
      })
    }
    return candidates
  })
}

/** A heading that was recognised as one, or a line in capitals as plain text has them. */
function isHeading(text: string, headingPath: string[]): boolean {
  const key = fold(text)
  return headingPath.some(heading => fold(heading) === key) || isSourcesHeading(text) || (/\p{Lu}{3}/u.test(text) && !/[\p{Ll}\p{N}|]/u.test(text) && !/[.!?]["”']?$/.test(text))
}

function fold(text: string): string {
  return text.replace(/\s+/g, ' ').trim().toLowerCase()
}

/** Scripts without spaces count by character pairs. */
function countWords(text: string): number {
  const dense = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu)?.length ?? 0
  return (text.match(/[\p{L}\p{N}]+/gu)?.length ?? 0) + dense / 2
}

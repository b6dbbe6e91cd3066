import { z } from 'zod'
import type { RetrievalTrace } from '../../server/retrieval/types.ts'
import type { GoldenSet } from '../../shared/schemas/feedback.ts'
import type { Corpus } from './corpus.ts'
import type { Passage } from './gold.ts'
import { createLocator } from './locate-text.ts'
import { touches } from './ranking-values.ts'

const passageSchema = z.object({ documentId: z.string(), title: z.string(), start: z.int(), end: z.int(), quote: z.string() })

const goldenSetSchema: z.ZodType<GoldenSet> = z.object({
  name: z.string(),
  questions: z.array(z.object({
    question: z.string().min(1),
    documents: z.array(z.string()).optional(),
    wanted: z.array(passageSchema),
    unwanted: z.array(passageSchema).optional(),
  })),
})

/** @throws Error that says where the text is no golden set */
export function parseGoldenSet(text: string): GoldenSet {
  let data: unknown
  try {
    data = JSON.parse(text)
  }
  catch (cause) {
    throw new Error('The golden set is no JSON.', { cause })
  }
  const parsed = goldenSetSchema.safeParse(data)
  if (!parsed.success) throw new Error(`The golden set is not as expected: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

/** Where a wanted passage stands now: at its range, or where its words are after the document was read anew; null when it is gone. */
export function findPassage({ documentId, start, end, quote }: GoldenSet['questions'][number]['wanted'][number], corpus: Corpus): Passage | null {
  if (!corpus.documents.includes(documentId)) return null
  const text = corpus.textOf(documentId)
  if (text.slice(start, end) === quote) return { document: documentId, range: [start, end] }
  const range = createLocator(text)(quote, start / Math.max(1, text.length))
  return range && { document: documentId, range }
}

/** Rank of the first chunk that holds some of one of the passages, from 1; null when none of the found ones does. */
export function placeOf({ candidates }: RetrievalTrace, passages: Passage[], corpus: Corpus): number | null {
  const found = candidates.filter(({ dropped }) => dropped === null).findIndex(({ chunkId }) => passages.some(passage => touches(corpus.chunk(chunkId), passage)))
  return found < 0 ? null : found + 1
}

/** What became of the unwanted passages of a question: place of the first in the search, and whether an answer cites one. */
export interface UnwantedFinding { place: number | null, wantedPlace: number | null, cited: boolean }

/**
 * How often what should not be cited is: by an answer without a key, by its place among the first five, and by standing before the
 * wanted passage of the same question, where there is one that was found.
 */
export function summarizeUnwanted(findings: UnwantedFinding[]): { questions: number, cited: number, amongFive: number, beforeWanted: number, withWanted: number } {
  const both = findings.filter(({ wantedPlace }) => wantedPlace !== null)
  return {
    questions: findings.length,
    cited: findings.filter(({ cited }) => cited).length,
    amongFive: findings.filter(({ place }) => place !== null && place <= 5).length,
    beforeWanted: both.filter(({ place, wantedPlace }) => place !== null && place < wantedPlace!).length,
    withWanted: both.length,
  }
}

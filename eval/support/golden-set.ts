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

/** Rank of the first chunk that holds some of a wanted passage, from 1; null when none of the found ones does. */
export function placeOfWanted({ candidates }: RetrievalTrace, wanted: Passage[], corpus: Corpus): number | null {
  const found = candidates.filter(({ dropped }) => dropped === null).findIndex(({ chunkId }) => wanted.some(passage => touches(corpus.chunk(chunkId), passage)))
  return found < 0 ? null : found + 1
}

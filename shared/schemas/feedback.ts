import { z } from 'zod'
import type { SearchMode } from './search.ts'

/** A remark, not an essay. */
export const MAX_NOTE = 1_000
export const MAX_WANTED = 10
/** Longer than the longest passage of joined chunks; what is longer points nowhere in particular. */
export const MAX_PASSAGE = 6_000

export const verdictSchema = z.enum(['up', 'down'])
export type Verdict = z.infer<typeof verdictSchema>

/** A half-open range of a document's canonical text. The server reads the quote itself. */
export const wantedRangeSchema = z.object({
  documentId: z.uuid('Give the id of a document.'),
  start: z.int().min(0),
  end: z.int().min(1),
}).strict()
  .refine(({ start, end }) => end > start, { path: ['end'], error: 'A passage ends after it begins.' })
  .refine(({ start, end }) => end - start <= MAX_PASSAGE, { path: ['end'], error: `A passage can have at most ${MAX_PASSAGE.toLocaleString('en')} characters: choose a shorter one.` })
export type WantedRange = z.infer<typeof wantedRangeSchema>

const noteSchema = z.string().trim().max(MAX_NOTE, `A note can have at most ${MAX_NOTE.toLocaleString('en')} characters.`)
const wantedSchema = z.array(wantedRangeSchema).max(MAX_WANTED, `Choose at most ${MAX_WANTED} passages.`)

/**
 * Body of `PUT /api/messages/:id/feedback`. Without `wanted`, thumbs up stand for the passages that the answer cites. `unwanted` are
 * passages that should not have been cited.
 */
export const giveFeedbackSchema = z.object({
  verdict: verdictSchema,
  note: noteSchema.default(''),
  wanted: wantedSchema.optional(),
  unwanted: wantedSchema.optional(),
}).strict()
export type GiveFeedback = z.infer<typeof giveFeedbackSchema>

/** Body of `PATCH /api/feedback/:id`; what is absent stays. */
export const changeFeedbackSchema = z.object({
  question: z.string().trim().min(1, 'A question needs words.').max(8_000),
  verdict: verdictSchema,
  note: noteSchema,
  kept: z.boolean(),
  wanted: wantedSchema,
  unwanted: wantedSchema,
}).partial().strict()
export type ChangeFeedback = z.infer<typeof changeFeedbackSchema>

export interface WantedPassage extends WantedRange {
  /** The document's title today; null when it was deleted. */
  title: string | null
  page: number
  /** Empty where it went with its document. */
  quote: string
}

export interface Feedback {
  id: string
  /** Null when its chat was deleted. */
  chatId: string | null
  answerId: string | null
  question: string
  /** Documents that the question was limited to; null: all. */
  documents: string[] | null
  verdict: Verdict
  note: string
  kept: boolean
  wanted: WantedPassage[]
  /** What should not have been cited. */
  unwanted: WantedPassage[]
  /** What the answer cites, as far as its documents are there: what may be unwanted is chosen from these. */
  cited: WantedPassage[]
  /** The last time that the passage was looked for; null: never. A rank of null: it was not found. */
  check: { rank: number | null, before: number | null, checkedAt: string } | null
  createdAt: string
}

/** Answer of `POST /api/feedback/:id/checks`: where today's search finds the wanted passage. */
export interface FeedbackCheck {
  /** Place of the best chunk that holds it, from 1; null when it is not among the candidates. */
  rank: number | null
  /** Whether an answer would have read it. */
  isRead: boolean
  candidates: number
  mode: SearchMode
  /** Why it cannot be found: its document is gone, replaced, or not ready. Null where it could be. */
  obstacle: 'deleted' | 'replaced' | 'not_ready' | null
  feedback: Feedback
}

/** Questions with their wanted passages, as `npm run eval -- --golden` measures them. */
export interface GoldenSet {
  name: string
  questions: {
    question: string
    /** Ids of the documents that it is limited to; absent: all. */
    documents?: string[]
    /** May be empty where there are unwanted ones. */
    wanted: { documentId: string, title: string, start: number, end: number, quote: string }[]
    /** Passages that should not be cited; absent: none. */
    unwanted?: { documentId: string, title: string, start: number, end: number, quote: string }[]
  }[]
}

import { z } from 'zod'
import type { Verdict } from './feedback.ts'

/** Long enough for a pasted paragraph, short enough that a question stays a question. */
export const MAX_QUESTION_LENGTH = 8_000

/** What a search is limited to; every filter holds inside the vector and the full-text search. */
export const searchFiltersSchema = z.object({
  documents: z.array(z.uuid()).max(1_000).optional(),
  collection: z.string().max(100).optional(),
  /** ISO 8601; only documents added at or after it. */
  since: z.iso.datetime({ offset: true }).optional(),
}).strict()
export type SearchFilters = z.infer<typeof searchFiltersSchema>

export const askSchema = z.object({
  content: z.string({ error: 'Write a question in `content`.' }).trim().min(1, 'Write a question first.')
    .max(MAX_QUESTION_LENGTH, `A question can have at most ${MAX_QUESTION_LENGTH.toLocaleString('en')} characters.`),
  filters: searchFiltersSchema.optional(),
  model: z.string().max(100).optional(),
  /**
   * The newest question that the asker knows of; null in an empty chat. The same words asked after it are this question
   * sent again because its answer was lost on the way: it is not asked twice.
   */
  after: z.uuid().nullable().optional(),
}).strict()
export type Ask = z.infer<typeof askSchema>

export const chatCreateSchema = z.object({
  /** Chosen by the caller, so that the same request sent again makes no second chat. */
  id: z.uuid().optional(),
  title: z.string().trim().min(1).max(200).optional(),
  model: z.string().max(100).optional(),
}).strict()

export const chatPatchSchema = z.object({
  title: z.string().trim().min(1, 'Give the chat a name.').max(200).optional(),
  model: z.string().max(100).nullable().optional(),
  filters: searchFiltersSchema.optional(),
}).strict()

/** Writes an answer again, with another model where one is given. */
export const regenerateSchema = z.object({ model: z.string().max(100).optional() }).strict()

/** `cursor` is the `nextCursor` of the page before. */
export const listQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().max(200).optional(),
})

/** `quote === canonical.slice(start, end)` of the document, read back before it is sent. */
export const citationSchema = z.object({
  /** Number in the answer, from 1, in order of first appearance; the same sentence keeps its number. */
  n: z.int(),
  documentId: z.uuid(),
  title: z.string(),
  page: z.int(),
  start: z.int(),
  end: z.int(),
  quote: z.string(),
  chunkId: z.uuid(),
  /** Offsets in the answer's text after which the number stands, ascending. */
  anchors: z.array(z.int()),
  /** When the document was deleted (ISO 8601); absent while it is there. `quote` and `title` are empty where they went with it. */
  sourceDeletedAt: z.string().optional(),
})
export type Citation = z.infer<typeof citationSchema>

/** A sentence of an answer, as a range of its text, and whether a checked citation stands behind it. */
export interface AnswerSentence { start: number, end: number, supported: boolean }

/** How an answer ended. The three empty ones carry advice and, where there are any, the nearest chunks. */
export const answerOutcomeSchema = z.enum(['answered', 'no_documents', 'none_in_filter', 'nothing_relevant', 'stopped'])
export type AnswerOutcome = z.infer<typeof answerOutcomeSchema>

export const messageStatusSchema = z.enum(['pending', 'streaming', 'complete', 'stopped', 'interrupted', 'failed'])

export interface ErrorBody { code: string, message: string, issues?: { path: string, message: string }[] }

export interface Message {
  id: string
  role: 'user' | 'assistant'
  /** Markdown for an answer, without citation markers: `citations[].anchors` say where the numbers stand. */
  content: string
  status: z.infer<typeof messageStatusSchema>
  outcome: AnswerOutcome | null
  citations: Citation[]
  sentences: AnswerSentence[]
  error: ErrorBody | null
  model: string | null
  /** The question an answer belongs to. */
  replyTo: string | null
  /** The run that writes or wrote this answer; its events can be followed while status is pending or streaming. */
  runId: string | null
  createdAt: string
  /** What the owner said of an answer; absent where nothing was said. */
  verdict?: Verdict
}

export interface Chat {
  id: string
  title: string
  model: string | null
  filters: SearchFilters
  createdAt: string
  updatedAt: string
}
export interface ChatWithMessages extends Chat { messages: Message[] }

export interface Run {
  id: string
  chatId: string
  messageId: string
  status: 'queued' | 'running' | 'done' | 'stopped' | 'interrupted' | 'failed'
  model: string
  createdAt: string
  finishedAt: string | null
}
/** Answer of `POST …/messages`: `message` is the stored question, `answer` the message that `run` writes. */
export interface AskResult { message: Message, answer: Message, run: Run }

export interface ModelInfo {
  id: string
  label: string
  provider: 'anthropic' | 'ragtime'
  /** False when what it needs (a key) is missing; `note` says so. */
  available: boolean
  note: string | null
}
export interface ModelList { items: ModelInfo[], default: string }

/** The id of the keyless answerer that quotes and does not compose. */
export const EXTRACTIVE_MODEL = 'extractive'

export interface SourceChunk {
  chunkId: string
  documentId: string
  title: string
  page: number
  start: number
  end: number
  headingPath: string[]
  text: string
  score: number
}

/**
 * Events of `GET /api/runs/:id/events`. Each has an SSE id (its sequence number in the run, from 1); `data` is JSON.
 * The last one is always `done`, `error` or `interrupted`.
 */
export type RunEvent
  = | { type: 'status', data: { step: 'searching' | 'reading' | 'writing' | 'waiting', message: string, retryAfterMs?: number } }
    | { type: 'sources', data: { query: string, mode: 'hybrid' | 'keyword', chunks: SourceChunk[] } }
    | { type: 'delta', data: { text: string } }
    /** `at` is this appearance's offset in the text so far; a sentence cited again comes again with the same `n`. */
    | { type: 'citation', data: Omit<Citation, 'anchors'> & { at: number } }
    | { type: 'usage', data: { model: string, inputTokens: number, outputTokens: number, cacheReadTokens: number, cacheWriteTokens: number, costUsd: number | null, promptVersion?: number } }
    | { type: 'done', data: { messageId: string, outcome: AnswerOutcome, sentences: AnswerSentence[], droppedCitations: number } }
    | { type: 'error', data: { messageId: string, code: string, message: string, retryable: boolean } }
    | { type: 'interrupted', data: { messageId: string, message: string } }

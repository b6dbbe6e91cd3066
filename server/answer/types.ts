import type { Answerability } from '../../shared/schemas/answerability.ts'
import type { AnswerOutcome, RunEvent, SearchFilters } from '../../shared/schemas/chats.ts'
import type { RetrievalTrace, RetrievedChunk, Retriever } from '../retrieval/types.ts'

export interface Turn { role: 'user' | 'assistant', content: string }

export interface AnswerRequest {
  question: string
  /** Earlier turns of the chat, oldest first, the question not included. */
  history: Turn[]
  filters: SearchFilters
  /** A model id that the answerer serves. */
  model: string
  retriever: Retriever
}

/** A range in the canonical text that stands behind the text written so far; checked before it becomes a citation. */
export interface CitationPointer {
  chunk: RetrievedChunk
  start: number
  end: number
  quote: string
  /** How many characters of the text written directly before it stand on this range; decides which sentences are supported. */
  covers: number
}

/** What an answerer yields; the run checks the pointers, numbers them and stores everything as RunEvents. */
export type AnswerEvent
  = | Extract<RunEvent, { type: 'status' | 'sources' | 'delta' | 'usage' }>
    | { type: 'pointer', data: CitationPointer }
    /** A citation that points at nothing; only counted. */
    | { type: 'dropped', data: { reason: string } }
    | { type: 'trace', data: AnswerTrace }
    | { type: 'outcome', data: AnswerOutcome }

export interface AnswerTrace {
  question: string
  /** The standalone query that was searched for, and the searches the model asked for. */
  queries: string[]
  retrievals: RetrievalTrace[]
  answerer: string
  /** Whether what was found answers the question; absent where nothing was judged, as without documents or before the search has ended. */
  answerability?: Answerability
  /** The wording of the prompts (prompts/version.ts), where a model answers. */
  promptVersion?: number
}

/** Ends normally after `outcome`, or throws AppError; what was yielded before stays. */
export interface Answerer {
  answer: (request: AnswerRequest, signal: AbortSignal) => AsyncIterable<AnswerEvent>
}

import { ANSWER_CHUNKS, type DocumentStanding, type ReplaySettings, type TracedSearch } from '../../shared/schemas/trace.ts'
import type { SearchFilters } from '../../shared/schemas/chats.ts'
import type { Db } from '../db/connection.ts'
import { findDocument } from '../db/documents.ts'
import { getMessage, questionOf } from '../db/messages.ts'
import { filtersOfAnswer } from '../db/runs.ts'
import { getTrace } from '../db/traces.ts'
import type { Retriever } from '../retrieval/types.ts'
import { AppError } from '../utils/app-error.ts'
import { describeCandidates, describeSearch } from './message-trace.ts'

interface Context { db: Db, retriever: Retriever }

/**
 * Searches today's library again for the question of an answer, with other settings. Nothing is stored.
 *
 * @throws AppError 404 for what is no answer, 503 when the search fails
 */
export async function replaySearch({ db, retriever }: Context, answerId: string, settings: ReplaySettings, signal?: AbortSignal): Promise<TracedSearch> {
  const asked = searchOf(db, answerId)
  const { limit = ANSWER_CHUNKS, filters = asked.filters, rerank = true, ...rest } = settings
  const options = { ...rest, ...!rerank && { rerank: 0 } }
  const { trace } = await retriever.search({ query: asked.query, filters, limit, options }, signal)
  return describeSearch(db, trace)
}

/**
 * How a document stands in the search of an answer: its best chunk in each stage, and why it was not used.
 *
 * @throws AppError 404 for what is no answer or no document, 503 when the search fails
 */
export async function standingOf({ db, retriever }: Context, answerId: string, documentId: string, signal?: AbortSignal): Promise<DocumentStanding> {
  const { query, filters } = searchOf(db, answerId)
  const document = findDocument(db, documentId)
  if (!document) throw notFound('document')
  const { explained } = await retriever.search({ query, filters, limit: ANSWER_CHUNKS, explain: documentId }, signal)
  const before = getTrace(db, answerId)?.retrievals[0]?.candidates ?? []
  const rank = before.findIndex(candidate => candidate.documentId === documentId)
  return {
    documentId, title: document.title, limit: ANSWER_CHUNKS,
    reason: explained?.dropped ?? null,
    best: explained?.candidate ? describeCandidates(db, [explained.candidate])[0]! : null,
    then: rank < 0 ? null : { rank: rank + 1, dropped: before[rank]!.dropped },
    hiddenPages: document.attention?.hidden ?? 0,
  }
}

/** What was searched for first, and inside of what. */
function searchOf(db: Db, answerId: string): { query: string, filters: SearchFilters } {
  const answer = getMessage(db, answerId)
  const question = answer?.role === 'assistant' ? questionOf(db, answerId) : null
  if (!question) throw notFound('answer')
  return { query: getTrace(db, answerId)?.queries[0] ?? question.content, filters: filtersOfAnswer(db, answerId) }
}

function notFound(noun: string): AppError {
  return new AppError('not_found', 404, `This ${noun} is not here. It may have been deleted.`)
}

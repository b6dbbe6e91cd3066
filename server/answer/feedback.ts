import { MAX_WANTED, type ChangeFeedback, type Feedback, type FeedbackCheck, type GiveFeedback, type WantedRange } from '../../shared/schemas/feedback.ts'
import { ANSWER_CHUNKS } from '../../shared/schemas/trace.ts'
import { readCanonicalRange } from '../db/citations.ts'
import { write, type Db } from '../db/connection.ts'
import { findDocument } from '../db/documents.ts'
import { getFeedback, saveCheck, saveFeedback, updateFeedback, type StoredPassage } from '../db/feedback.ts'
import { getMessage, questionOf } from '../db/messages.ts'
import { filtersOfAnswer } from '../db/runs.ts'
import { chunkPlaces } from '../db/search.ts'
import { getTrace } from '../db/traces.ts'
import type { Retriever } from '../retrieval/types.ts'
import { AppError } from '../utils/app-error.ts'

/**
 * Stores what the owner says of an answer. The question is kept as it was searched for, so that it stands alone.
 *
 * @throws AppError 404 for what is no answer, 409 `not_finished` while it is written, 400 `unknown_passage`
 */
export function giveFeedback(db: Db, answerId: string, { verdict, note, wanted, unwanted = [] }: GiveFeedback): Feedback {
  return write(db, () => {
    const answer = getMessage(db, answerId)
    const question = answer?.role === 'assistant' ? questionOf(db, answerId) : null
    if (!answer || !question) throw notFound('answer')
    if (answer.status === 'pending' || answer.status === 'streaming') {
      throw new AppError('not_finished', 409, 'This answer is still being written. Judge it when it is complete.')
    }
    const cited = answer.citations.filter(({ sourceDeletedAt }) => !sourceDeletedAt).slice(0, MAX_WANTED)
    return saveFeedback(db, {
      questionId: question.id, answerId, question: getTrace(db, answerId)?.queries[0] ?? question.content,
      documents: filtersOfAnswer(db, answerId).documents ?? null, verdict, note,
      wanted: wanted || verdict === 'down' ? readPassages(db, wanted ?? [], 'wanted') : cited.map(({ documentId, page, start, end, quote }) => ({ documentId, page, start, end, quote })),
      unwanted: readPassages(db, unwanted, 'unwanted'),
    })
  })
}

/** Changes a judged question. @throws AppError 404 `not_found`, 400 `unknown_passage` */
export function changeFeedback(db: Db, id: string, { wanted, unwanted, ...patch }: ChangeFeedback): Feedback {
  return write(db, () => {
    const changed = updateFeedback(db, id, {
      ...patch, ...wanted && { wanted: readPassages(db, wanted, 'wanted') }, ...unwanted && { unwanted: readPassages(db, unwanted, 'unwanted') },
    })
    if (!changed) throw notFound('question')
    return changed
  })
}

/**
 * Searches for a judged question as an answer would, and notes where a wanted passage stands among the candidates.
 *
 * @throws AppError 404 `not_found`, 503 when the search fails
 */
export async function checkFeedback({ db, retriever }: { db: Db, retriever: Retriever }, id: string, signal?: AbortSignal): Promise<FeedbackCheck> {
  const feedback = getFeedback(db, id)
  if (!feedback) throw notFound('question')
  const filters = feedback.documents ? { documents: feedback.documents } : {}
  const { trace, mode } = await retriever.search({ query: feedback.question, filters, limit: ANSWER_CHUNKS }, signal)
  const places = chunkPlaces(db, trace.candidates.map(({ chunkId }) => chunkId))
  // The same text twice takes one place of an answer.
  const ranked = trace.candidates.filter(({ dropped }) => dropped === null || dropped.startsWith('beyond'))
  const index = ranked.findIndex(({ chunkId }) => {
    const place = places.get(chunkId)
    return place && feedback.wanted.some(wanted => wanted.documentId === place.documentId && holds(place, wanted))
  })
  const rank = index < 0 ? null : index + 1
  write(db, () => saveCheck(db, id, rank))
  return {
    rank, isRead: index >= 0 && ranked[index]!.dropped === null, candidates: ranked.length, mode,
    obstacle: rank === null ? obstacleOf(db, feedback.wanted) : null,
    feedback: getFeedback(db, id) ?? feedback,
  }
}

/** At least half of the shorter one lies in the other: a chunk of a longer passage counts, a word at its edge does not. */
function holds(chunk: { start: number, end: number }, wanted: WantedRange): boolean {
  const shared = Math.min(chunk.end, wanted.end) - Math.max(chunk.start, wanted.start)
  return shared * 2 >= Math.min(chunk.end - chunk.start, wanted.end - wanted.start)
}

/** Why none of the passages can be found at all; null where one could be. */
function obstacleOf(db: Db, wanted: WantedRange[]): FeedbackCheck['obstacle'] {
  const obstacles = wanted.map(({ documentId }) => {
    const document = findDocument(db, documentId)
    if (!document) return 'deleted'
    if (document.status !== 'ready') return 'not_ready'
    return document.replacedBy ? 'replaced' : null
  })
  return obstacles.includes(null) ? null : obstacles[0] ?? null
}

/** The passages with their quotes as they stand in the documents now. */
function readPassages(db: Db, ranges: WantedRange[], field: 'wanted' | 'unwanted'): StoredPassage[] {
  return ranges.map(({ documentId, start, end }, index) => {
    const range = readCanonicalRange(db, documentId, start, end)
    if (!range || range.text.trim() === '') {
      throw new AppError('unknown_passage', 400, 'This passage is not in your documents. Its document may have been deleted; choose another one.', { issues: [{ path: `${field}.${index}`, message: 'There is no such passage.' }] })
    }
    return { documentId, page: range.page, start, end, quote: range.text }
  })
}

function notFound(noun: string): AppError {
  return new AppError('not_found', 404, `This ${noun} is not here. It may have been deleted.`)
}

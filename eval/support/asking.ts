import { createChat } from '../../server/db/chats.ts'
import { getMessage } from '../../server/db/messages.ts'
import { getTrace } from '../../server/db/traces.ts'
import type { AnswerTrace } from '../../server/answer/types.ts'
import { strength } from '../../server/retrieval/relevance.ts'
import type { Message } from '../../shared/schemas/chats.ts'
import type { EvaluationQuestion } from '../sets/types.ts'
import type { Library } from './library.ts'

export interface Asked {
  answer: Message
  trace: AnswerTrace
  /** Whether it said that the documents do not answer it. */
  refused: boolean
  /** How sure it was that they do; the higher the surer. */
  score: number
}

/**
 * Asks as a person would, in a new chat, after the questions that come before it.
 *
 * @param documents ids to ask in; all by default
 * @throws Error when the answer fails
 */
export async function ask({ db, runs }: Library, { text, after = [] }: Pick<EvaluationQuestion, 'text' | 'after'>, documents?: string[]): Promise<Asked> {
  const chat = createChat(db, {})
  let answerId = ''
  for (const content of [...after, text]) {
    const { answer, run } = runs.ask(chat.id, { content, ...documents && { filters: { documents } } })
    for await (const _ of runs.follow(run.id, 0)) { /* until its end */ }
    answerId = answer.id
  }
  const answer = getMessage(db, answerId)!
  const trace = getTrace(db, answerId)
  if (answer.status !== 'complete' || !trace) throw new Error(`“${text}” got no answer: ${answer.error?.message ?? answer.status}`)
  return { answer, trace, refused: answer.outcome === 'nothing_relevant' || answer.outcome === 'none_in_filter', score: answerabilityOf(trace) }
}

/** The measure by which the product decides whether it answers at all, before its threshold; 0 where nothing was found to judge. */
function answerabilityOf({ answerability, retrievals }: AnswerTrace): number {
  const evidence = retrievals.at(-1)?.evidence
  return answerability?.score ?? (evidence ? strength(evidence) : 0)
}

import { createRunManager, type RunManagerOptions } from '../../../../server/answer/runs.ts'
import type { AnswerEvent, AnswerRequest } from '../../../../server/answer/types.ts'
import { createChat } from '../../../../server/db/chats.ts'
import type { Db } from '../../../../server/db/connection.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { collect, scripted, wordRetriever } from './fixtures.ts'

export type Script = (request: AnswerRequest, signal: AbortSignal) => AsyncIterable<AnswerEvent>
export const delta = (text: string): AnswerEvent => ({ type: 'delta', data: { text } })

/** A database, a chat in it, and what answers with a script. */
export function setUp(script: Script, options: Partial<RunManagerOptions> & { db?: Db } = {}) {
  const db = options.db ?? temporaryDatabase().db
  const errors: unknown[] = []
  const runs = createRunManager({
    db,
    retriever: wordRetriever([]),
    models: { items: [{ id: 'extractive', label: 'Quotations', provider: 'ragtime', available: true, note: null }], default: 'extractive' },
    answererFor: () => scripted(script),
    onError: error => errors.push(error),
    ...options,
  })
  return { db, runs, errors, chat: createChat(db, {}) }
}

export async function* sayHello(): AsyncGenerator<AnswerEvent> {
  yield { type: 'status', data: { step: 'searching', message: 'Searching' } }
  yield delta('Hello')
  yield delta(' there.')
  yield { type: 'outcome', data: 'answered' }
}

/** Says something, then waits until it is stopped. */
export const sayAndWait: Script = async function* (_request, signal) {
  yield delta('Half a sentence')
  await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }))
}

export async function follow(runs: ReturnType<typeof setUp>['runs'], runId: string, after = 0) {
  return collect(runs.follow(runId, after, AbortSignal.timeout(5_000)))
}

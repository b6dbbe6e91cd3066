import { afterAll, beforeAll } from 'vitest'
import { createClaudeAnswerer } from '../../../../server/answer/claude.ts'
import type { CallLimits } from '../../../../server/answer/claude-call.ts'
import type { AnswerEvent, AnswerRequest } from '../../../../server/answer/types.ts'
import { AppError } from '../../../../server/utils/app-error.ts'
import { startFakeAnthropic, type FakeAnthropic, type Handler, type Reply, type Step } from '../../../server/support/anthropic.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { insertDocument, request, wordRetriever } from './fixtures.ts'

export interface Result { events: AnswerEvent[], error: AppError | null, requests: FakeAnthropic['requests'] }

/** A fake Anthropic, two documents, and a question to Claude about them. Call it at the top of a test file. */
export function claudeStage() {
  const { db } = temporaryDatabase()
  const joplin = insertDocument(db, {
    title: 'Scott Joplin',
    paragraphs: ['Scott Joplin was born in Texas. He grew up in Texarkana. He moved to Sedalia.', 'The Maple Leaf Rag was published in Sedalia in 1899. John Stark was its publisher.'],
  })
  const lamb = insertDocument(db, { title: 'Joseph Lamb', paragraphs: ['Joseph Lamb lived in New Jersey. He met Joplin in New York.'] })
  let started: FakeAnthropic | null = null
  beforeAll(async () => {
    started = await startFakeAnthropic()
  })
  afterAll(() => started?.close())
  const fake = () => started!

  /** Asks, gives what came and the requests that were made for it. */
  async function run(
    replies: (Reply | Handler)[], overrides: Partial<AnswerRequest> = {}, limits: Partial<CallLimits> = {},
    connection: { apiKey: string, baseUrl: string } | null = { apiKey: 'sk-test', baseUrl: fake().url },
  ): Promise<Result> {
    const before = fake().requests.length
    fake().next(...replies)
    const answerer = createClaudeAnswerer({ connection, embedder: null, limits: { backoffMs: 5, ...limits } })
    const events: AnswerEvent[] = []
    let error: AppError | null = null
    try {
      for await (const event of answerer.answer(request({ question: 'Where was the Maple Leaf Rag published?', model: 'claude-sonnet-5-5', retriever: wordRetriever(joplin), ...overrides }), new AbortController().signal)) events.push(event)
    }
    catch (thrown) {
      if (!(thrown instanceof AppError)) throw thrown
      error = thrown
    }
    return { events, error, requests: fake().requests.slice(before) }
  }

  return { run, fake, joplin, lamb }
}

export const pointers = (events: AnswerEvent[]) => events.flatMap(event => event.type === 'pointer' ? [event.data] : [])
export const statuses = (events: AnswerEvent[]) => events.flatMap(event => event.type === 'status' ? [event.data] : [])
export const usages = (events: AnswerEvent[]) => events.flatMap(event => event.type === 'usage' ? [event.data] : [])
export const say = (...texts: string[]): Step[] => texts.map(text => ({ type: 'text', text }))

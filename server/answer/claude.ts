import type Anthropic from '@anthropic-ai/sdk'
import type { Answerability } from '../../shared/schemas/answerability.ts'
import type { Embedder } from '../embed/types.ts'
import type { RetrievalTrace, SearchOutcome } from '../retrieval/types.ts'
import { AppError } from '../utils/app-error.ts'
import { AssistantTurn } from './assistant-turn.ts'
import { CALL_LIMITS, streamMessage, type CallLimits, type ClaudeConnection } from './claude-call.ts'
import { describeStop, noKey } from './claude-errors.ts'
import { ClaudeWriter } from './claude-writer.ts'
import { emptyAdvice, emptyOutcome } from './empty.ts'
import { judgedForModel, judgeSearch } from './judge.ts'
import { Passages } from './passages.ts'
import { historyMessages, requestBody } from './prompt.ts'
import { SEARCH_TOOL } from './prompts/search-tool.ts'
import { PROMPT_VERSION } from './prompts/version.ts'
import { rewriteQuestion } from './rewrite.ts'
import { toSourceChunk } from './sources.ts'
import type { AnswerEvent, Answerer } from './types.ts'

export interface ClaudeOptions {
  /** Null: every answer ends with the error that says how to set a key. */
  connection: ClaudeConnection | null
  /** Null in keyword mode; read anew for each answer. */
  embedder: Embedder | null
  limits?: Partial<CallLimits>
}

/** Chunks that come with the question; about 200 word-pieces each. */
const CHUNKS = 12
const CHUNKS_PER_SEARCH = 8
const MAX_SEARCH_ROUNDS = 3
const MAX_CALLS_PER_ROUND = 3
const MAX_QUERY_LENGTH = 500

/** Answers with Claude over the Messages API: passages as search results, citations by sentence, more searches on demand. */
export function createClaudeAnswerer(options: ClaudeOptions): Answerer {
  const { connection } = options
  const callLimits = { ...CALL_LIMITS, ...options.limits }
  return {
    async* answer(request, signal) {
      if (!connection) throw noKey()
      const { question, history, filters, retriever, model } = request
      yield { type: 'status', data: { step: 'searching', message: 'Searching your documents' } }
      const rewrite = await rewriteQuestion(connection, question, history, callLimits, signal)
      if (rewrite.usage) yield rewrite.usage
      const found = await retriever.search({ query: rewrite.query, filters, limit: CHUNKS }, signal)
      yield sourcesOf(rewrite.query, found)
      const queries = [rewrite.query]
      const retrievals = [found.trace]
      yield traceOf(question, queries, retrievals)

      let empty = emptyOutcome(found)
      const judged = empty ? null : (await judgeSearch(rewrite.query, found, options.embedder, signal)).answerability
      const answerability = judged && judgedForModel(judged)
      yield traceOf(question, queries, retrievals, answerability)
      if (answerability?.verdict === 'none') empty = 'nothing_relevant'
      if (empty) {
        yield { type: 'delta', data: { text: emptyAdvice(empty, found) } }
        yield { type: 'outcome', data: empty }
        return
      }
      yield { type: 'status', data: { step: 'reading', message: `Reading ${found.results.length} passages` } }
      const passages = new Passages()
      const messages: Anthropic.MessageParam[] = [
        ...historyMessages(history),
        { role: 'user', content: [...passages.add(found.results), { type: 'text', text: question }] },
      ]
      const writer = new ClaudeWriter(passages)
      for (let round = 0; ; round++) {
        const turn = new AssistantTurn()
        const maySearch = round < MAX_SEARCH_ROUNDS
        yield* converse(connection, requestBody(model, messages, { maySearch }), callLimits, signal, turn, writer)
        if (maySearch && turn.stopReason === 'pause_turn' && turn.content.length > 0) {
          // Sent back as it is, it goes on where it paused.
          messages.push({ role: 'assistant', content: turn.content })
          continue
        }
        if (!maySearch || turn.stopReason !== 'tool_use' || turn.toolCalls.length === 0) {
          yield* writer.end()
          const stopped = describeStop(turn.stopReason, writer.wrote)
          if (stopped) throw stopped
          break
        }
        yield* writer.pause()
        const results: Anthropic.ToolResultBlockParam[] = []
        for (const [index, call] of turn.toolCalls.entries()) {
          const query = queryOf(call)
          if (!query || index >= MAX_CALLS_PER_ROUND) {
            results.push({ type: 'tool_result', tool_use_id: call.id, is_error: true, content: query ? 'Too many searches at once.' : 'Give one `query` to search_documents.' })
            continue
          }
          yield { type: 'status', data: { step: 'searching', message: `Searching for “${query}”` } }
          const more = await retriever.search({ query, filters, limit: CHUNKS_PER_SEARCH }, signal)
          queries.push(query)
          retrievals.push(more.trace)
          yield sourcesOf(query, more)
          yield traceOf(question, queries, retrievals, answerability)
          const blocks = passages.add(more.results)
          results.push({ type: 'tool_result', tool_use_id: call.id, content: blocks.length > 0 ? blocks : 'Nothing that you have not seen.' })
        }
        messages.push({ role: 'assistant', content: turn.content }, { role: 'user', content: results })
      }
      if (!writer.wrote) throw new AppError('claude_empty', 502, 'Claude ended its answer without writing anything. Your question is kept; try again.')
      yield { type: 'outcome', data: 'answered' }
    },
  }
}

/** One call: its text and citations as they come, its usage at the end, also when it fails or is stopped. */
async function* converse(
  connection: ClaudeConnection, body: Anthropic.MessageCreateParamsNonStreaming, limits: CallLimits, signal: AbortSignal,
  turn: AssistantTurn, writer: ClaudeWriter,
): AsyncGenerator<AnswerEvent, void, void> {
  let failure: unknown = null
  try {
    for await (const event of streamMessage(connection, body, limits, signal, writer.wrote)) {
      if (event.type === 'waiting') {
        const seconds = Math.max(1, Math.round(event.retryAfterMs / 1_000))
        yield { type: 'status', data: { step: 'waiting', message: `Claude is busy; trying again in ${seconds} s`, retryAfterMs: event.retryAfterMs } }
        continue
      }
      turn.accept(event)
      yield* writer.accept(event)
    }
  }
  catch (error) {
    failure = error
    yield* writer.end()
  }
  const usage = turn.usage(body.model)
  if (usage) yield usage
  if (failure) throw failure
}

function sourcesOf(query: string, outcome: SearchOutcome): AnswerEvent {
  return { type: 'sources', data: { query, mode: outcome.mode, chunks: outcome.results.map(toSourceChunk) } }
}

function traceOf(question: string, queries: string[], retrievals: RetrievalTrace[], answerability: Answerability | null = null): AnswerEvent {
  return {
    type: 'trace',
    data: { question, queries: [...queries], retrievals: [...retrievals], answerer: 'claude', promptVersion: PROMPT_VERSION, ...answerability && { answerability } },
  }
}

/** What a call asks to search for; null for any other tool, and for an input that is none. */
function queryOf({ name, input }: { name: string, input: unknown }): string | null {
  const query = name === SEARCH_TOOL.name ? (input as { query?: unknown } | null)?.query : null
  return typeof query === 'string' && query.trim() !== '' ? query.trim().slice(0, MAX_QUERY_LENGTH).toWellFormed() : null
}

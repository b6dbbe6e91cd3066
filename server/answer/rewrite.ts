import { AssistantTurn } from './assistant-turn.ts'
import { streamMessage, type CallLimits, type ClaudeConnection } from './claude-call.ts'
import { claudeModel, REWRITE_MODEL } from './models.ts'
import { REWRITE_PROMPT } from './prompts/rewrite.ts'
import { dependsOnHistory, standaloneQuery } from './standalone.ts'
import type { AnswerEvent, Turn } from './types.ts'

/** Past this the words of the question before serve as well. */
const TIME_LIMIT_MS = 4_000
const MAX_QUERY_LENGTH = 300
const MAX_TURNS = 4
const MAX_TURN_LENGTH = 1_500

/**
 * The question as a search that stands alone. Only a follow-up is worth a call, to a small model; when that is late,
 * fails or gives something that is no query, the topic words of the question before are added instead.
 */
export async function rewriteQuestion(
  connection: ClaudeConnection, question: string, history: Turn[], limits: CallLimits, signal: AbortSignal,
): Promise<{ query: string, usage: Extract<AnswerEvent, { type: 'usage' }> | null }> {
  const fallback = standaloneQuery(question, history)
  if (history.length === 0 || !dependsOnHistory(question)) return { query: fallback, usage: null }
  const turn = new AssistantTurn()
  try {
    const conversation = history.slice(-MAX_TURNS).map(({ role, content }) => `${role === 'user' ? 'Question' : 'Answer'}: ${content.slice(0, MAX_TURN_LENGTH)}`)
    const { thinking } = claudeModel(REWRITE_MODEL)
    const call = streamMessage(connection, {
      model: REWRITE_MODEL,
      max_tokens: 200,
      system: REWRITE_PROMPT,
      messages: [{ role: 'user', content: `${conversation.join('\n\n')}\n\nLast question: ${question}` }],
      ...(thinking ? { thinking } : {}),
    }, { ...limits, attempts: 1 }, AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]))
    for await (const event of call) {
      if (event.type !== 'waiting') turn.accept(event)
    }
  }
  catch {
    signal.throwIfAborted()
  }
  const text = turn.content.flatMap(block => block.type === 'text' ? [block.text] : []).join('').trim()
  const usable = turn.stopReason === 'end_turn' && text !== '' && text.length <= MAX_QUERY_LENGTH && !text.includes('\n')
  return { query: usable ? text : fallback, usage: turn.usage(REWRITE_MODEL) }
}

import type { AnswerOutcome, AnswerSentence, Citation, Message, RunEvent, SourceChunk } from '../schemas/chats.ts'
import type { SearchMode } from '../schemas/search.ts'

export type RunStep = Extract<RunEvent, { type: 'status' }>['data']['step']

/** What the events of a run add up to. A new object after every change. */
export interface RunState {
  text: string
  citations: Citation[]
  sentences: AnswerSentence[]
  chunks: SourceChunk[]
  query: string
  mode: SearchMode | null
  /** What the run does now; null before the first word of it and after the end. */
  status: { step: RunStep, message: string, retryAfterMs: number | null } | null
  /** How the run ended; null while it goes on. */
  ended: 'done' | 'error' | 'interrupted' | null
  outcome: AnswerOutcome | null
  error: { code: string, message: string, retryable: boolean } | null
}

export const RUN_EVENT_TYPES: RunEvent['type'][] = ['status', 'sources', 'delta', 'citation', 'usage', 'done', 'error', 'interrupted']

export function emptyRun(): RunState {
  return { text: '', citations: [], sentences: [], chunks: [], query: '', mode: null, status: null, ended: null, outcome: null, error: null }
}

/** Adds events in the order in which they came. The caller drops repeated ones by their id. */
export function addRunEvents(state: RunState, events: RunEvent[]): RunState {
  const next = { ...state }
  for (const event of events) add(next, event)
  return next
}

function add(state: RunState, event: RunEvent): void {
  switch (event.type) {
    case 'status':
      state.status = { step: event.data.step, message: event.data.message, retryAfterMs: event.data.retryAfterMs ?? null }
      break
    case 'sources': {
      // A second search of the same run adds to the first.
      const known = new Set(state.chunks.map(chunk => chunk.chunkId))
      state.chunks = [...state.chunks, ...event.data.chunks.filter(chunk => !known.has(chunk.chunkId))]
      state.query = event.data.query
      state.mode = event.data.mode
      break
    }
    case 'delta':
      state.text += event.data.text
      break
    case 'citation': {
      const { at, ...citation } = event.data
      const known = state.citations.find(item => item.n === citation.n)
      state.citations = known
        ? state.citations.map(item => item === known ? { ...item, anchors: [...item.anchors, at] } : item)
        : [...state.citations, { ...citation, anchors: [at] }]
      break
    }
    case 'usage':
      break
    case 'done':
      Object.assign(state, { ended: 'done', status: null, outcome: event.data.outcome, sentences: event.data.sentences })
      break
    case 'error':
      Object.assign(state, { ended: 'error', status: null, error: { code: event.data.code, message: event.data.message, retryable: event.data.retryable } })
      break
    case 'interrupted':
      Object.assign(state, { ended: 'interrupted', status: null, error: { code: 'interrupted', message: event.data.message, retryable: true } })
      break
  }
}

const ENDED_STATUS = { done: 'complete', error: 'failed', interrupted: 'interrupted' } as const

/**
 * The answer as it should be shown: what the server stored, brought up to date by what its run has said since. The
 * stored text may be ahead while the run's events are still being replayed, and nothing on the screen goes backwards.
 */
export function answerWithRun(message: Message, run: RunState | undefined): Message {
  if (!run || !isRunning(message) || (!run.ended && run.text.length < message.content.length)) return message
  if (!run.ended) return { ...message, status: 'streaming', content: run.text, citations: run.citations }
  return {
    ...message,
    content: run.text,
    citations: run.citations,
    sentences: run.sentences,
    status: run.outcome === 'stopped' ? 'stopped' : ENDED_STATUS[run.ended],
    outcome: run.outcome,
    error: run.error && { code: run.error.code, message: run.error.message },
  }
}

export function isRunning(message: Message): boolean {
  return message.status === 'pending' || message.status === 'streaming'
}

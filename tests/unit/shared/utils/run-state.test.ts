import { describe, expect, it } from 'vitest'
import type { Message, RunEvent } from '../../../../shared/schemas/chats.ts'
import { addRunEvents, answerWithRun, emptyRun } from '../../../../shared/utils/run-state.ts'

const citation = { n: 1, documentId: 'd', title: 'T', page: 2, start: 0, end: 4, quote: 'One.', chunkId: 'c' }
const chunk = { chunkId: 'c', documentId: 'd', title: 'T', page: 2, start: 0, end: 9, headingPath: [], text: 'One. Two.', score: 0.5 }
const EVENTS: RunEvent[] = [
  { type: 'status', data: { step: 'searching', message: 'Searching' } },
  { type: 'sources', data: { query: 'q', mode: 'hybrid', chunks: [chunk] } },
  { type: 'delta', data: { text: 'One.' } },
  { type: 'citation', data: { ...citation, at: 4 } },
  { type: 'delta', data: { text: ' One again.' } },
  { type: 'citation', data: { ...citation, at: 15 } },
  { type: 'usage', data: { model: 'm', inputTokens: 1, outputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, costUsd: null } },
  { type: 'done', data: { messageId: 'a', outcome: 'answered', sentences: [{ start: 0, end: 4, supported: true }], droppedCitations: 0 } },
]
const answer: Message = {
  id: 'a', role: 'assistant', content: '', status: 'pending', outcome: null, citations: [], sentences: [], error: null,
  model: null, replyTo: 'q', runId: 'r', createdAt: '2026-01-01T00:00:00Z',
}

describe('addRunEvents', () => {
  it('adds up to the answer, however the events were batched', () => {
    const whole = addRunEvents(emptyRun(), EVENTS)
    expect(whole).toMatchObject({ text: 'One. One again.', ended: 'done', outcome: 'answered', status: null, chunks: [chunk] })
    expect(whole.citations).toEqual([{ ...citation, anchors: [4, 15] }])
    expect(EVENTS.reduce((state, event) => addRunEvents(state, [event]), emptyRun())).toEqual(whole)
  })

  it('keeps the passages of an earlier search beside those of a later one', () => {
    const second = { ...chunk, chunkId: 'c2' }
    const state = addRunEvents(emptyRun(), [EVENTS[1]!, { type: 'sources', data: { query: 'q2', mode: 'keyword', chunks: [chunk, second] } }])
    expect(state.chunks.map(item => item.chunkId)).toEqual(['c', 'c2'])
  })

  it('does not change the state it was given', () => {
    const state = addRunEvents(emptyRun(), EVENTS.slice(0, 4))
    const before = structuredClone(state)
    addRunEvents(state, EVENTS.slice(4))
    expect(state).toEqual(before)
  })
})

describe('answerWithRun', () => {
  it('shows what the server stored until the replay has caught up', () => {
    const stored: Message = { ...answer, status: 'streaming', content: 'One. One' }
    expect(answerWithRun(stored, addRunEvents(emptyRun(), EVENTS.slice(0, 4))).content).toBe('One. One')
    expect(answerWithRun(stored, addRunEvents(emptyRun(), EVENTS.slice(0, 5))).content).toBe('One. One again.')
  })

  it('ends with what the run said', () => {
    expect(answerWithRun(answer, addRunEvents(emptyRun(), EVENTS))).toMatchObject({ status: 'complete', outcome: 'answered', content: 'One. One again.' })
    const failed = addRunEvents(emptyRun(), [...EVENTS.slice(0, 3), { type: 'error', data: { messageId: 'a', code: 'overloaded', message: 'Busy.', retryable: true } }])
    expect(answerWithRun(answer, failed)).toMatchObject({ status: 'failed', content: 'One.', error: { code: 'overloaded', message: 'Busy.' } })
    const cut = addRunEvents(emptyRun(), [...EVENTS.slice(0, 3), { type: 'interrupted', data: { messageId: 'a', message: 'Cut.' } }])
    expect(answerWithRun(answer, cut)).toMatchObject({ status: 'interrupted', content: 'One.' })
    const stopped = addRunEvents(emptyRun(), [...EVENTS.slice(0, 3), { type: 'done', data: { messageId: 'a', outcome: 'stopped', sentences: [], droppedCitations: 0 } }])
    expect(answerWithRun(answer, stopped).status).toBe('stopped')
  })

  it('leaves an answer that has ended alone while its run is replayed for the sources', () => {
    const done: Message = { ...answer, status: 'complete', content: 'One.' }
    expect(answerWithRun(done, addRunEvents(emptyRun(), EVENTS.slice(0, 5)))).toBe(done)
  })
})

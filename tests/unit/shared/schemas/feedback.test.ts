import { describe, expect, it } from 'vitest'
import { changeFeedbackSchema, giveFeedbackSchema, MAX_NOTE, MAX_PASSAGE, MAX_WANTED } from '../../../../shared/schemas/feedback.ts'
import { replaySchema } from '../../../../shared/schemas/trace.ts'

const passage = { documentId: '01900000-0000-7000-8000-000000000001', start: 3, end: 9 }

describe('what is said of an answer', () => {
  it('is a verdict with an empty note unless more is given', () => {
    expect(giveFeedbackSchema.parse({ verdict: 'up' })).toEqual({ verdict: 'up', note: '' })
    expect(giveFeedbackSchema.parse({ verdict: 'down', note: ' No. ', wanted: [passage] })).toEqual({ verdict: 'down', note: 'No.', wanted: [passage] })
    expect(changeFeedbackSchema.parse({})).toEqual({})
  })

  it.each([
    ['a third verdict', { verdict: 'sideways' }],
    ['a long note', { verdict: 'up', note: 'x'.repeat(MAX_NOTE + 1) }],
    ['too many passages', { verdict: 'up', wanted: Array.from({ length: MAX_WANTED + 1 }, () => passage) }],
    ['too many unwanted ones', { verdict: 'down', unwanted: Array.from({ length: MAX_WANTED + 1 }, () => passage) }],
    ['a passage that ends before it begins', { verdict: 'up', wanted: [{ ...passage, end: 3 }] }],
    ['a passage as long as a chapter', { verdict: 'up', wanted: [{ ...passage, end: 4 + MAX_PASSAGE }] }],
    ['a quote of its own', { verdict: 'up', wanted: [{ ...passage, quote: 'made up' }] }],
  ])('is refused with %s', (_name, body) => expect(giveFeedbackSchema.safeParse(body).success).toBe(false))
})

describe('settings of a replay', () => {
  it.each([[{}], [{ limit: 50, vectorWeight: 0, candidates: 200, filters: {} }]])('can be %j', settings => expect(replaySchema.parse(settings)).toEqual(settings))
  it.each([[{ limit: 0 }], [{ limit: 51 }], [{ vectorWeight: 1.1 }], [{ candidates: 201 }], [{ stems: false }]])('cannot be %j', settings => expect(replaySchema.safeParse(settings).success).toBe(false))
})

import { describe, expect, it } from 'vitest'
import type { Document } from '../../../../shared/schemas/documents.ts'
import { progressLabel, progressShare, timeLeftLabel } from '../../../../shared/utils/document-progress.ts'

type Step = Document['progress']['step']
const at = (step: Step, done: number, total: number, mediaType: Document['mediaType'] = 'application/pdf') =>
  ({ status: 'processing' as const, progress: { step, done, total, secondsLeft: null }, mediaType })

describe('progressLabel', () => {
  it.each([
    [at('extract', 0, 0), 'Opening the file'],
    [at('extract', 14, 96), 'Reading page 14 of 96'],
    [at('extract', 3, 0), 'Reading page 3'],
    [at('extract', 3, 5, 'text/markdown'), 'Reading section 3 of 5'],
    [at('recognise', 3, 12), 'Recognising text on page 3 of 12'],
    [at('recognise', 1, 1, 'image/png'), 'Recognising text on page 1 of 1'],
    [at('chunk', 0, 1), 'Dividing into chunks'],
    [at('embed', 120, 1_340), 'Embedding 120 of 1,340'],
    [at('publish', 0, 1), 'Finishing'],
  ])('%o reads %s', (document, label) => {
    expect(progressLabel(document)).toBe(label)
  })

  it('goes by the status where there is no work', () => {
    expect(progressLabel({ ...at('extract', 3, 12), status: 'failed' })).toBe('Failed')
    expect(progressLabel({ ...at('queued', 0, 0), status: 'queued' })).toBe('Waiting to be read')
    expect(progressLabel({ ...at('done', 1, 1), status: 'ready' })).toBe('Ready')
    expect(progressLabel({ ...at('embed', 0, 0), status: 'ready' })).toBe('Ready, embedding anew')
    expect(progressLabel({ ...at('embed', 51, 120), status: 'ready' })).toBe('Ready, embedding anew: 42 %')
  })
})

it('never goes back from step to step', () => {
  const steps = [at('recognise', 1, 4), at('extract', 1, 4), at('recognise', 4, 4), at('extract', 4, 4), at('chunk', 0, 1), at('embed', 0, 8), at('embed', 8, 8), at('publish', 0, 1)]
  const shares = steps.map(step => progressShare(step)!)
  expect(shares).toEqual([...shares].sort((a, b) => a - b))
  expect(Math.max(...shares)).toBeLessThanOrEqual(1)
  expect(progressShare(at('extract', 0, 0))).toBeNull()
})

describe('timeLeftLabel', () => {
  const left = (secondsLeft: number | null, status: Document['status'] = 'processing') => timeLeftLabel({ status, progress: { step: 'embed', done: 1, total: 9, secondsLeft } })

  it.each([
    [1, 'a few seconds left'], [11, 'about 20 s left'], [54, 'about 60 s left'], [55, 'about 1 min left'], [200, 'about 3 min left'],
    [5_000, 'about 83 min left'], [7_200, 'about 2 h left'],
  ])('%i s read %s', (seconds, label) => {
    expect(left(seconds)).toBe(label)
  })

  it('says nothing where nothing is known or done', () => {
    expect(left(null)).toBeNull()
    expect(left(5, 'failed')).toBeNull()
    expect(left(5, 'queued')).toBeNull()
  })
})

import { expect, it } from 'vitest'
import { originalKind, readReaderQuery } from '../../../../shared/utils/document-query.ts'

it('reads a cited range, a page and a view', () => {
  expect(readReaderQuery({ start: '120', end: '240', page: '3', view: 'chunks' })).toEqual({ range: { start: 120, end: 240 }, page: 3, view: 'chunks' })
  expect(readReaderQuery({ start: '0', end: '1', view: 'passage' })).toEqual({ range: { start: 0, end: 1 }, page: null, view: 'passage' })
})

it.each([
  {}, { start: '5' }, { start: '5', end: '5' }, { start: '9', end: '3' }, { start: '-1', end: '3' }, { start: '1.5', end: '3' },
  { start: ['1', '2'], end: '3' }, { start: '1e3', end: '9999' }, { start: '', end: '' }, { page: '0', view: 'nothing' },
])('opens the document for %o', (query) => {
  expect(readReaderQuery(query)).toEqual({ range: null, page: null, view: 'text' })
})

it('shows no passage where nothing is cited', () => {
  expect(readReaderQuery({ view: 'passage', page: '2' })).toEqual({ range: null, page: 2, view: 'text' })
})

it('shows the original where there is one, unless the reader prefers the text or the address says otherwise', () => {
  const range = { start: '3', end: '9' }
  const view = (query: object, options: Parameters<typeof readReaderQuery>[1]) => readReaderQuery({ ...range, ...query }, options).view
  expect(view({}, { hasOriginal: true })).toBe('original')
  expect(view({}, { hasOriginal: true, kept: 'text' })).toBe('text')
  expect(view({ view: 'original' }, { hasOriginal: true, kept: 'text' })).toBe('original')
  expect(view({ view: 'report' }, { hasOriginal: true })).toBe('report')
  expect(view({}, { hasOriginal: false, kept: 'original' })).toBe('text')
  expect(view({ view: 'original' }, { hasOriginal: false })).toBe('text')
})

it('knows which originals a page can show', () => {
  expect(['application/pdf', 'image/png', 'text/plain'].map(originalKind)).toEqual(['pdf', 'image', null])
})

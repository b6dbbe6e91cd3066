import { expect, it } from 'vitest'
import { readReaderQuery } from '../../../../shared/utils/document-query.ts'

it('reads a cited range, a page and a view', () => {
  expect(readReaderQuery({ start: '120', end: '240', page: '3', view: 'chunks' })).toEqual({ range: { start: 120, end: 240 }, page: 3, view: 'chunks' })
  expect(readReaderQuery({ start: '0', end: '1', view: 'passage' })).toEqual({ range: { start: 0, end: 1 }, page: null, view: 'passage' })
})

it.each([
  {}, { start: '5' }, { start: '5', end: '5' }, { start: '9', end: '3' }, { start: '-1', end: '3' }, { start: '1.5', end: '3' },
  { start: ['1', '2'], end: '3' }, { start: '1e3', end: '9999' }, { start: '', end: '' }, { page: '0', view: 'nothing' },
])('opens the document for %o', (query) => {
  expect(readReaderQuery(query)).toEqual({ range: null, page: null, view: 'document' })
})

it('shows no passage where nothing is cited', () => {
  expect(readReaderQuery({ view: 'passage', page: '2' })).toEqual({ range: null, page: 2, view: 'document' })
})

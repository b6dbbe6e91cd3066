import { describe, expect, it } from 'vitest'
import type { Document } from '../../../../shared/schemas/documents.ts'
import { arrangeDocuments, DEFAULT_VIEW, needsAll, type ListView } from '../../../../shared/utils/document-list.ts'

function document(title: string, day: number, more: Partial<Document> = {}): Document {
  return {
    id: `id-${day}`, title, filename: `${title}.pdf`, mediaType: 'application/pdf', bytes: 10, pages: 1, status: 'ready',
    progress: { step: 'done', done: 1, total: 1, secondsLeft: null }, error: null, chunkCount: 1, collection: 'default', sample: false, attention: null, source: null, versionOf: null, replaces: null, replacedBy: null,
    createdAt: `2026-08-0${day}T00:00:00.000Z`, readyAt: null, ...more,
  }
}
const library = [
  document('Crème brûlée', 1, { pages: 9 }),
  document('Chapter 10', 2, { status: 'failed', pages: null }),
  document('Chapter 9', 3, { status: 'processing', pages: null }),
  document('apples', 4, { status: 'queued', pages: null }),
]
const titles = (view: Partial<ListView>) => arrangeDocuments(library, { ...DEFAULT_VIEW, ...view }).map(({ title }) => title)

describe('arrangeDocuments', () => {
  it('shows the newest first', () => {
    expect(titles({})).toEqual(['apples', 'Chapter 9', 'Chapter 10', 'Crème brûlée'])
  })

  it('finds words without case and accents, in the file name too', () => {
    expect(titles({ search: 'BRULEE creme' })).toEqual(['Crème brûlée'])
    expect(titles({ search: '9.pdf' })).toEqual(['Chapter 9'])
    expect(titles({ search: 'apples pears' })).toEqual([])
  })

  it('counts waiting documents among those being read', () => {
    expect(titles({ status: 'working' })).toEqual(['apples', 'Chapter 9'])
    expect(titles({ status: 'failed' })).toEqual(['Chapter 10'])
  })

  it('sorts titles as people do, and by status with what needs attention first', () => {
    expect(titles({ sort: 'title', descending: false })).toEqual(['apples', 'Chapter 9', 'Chapter 10', 'Crème brûlée'])
    expect(titles({ sort: 'status', descending: false })).toEqual(['Chapter 10', 'Chapter 9', 'apples', 'Crème brûlée'])
    expect(titles({ sort: 'pages', descending: true })).toEqual(['Crème brûlée', 'apples', 'Chapter 9', 'Chapter 10'])
  })

  it('leaves what it was given alone', () => {
    const before = [...library]
    arrangeDocuments(library, { ...DEFAULT_VIEW, sort: 'title' })
    expect(library).toEqual(before)
  })
})

it('needs the whole library for everything but the newest', () => {
  expect(needsAll(DEFAULT_VIEW)).toBe(false)
  expect(needsAll({ ...DEFAULT_VIEW, search: ' ' })).toBe(false)
  expect(needsAll({ ...DEFAULT_VIEW, search: 'a' })).toBe(true)
  expect(needsAll({ ...DEFAULT_VIEW, descending: false })).toBe(true)
})

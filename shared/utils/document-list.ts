import type { Document } from '../schemas/documents.ts'
import { isWorking } from './document-progress.ts'

export const LIST_STATUSES = ['all', 'ready', 'working', 'failed'] as const
export type ListStatus = typeof LIST_STATUSES[number]
export const SORT_KEYS = ['added', 'title', 'pages', 'chunks', 'size', 'status'] as const
export type SortKey = typeof SORT_KEYS[number]

export interface ListView {
  /** Words that title or file name must all contain. */
  search: string
  status: ListStatus
  sort: SortKey
  descending: boolean
}

/** As the server lists documents. */
export const DEFAULT_VIEW: ListView = { search: '', status: 'all', sort: 'added', descending: true }

/** Whether the newest documents alone cannot answer this view. */
export function needsAll(view: ListView): boolean {
  return view.search.trim() !== '' || view.status !== 'all' || view.sort !== 'added' || !view.descending
}

const STATUS_ORDER: Record<Document['status'], number> = { failed: 0, processing: 1, queued: 2, ready: 3 }
const titles = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

const COMPARE: Record<SortKey, (a: Document, b: Document) => number> = {
  added: newestLast,
  title: (a, b) => titles.compare(a.title, b.title),
  pages: (a, b) => (a.pages ?? 0) - (b.pages ?? 0),
  chunks: (a, b) => a.chunkCount - b.chunkCount,
  size: (a, b) => a.bytes - b.bytes,
  status: (a, b) => STATUS_ORDER[a.status] - STATUS_ORDER[b.status],
}

function newestLast(a: Document, b: Document): number {
  return compareStrings(a.createdAt, b.createdAt) || compareStrings(a.id, b.id)
}

function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** The server's order: newest first. */
export function newestFirst(a: Document, b: Document): number {
  return newestLast(b, a)
}

/** Filters and sorts; documents that are equal in what is sorted by stay newest first. */
export function arrangeDocuments(documents: readonly Document[], { search, status, sort, descending }: ListView): Document[] {
  const words = fold(search).split(/\s+/).filter(Boolean)
  const direction = descending ? -1 : 1
  return documents
    .filter(document => status === 'all' || (status === 'working' ? isWorking(document) : document.status === status))
    .filter((document) => {
      const text = fold(`${document.title} ${document.filename}`)
      return words.every(word => text.includes(word))
    })
    .sort((a, b) => direction * COMPARE[sort](a, b) || newestFirst(a, b))
}

/** Without case and accents, so that "creme" finds "Crème". */
function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

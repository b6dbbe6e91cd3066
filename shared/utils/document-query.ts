import type { TextRange } from './document-layout.ts'

export const READER_VIEWS = ['document', 'passage', 'chunks'] as const
export type ReaderView = typeof READER_VIEWS[number]

export interface ReaderQuery {
  /** What is cited; null where the address names no range, or none that can be. */
  range: TextRange | null
  page: number | null
  view: ReaderView
}

/** Reads `?start=&end=&page=&view=`. Whatever makes no sense is left out rather than refused: an old link still opens. */
export function readReaderQuery(query: Record<string, unknown>): ReaderQuery {
  const start = wholeNumber(query.start)
  const end = wholeNumber(query.end)
  const range = start !== null && end !== null && start < end ? { start, end } : null
  const page = wholeNumber(query.page)
  const view = READER_VIEWS.find(known => known === query.view) ?? 'document'
  return { range, page: page === 0 ? null : page, view: view === 'passage' && !range ? 'document' : view }
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null
}

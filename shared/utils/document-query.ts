import type { TextRange } from './document-layout.ts'

/** The original pages, all of the text, the cited passage alone, the chunks, and what was read of each page. */
export const READER_VIEWS = ['original', 'text', 'passage', 'chunks', 'report'] as const
export type ReaderView = typeof READER_VIEWS[number]

/** Those that a reader comes back to: the last one chosen is kept. */
export type KeptView = 'original' | 'text'
export const isKeptView = (view: unknown): view is KeptView => view === 'original' || view === 'text'

/** How the original of a document can be shown in a page; null where only its text can. */
export function originalKind(mediaType: string): 'pdf' | 'image' | null {
  if (mediaType === 'application/pdf') return 'pdf'
  return mediaType.startsWith('image/') ? 'image' : null
}

export interface ReaderQuery {
  /** What is cited; null where the address names no range, or none that can be. */
  range: TextRange | null
  page: number | null
  view: ReaderView
}

/**
 * Reads `?start=&end=&page=&view=`. Whatever makes no sense is left out rather than refused: an old link still opens.
 * Without a view it is the original where there is one, unless the reader prefers the text.
 */
export function readReaderQuery(query: Record<string, unknown>, { hasOriginal = false, kept = null }: { hasOriginal?: boolean, kept?: KeptView | null } = {}): ReaderQuery {
  const start = wholeNumber(query.start)
  const end = wholeNumber(query.end)
  const range = start !== null && end !== null && start < end ? { start, end } : null
  const page = wholeNumber(query.page)
  const usual = hasOriginal ? kept ?? 'original' : 'text'
  const asked = READER_VIEWS.find(known => known === query.view) ?? usual
  const isThere = asked === 'original' ? hasOriginal : asked !== 'passage' || range !== null
  return { range, page: page === 0 ? null : page, view: isThere ? asked : 'text' }
}

function wholeNumber(value: unknown): number | null {
  return typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : null
}

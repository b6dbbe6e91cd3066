import type { PageReport } from '../schemas/documents.ts'

/** Why a reader of the original cannot see a run of text. */
export const HIDDEN_REASONS = ['invisible', 'background_colour', 'tiny', 'off_page', 'covered', 'markup'] as const

/** Bounds of one page's report: what goes beyond is counted and cut. */
export const MAX_HIDDEN_RUNS = 50
export const MAX_HIDDEN_CHARS = 2_000

/** The report of a page of which nothing is known but its text. */
export function plainReport(text: string): PageReport {
  return { characters: text.length, coverage: null, scanned: false, ocr: null, tables: 0, hidden: [], repairs: [], dropped: [] }
}

import type { PageReport } from '../../shared/schemas/documents.ts'
import { MAX_HIDDEN_CHARS, MAX_HIDDEN_RUNS } from '../../shared/utils/page-notes.ts'
import type { RawBlock } from './sections.ts'

/** What happened between two blocks while a document was read. Kinds as in PageReport. */
export interface Notes {
  hidden: PageReport['hidden']
  dropped: Record<string, number>
  repairs: Record<string, number>
}

const MAX_KINDS = 20

export function noNotes(): Notes {
  return { hidden: [], dropped: {}, repairs: {} }
}

export function isEmpty({ hidden, dropped, repairs }: Notes): boolean {
  return hidden.length === 0 && Object.keys(dropped).length === 0 && Object.keys(repairs).length === 0
}

/** Counts one thing more of a kind. */
export function count(counts: Record<string, number>, kind: string, by = 1): void {
  if (by > 0) counts[kind] = (counts[kind] ?? 0) + by
}

/** Adds text that the original does not show. Beyond the bound of runs it is only counted. */
export function hide(notes: Notes, reason: PageReport['hidden'][number]['reason'], text: string): void {
  if (!text) return
  if (notes.hidden.length >= MAX_HIDDEN_RUNS) return count(notes.dropped, 'hidden_text')
  notes.hidden.push({ reason, text: text.slice(0, MAX_HIDDEN_CHARS).toWellFormed(), characters: text.length })
}

export function addNotes(to: Notes, from: Notes): void {
  const room = MAX_HIDDEN_RUNS - to.hidden.length
  to.hidden.push(...from.hidden.slice(0, room))
  count(to.dropped, 'hidden_text', from.hidden.length - room)
  for (const [kind, by] of Object.entries(from.dropped)) count(to.dropped, kind, by)
  for (const [kind, by] of Object.entries(from.repairs)) count(to.repairs, kind, by)
}

/** The report of a page without places: its tables are the runs of rows in it. `more` are notes of no block. */
export function reportOf(text: string, blocks: readonly RawBlock[], more = noNotes()): PageReport {
  const notes = noNotes()
  addNotes(notes, more)
  for (const block of blocks) if (block.notes) addNotes(notes, block.notes)
  const tables = blocks.filter(({ kind }, index) => kind === 'table_row' && blocks[index - 1]?.kind !== 'table_row').length
  return { characters: text.length, coverage: null, scanned: false, ocr: null, tables, hidden: notes.hidden, repairs: list(notes.repairs), dropped: list(notes.dropped) }
}

function list(counts: Record<string, number>): PageReport['dropped'] {
  return Object.entries(counts).slice(0, MAX_KINDS).map(([kind, count]) => ({ kind, count }))
}

/** Puts notes that nothing follows any more onto the last block. */
export function closeNotes(blocks: RawBlock[], notes: Notes): void {
  const last = blocks.at(-1)
  if (!last || isEmpty(notes)) return
  last.notes ??= noNotes()
  addNotes(last.notes, notes)
}

/** A page with notes that came to nothing after it. */
export function withNotes<P extends { report: PageReport, flags: string[] }>(page: P, notes: Notes): P {
  const all = { hidden: [...page.report.hidden], dropped: counts(page.report.dropped), repairs: counts(page.report.repairs) }
  addNotes(all, notes)
  const flags = all.hidden.length > 0 && !page.flags.includes('hidden_text') ? [...page.flags, 'hidden_text'] : page.flags
  return { ...page, flags, report: { ...page.report, hidden: all.hidden, dropped: list(all.dropped), repairs: list(all.repairs) } }
}

function counts(entries: PageReport['dropped']): Record<string, number> {
  return Object.fromEntries(entries.map(({ kind, count: by }) => [kind, by]))
}

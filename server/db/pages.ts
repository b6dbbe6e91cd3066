import type { Block, DocumentPage, PageReport, PageReportItem } from '../../shared/schemas/documents.ts'
import { plainReport } from '../../shared/utils/page-notes.ts'
import { attentionBits, attentionOf } from '../../shared/utils/page-attention.ts'
import type { Db } from './connection.ts'

export interface NewPage extends DocumentPage { boxes: Uint8Array | null }

interface PageRow {
  number: number
  label: string | null
  start: number
  end: number
  text: string
  width: number | null
  height: number | null
  blocks: string
  flags: string
  report: string
}

/** Pages read at a time while a text is streamed: no read transaction stays open between two of them. */
const TEXT_BATCH = 32

/** Call it in a transaction. */
export function insertPages(db: Db, documentKey: number, pages: NewPage[]): void {
  const insert = db.prepare(`
    INSERT INTO pages (document_key, number, label, start, end, text, width, height, blocks, flags, report, boxes, attention) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  for (const page of pages) {
    insert.run(documentKey, page.number, page.label, page.start, page.end, page.text, page.width, page.height,
      JSON.stringify(page.blocks), JSON.stringify(page.flags), JSON.stringify(page.report), page.boxes, attentionBits(page))
  }
}

/** Pages from number `from` on, at most `count`, and fewer when they hold more than `maxChars` together (one at least). */
export function listPages(db: Db, documentKey: number, { from, count, maxChars }: { from: number, count: number, maxChars: number }): { items: DocumentPage[], next: number | null } {
  const select = db.prepare<[number, number], PageRow>(`
    SELECT number, label, start, end, text, width, height, blocks, flags, report FROM pages WHERE document_key = ? AND number >= ? ORDER BY number LIMIT 1`)
  const items: DocumentPage[] = []
  let chars = 0
  let number = from
  for (;;) {
    const row = select.get(documentKey, number)
    if (!row) return { items, next: null }
    if (items.length === count || (items.length > 0 && chars + row.text.length > maxChars)) return { items, next: row.number }
    items.push(toPage(row))
    chars += row.text.length
    number = row.number + 1
  }
}

/** `canonical.slice(start, end)` piece by piece. */
export function* readText(db: Db, documentKey: number, start: number, end: number): Generator<string> {
  const select = db.prepare<[number, number, number, number, number], { number: number, start: number, text: string }>(`
    SELECT number, start, text FROM pages WHERE document_key = ? AND number > ? AND end > ? AND start < ? ORDER BY number LIMIT ?`)
  let after = 0
  for (;;) {
    const rows = select.all(documentKey, after, start, end, TEXT_BATCH)
    for (const row of rows) yield row.text.slice(Math.max(0, start - row.start), Math.max(0, end - row.start))
    if (rows.length < TEXT_BATCH) return
    after = rows.at(-1)!.number
  }
}

/** Pages that a range is located on: far more than the longest range that may be asked for touches, unless they are all but empty. */
const MAX_PLACED = 100

/** The pages that a range of the canonical text touches, with the boxes of their characters. */
export function listPlacedPages(db: Db, documentKey: number, start: number, end: number): (Pick<PageRow, 'number' | 'start' | 'end' | 'text' | 'width' | 'height'> & { boxes: Uint8Array | null })[] {
  return db.prepare<[number, number, number, number], PageRow & { boxes: Uint8Array | null }>(`
    SELECT number, start, end, text, width, height, boxes FROM pages WHERE document_key = ? AND end > ? AND start < ? ORDER BY number LIMIT ?`)
    .all(documentKey, start, end, MAX_PLACED)
}

/** Reports of pages from number `from` on, at most `count`, and fewer when they are longer than `maxChars` together (one at least). */
export function listPageReports(db: Db, documentKey: number, { from, count, maxChars, onlyAttention }: { from: number, count: number, maxChars: number, onlyAttention: boolean }): { items: PageReportItem[], next: number | null } {
  const select = db.prepare<[number, number], Pick<PageRow, 'number' | 'label' | 'start' | 'end' | 'flags' | 'report'>>(`
    SELECT number, label, start, end, flags, report FROM pages WHERE document_key = ? AND number >= ? ${onlyAttention ? 'AND attention != 0' : ''} ORDER BY number LIMIT 1`)
  const items: PageReportItem[] = []
  let chars = 0
  let number = from
  for (;;) {
    const row = select.get(documentKey, number)
    if (!row) return { items, next: null }
    if (items.length === count || (items.length > 0 && chars + row.report.length > maxChars)) return { items, next: row.number }
    const { start, end, ...item } = row
    const read = { ...item, flags: JSON.parse(row.flags) as string[], report: toReport(row.report, end - start) }
    items.push({ ...read, attention: attentionOf(read) })
    chars += row.report.length
    number = row.number + 1
  }
}

/** Removes up to `limit` pages and returns how many there were. */
export function deletePages(db: Db, documentKey: number, limit: number): number {
  return db.prepare('DELETE FROM pages WHERE document_key = ? AND number IN (SELECT number FROM pages WHERE document_key = ? ORDER BY number LIMIT ?)')
    .run(documentKey, documentKey, limit).changes
}

function toPage(row: PageRow): DocumentPage {
  return { ...row, blocks: JSON.parse(row.blocks) as Block[], flags: JSON.parse(row.flags) as string[], report: toReport(row.report, row.text.length) }
}

/** A page that was read before there were reports has its length alone. */
function toReport(stored: string, characters: number): PageReport {
  return { ...plainReport(''), characters, ...JSON.parse(stored) as Partial<PageReport> }
}

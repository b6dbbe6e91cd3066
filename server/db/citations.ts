import type { Citation } from '../../shared/schemas/chats.ts'
import type { Db } from './connection.ts'

interface CitationRow {
  message_id: string
  n: number
  document_id: string
  title: string
  chunk_id: string
  page: number
  start: number
  end: number
  quote: string
  anchors: string
  source_deleted_at: string | null
}

/** Stores citations, or the anchors that came to ones already stored. */
export function saveCitations(db: Db, messageId: string, citations: Citation[]): void {
  const upsert = db.prepare(`
    INSERT INTO citations (message_id, n, document_id, title, chunk_id, page, start, end, quote, anchors)
    VALUES (@messageId, @n, @documentId, @title, @chunkId, @page, @start, @end, @quote, @anchors)
    ON CONFLICT (message_id, n) DO UPDATE SET anchors = excluded.anchors
  `)
  for (const citation of citations) {
    upsert.run({ ...citation, messageId, anchors: JSON.stringify(citation.anchors) })
  }
}

/** Citations by message, in the order of their numbers. */
export function citationsOf(db: Db, messageIds: string[]): Map<string, Citation[]> {
  const rows = db.prepare(`
    SELECT * FROM citations WHERE message_id IN (SELECT value FROM json_each(?)) ORDER BY message_id, n
  `).all(JSON.stringify(messageIds)) as CitationRow[]
  return Map.groupBy(rows, row => row.message_id).entries().reduce(
    (byMessage, [id, group]) => byMessage.set(id, group.map(toCitation)), new Map<string, Citation[]>(),
  )
}

export interface CanonicalRange { title: string, page: number, text: string }

/**
 * Reads a range of a document's canonical text from its pages, with the page it begins on.
 * Null when the document is not there, is not ready, or the range lies outside of its text.
 */
export function readCanonicalRange(db: Db, documentId: string, start: number, end: number): CanonicalRange | null {
  const pages = db.prepare(`
    SELECT documents.title, pages.number, pages.start, pages.text
    FROM documents JOIN pages ON pages.document_key = documents.key
    WHERE documents.id = ? AND documents.status = 'ready' AND pages.end > ? AND pages.start < ?
    ORDER BY pages.number
  `).all(documentId, start, end) as { title: string, number: number, start: number, text: string }[]
  const first = pages[0]
  if (!first || start < first.start || end <= start) return null
  const text = pages.map(page => page.text.slice(Math.max(0, start - page.start), Math.max(0, end - page.start))).join('')
  return text.length === end - start ? { title: first.title, page: first.number, text } : null
}

function toCitation(row: CitationRow): Citation {
  return {
    n: row.n,
    documentId: row.document_id,
    title: row.title,
    page: row.page,
    start: row.start,
    end: row.end,
    quote: row.quote,
    chunkId: row.chunk_id,
    anchors: JSON.parse(row.anchors) as number[],
    ...(row.source_deleted_at === null ? {} : { sourceDeletedAt: row.source_deleted_at }),
  }
}

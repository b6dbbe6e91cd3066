import type { SearchFilters } from '../../shared/schemas/chats.ts'
import type { Db } from './connection.ts'

/** The documents a search may see: ready ones that pass every filter and that no newer version has replaced. */
export interface EligibleDocuments {
  /** Null: every chunk in the database is eligible, so that a search needs no condition at all. */
  keys: number[] | null
  documents: number
  /** Eligible chunks. */
  chunks: number
  /** Chunks of all documents, whatever their status. */
  allChunks: number
  /** Such documents without regard to the filters. */
  readyDocuments: number
}

/** A ready document whose place no newer version has taken. */
const CURRENT = `d.status = 'ready' AND NOT EXISTS (SELECT 1 FROM documents n WHERE n.replaces = d.key AND n.status = 'ready')`
/** The documents of the given ids and everything that has replaced them: who names an older version means the newest. */
const NAMED = `
  WITH RECURSIVE named (key) AS (
    SELECT key FROM documents WHERE id IN (SELECT value FROM json_each(?))
    UNION SELECT n.key FROM documents n JOIN named ON n.replaces = named.key WHERE n.status = 'ready')
  SELECT key FROM named`

/** Finds what `filters` leave. Chunk counts come from an index and cost about 5 ms at 100,000 chunks. */
export function eligibleDocuments(db: Db, filters: SearchFilters): EligibleDocuments {
  const conditions = [CURRENT]
  const values: string[] = []
  if (filters.documents) {
    conditions.push(`d.key IN (${NAMED})`)
    values.push(JSON.stringify(filters.documents))
  }
  if (filters.collection !== undefined) {
    conditions.push('d.collection = ?')
    values.push(filters.collection)
  }
  if (filters.since !== undefined) {
    conditions.push('d.created_at >= ?')
    // Stored times are UTC with milliseconds; the filter may carry an offset.
    values.push(new Date(filters.since).toISOString())
  }
  const keys = db.prepare<string[], number>(`SELECT d.key FROM documents d WHERE ${conditions.join(' AND ')}`).pluck().all(...values)
  const readyDocuments = db.prepare<[], number>(`SELECT count(*) FROM documents d WHERE ${CURRENT}`).pluck().get()!
  const allChunks = db.prepare<[], number>('SELECT count(*) FROM chunks').pluck().get()!
  const chunks = db.prepare<[string], number>('SELECT count(*) FROM chunks WHERE document_key IN (SELECT value FROM json_each(?))')
    .pluck().get(JSON.stringify(keys))!
  return { keys: chunks === allChunks ? null : keys, documents: keys.length, chunks, allChunks, readyDocuments }
}

/** Why a search sees a document or does not; `filtered` out, `not_ready`, `replaced` by a newer version, or `unknown`. */
export type DocumentState = 'eligible' | 'filtered' | 'not_ready' | 'replaced' | 'unknown'

/** What a search that sees `eligible` makes of one document, and the keys of its first `limit` chunks. */
export function findDocument(db: Db, documentId: string, { eligible, limit }: { eligible: EligibleDocuments, limit: number }): { state: DocumentState, title: string | null, chunkKeys: number[] } {
  const row = db.prepare<[string], { key: number, title: string, ready: number, replaced: number }>(`
    SELECT d.key, d.title, d.status = 'ready' AS ready,
      EXISTS (SELECT 1 FROM documents n WHERE n.replaces = d.key AND n.status = 'ready') AS replaced
    FROM documents d WHERE d.id = ?`).get(documentId)
  if (!row) return { state: 'unknown', title: null, chunkKeys: [] }
  const chunkKeys = db.prepare<[number, number], number>('SELECT key FROM chunks WHERE document_key = ? ORDER BY ordinal LIMIT ?').pluck().all(row.key, limit)
  const isEligible = eligible.keys === null || eligible.keys.includes(row.key)
  const state = !row.ready ? 'not_ready' : row.replaced ? 'replaced' : isEligible ? 'eligible' : 'filtered'
  return { state, title: row.title, chunkKeys }
}

/** A chunk as the searches' results need it. */
export interface FoundChunk {
  key: number
  id: string
  documentKey: number
  documentId: string
  title: string
  ordinal: number
  headingPath: string[]
  page: number
  start: number
  end: number
  text: string
  sentences: [start: number, end: number][]
  tokens: number
}

type FoundChunkRow = Omit<FoundChunk, 'headingPath' | 'sentences'> & { headingPath: string, sentences: string }

/** Reads chunks by key; those that are gone by now are absent. */
export function findChunks(db: Db, keys: number[]): Map<number, FoundChunk> {
  const rows = db.prepare<[string], FoundChunkRow>(`
    SELECT c.key, c.id, c.document_key AS documentKey, d.id AS documentId, d.title, c.ordinal, c.heading_path AS headingPath,
      c.page_start AS page, c.start, c.end, c.text, c.sentences, c.tokens
    FROM chunks c JOIN documents d ON d.key = c.document_key
    WHERE c.key IN (SELECT value FROM json_each(?))`).all(JSON.stringify(keys))
  return new Map(rows.map(row => [row.key, {
    ...row,
    headingPath: JSON.parse(row.headingPath) as string[],
    sentences: JSON.parse(row.sentences) as [number, number][],
  }]))
}

/** The texts of chunks by key; those that are gone by now are absent. */
export function readChunkTexts(db: Db, keys: number[]): Map<number, string> {
  const rows = db.prepare<[string], { key: number, text: string }>('SELECT key, text FROM chunks WHERE key IN (SELECT value FROM json_each(?))').all(JSON.stringify(keys))
  return new Map(rows.map(({ key, text }) => [key, text]))
}

/** Where a chunk stands, and how it begins. */
export interface ChunkPlace { id: string, documentId: string, page: number, start: number, end: number, tokens: number, headingPath: string[], excerpt: string }

/** Characters of a chunk that stand for it in a list. */
const EXCERPT = 240

/** Looks chunks up by id; those of deleted or newly read documents are absent. */
export function chunkPlaces(db: Db, chunkIds: string[]): Map<string, ChunkPlace> {
  const rows = db.prepare<[number, string], Omit<ChunkPlace, 'headingPath'> & { headingPath: string }>(`
    SELECT c.id, d.id AS documentId, c.page_start AS page, c.start, c.end, c.tokens, c.heading_path AS headingPath, substr(c.text, 1, ?) AS excerpt
    FROM chunks c JOIN documents d ON d.key = c.document_key
    WHERE c.id IN (SELECT value FROM json_each(?)) AND d.status = 'ready'`).all(EXCERPT, JSON.stringify(chunkIds))
  return new Map(rows.map(row => [row.id, { ...row, headingPath: JSON.parse(row.headingPath) as string[] }]))
}

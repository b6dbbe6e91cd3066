import { createHash } from 'node:crypto'
import type { Db } from '../../server/db/connection.ts'
import type { LibraryFile } from './library.ts'
import type { Range } from './metrics.ts'

export interface CorpusChunk {
  id: string
  document: string
  start: number
  end: number
  pageStart: number
  pageEnd: number
  text: string
  /** In the canonical text. */
  sentences: Range[]
  /** Null in keyword mode. */
  embedding: Float32Array | null
}

/** The documents of a set as ingestion has stored them; documents go by their ids. */
export interface Corpus {
  chunks: CorpusChunk[]
  chunk: (id: string) => CorpusChunk
  /** Of a file of the set; two files of the same content are one document. */
  documentOf: (file: string) => string
  fileOf: (document: string) => string
  documents: string[]
  /** The canonical text. */
  textOf: (document: string) => string
  /** The page that a position of the canonical text stands on. */
  pageAt: (document: string, position: number) => number
}

type ChunkRow = Omit<CorpusChunk, 'sentences' | 'embedding'> & { sentences: string, embedding: Buffer | null }

export function readCorpus(db: Db, files: LibraryFile[]): Corpus {
  const rows = db.prepare<[], ChunkRow>(`
    SELECT c.id, d.id AS document, c.start, c.end, c.page_start AS pageStart, c.page_end AS pageEnd, c.text, c.sentences, c.embedding
    FROM chunks c JOIN documents d ON d.key = c.document_key ORDER BY c.key`).all()
  const chunks = rows.map((row): CorpusChunk => ({
    ...row,
    sentences: JSON.parse(row.sentences) as [number, number][],
    embedding: row.embedding && new Float32Array(new Uint8Array(row.embedding).buffer),
  }))
  const byId = new Map(chunks.map(chunk => [chunk.id, chunk]))
  const stored = db.prepare<[], { id: string, hash: string }>('SELECT id, content_hash AS hash FROM documents ORDER BY key').all()
  const byHash = new Map(stored.map(({ id, hash }) => [hash, id]))
  const byFile = new Map(files.map(({ name, content }) => [name, byHash.get(createHash('sha256').update(content).digest('hex'))!]))
  const fileNames = new Map([...byFile].reverse().map(([file, document]) => [document, file]))
  const pages = Map.groupBy(db.prepare<[], { document: string, number: number, start: number, text: string }>(`
    SELECT d.id AS document, p.number, p.start, p.text FROM pages p JOIN documents d ON d.key = p.document_key ORDER BY d.key, p.number`).all(), ({ document }) => document)
  return {
    chunks,
    chunk: id => byId.get(id)!,
    documentOf: file => byFile.get(file)!,
    fileOf: document => fileNames.get(document)!,
    documents: stored.map(({ id }) => id),
    textOf: document => pages.get(document)!.map(({ text }) => text).join(''),
    pageAt: (document, position) => pages.get(document)!.findLast(({ start }) => start <= position)!.number,
  }
}

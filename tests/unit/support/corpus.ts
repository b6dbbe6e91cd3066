import type { Db } from '../../../server/db/connection.ts'
import { write } from '../../../server/db/connection.ts'
import { insertFullText } from '../../../server/db/fulltext.ts'
import { insertVectors } from '../../../server/db/vectors.ts'

export interface TestChunk { text: string, headingPath?: string[], embedding?: Float32Array, page?: number }
export interface TestDocument {
  id: string
  title?: string
  status?: 'queued' | 'processing' | 'ready' | 'failed'
  collection?: string
  createdAt?: string
  chunks: TestChunk[]
}

/** A valid UUID that a failing test can be read by: the number stands at its end. */
export function testId(kind: 'document' | 'chunk', number: number): string {
  return `${kind === 'document' ? '01900000' : '01900001'}-0000-7000-8000-${String(number).padStart(12, '0')}`
}

/**
 * Writes documents as ingestion leaves them, one sentence a chunk, their text on one page; returns the chunk keys
 * in order. With `embedderId` the vector index has to exist.
 */
export function insertDocuments(db: Db, documents: TestDocument[], embedderId: string | null): number[] {
  const keys: number[] = []
  write(db, () => {
    for (const document of documents) {
      const createdAt = document.createdAt ?? '2026-01-01T00:00:00.000Z'
      const documentKey = Number(db.prepare(`
        INSERT INTO documents (id, content_hash, title, filename, media_type, bytes, pages, status, collection, created_at, updated_at)
        VALUES (?, ?, ?, 'file.txt', 'text/plain', 1, 1, ?, ?, ?, ?)`)
        .run(document.id, document.id, document.title ?? `Title ${document.id}`, document.status ?? 'ready',
          document.collection ?? 'default', createdAt, createdAt).lastInsertRowid)
      let start = 0
      document.chunks.forEach((chunk, ordinal) => {
        const end = start + chunk.text.length
        const embedding = chunk.embedding ? Buffer.from(chunk.embedding.buffer, chunk.embedding.byteOffset, chunk.embedding.byteLength) : null
        const chunkKey = Number(db.prepare(`
          INSERT INTO chunks (id, document_key, ordinal, heading_path, page_start, page_end, start, end, text, sentences, tokens, embedding, embedder)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
          .run(testId('chunk', documentKey * 10_000 + ordinal), documentKey, ordinal, JSON.stringify(chunk.headingPath ?? []),
            chunk.page ?? 1, chunk.page ?? 1, start, end, chunk.text, JSON.stringify([[start, end]]),
            Math.ceil(chunk.text.length / 4), embedding, embedding ? embedderId : null).lastInsertRowid)
        keys.push(chunkKey)
        insertFullText(db, [{ chunkKey, headingPath: chunk.headingPath ?? [], text: chunk.text }])
        if (chunk.embedding && embedderId) insertVectors(db, [{ chunkKey, documentKey, embedding: chunk.embedding }])
        start = end
      })
      db.prepare(`INSERT INTO pages (document_key, number, start, end, text, blocks) VALUES (?, 1, 0, ?, ?, '[]')`)
        .run(documentKey, start, document.chunks.map(({ text }) => text).join(''))
    }
  })
  return keys
}

/** A direction made from a seed; equal seeds give equal vectors. */
export function seededUnitVector(seed: number, dimensions: number): Float32Array {
  let state = (seed * 2_654_435_761 + 1) >>> 0
  const vector = Float32Array.from({ length: dimensions }, () => {
    // Mulberry32
    state = (state + 0x6D2B79F5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32 - 0.5
  })
  const norm = Math.hypot(...vector)
  return vector.map(value => value / norm)
}

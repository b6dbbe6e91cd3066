import Database from 'better-sqlite3'
import type { CorpusChunk } from './corpus.ts'

/** Candidates of each plain search, as in the figures of the papers on fusion. */
const CANDIDATES = 100
/** Cormack, Clarke & Büttcher, "Reciprocal rank fusion outperforms Condorcet", SIGIR 2009. */
const RRF_K = 60
/** The English stop words of Lucene's EnglishAnalyzer, and question words. */
const STOP_WORDS = new Set(('a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was '
  + 'will with what which who whom whose when where why how do does did can').split(' '))

/**
 * What anybody gets from SQLite and an embedding model without further thought, over the product's own chunks and vectors:
 * each part ranks chunk ids, best first. They stay as they are when the product gets better, so that the table tells
 * what it adds.
 */
export interface PlainParts {
  /** FTS5 with its porter stemmer and bm25(): the words of the question without stop-words, joined by OR. */
  fts5: (query: string) => string[]
  /** All chunks by the cosine of their stored vectors with the question's. */
  vectors: (embedding: Float32Array) => string[]
  /** Both by reciprocal ranks with equal weights, k = 60. */
  fusion: (...rankings: string[][]) => string[]
  close: () => void
}

export function createPlainParts(chunks: CorpusChunk[]): PlainParts {
  const db = new Database(':memory:')
  db.exec(`CREATE VIRTUAL TABLE plain USING fts5(text, tokenize = 'porter unicode61')`)
  const insert = db.prepare('INSERT INTO plain (rowid, text) VALUES (?, ?)')
  db.transaction(() => chunks.forEach(({ text }, index) => insert.run(index + 1, text)))()
  const match = db.prepare<[string, number], number>('SELECT rowid FROM plain WHERE plain MATCH ? ORDER BY rank, rowid LIMIT ?').pluck()

  return {
    fts5(query) {
      const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
      const kept = [...new Set(words)].filter(word => !STOP_WORDS.has(word))
      return kept.length === 0 ? [] : match.all(kept.map(word => `"${word}"`).join(' OR '), CANDIDATES).map(row => chunks[row - 1]!.id)
    },
    vectors: embedding => chunks
      .flatMap(({ id, embedding: own }, index) => own ? [{ id, index, score: dot(embedding, own) }] : [])
      .sort((a, b) => b.score - a.score || a.index - b.index).slice(0, CANDIDATES).map(({ id }) => id),
    fusion(...rankings) {
      const scores = new Map<string, number>()
      for (const ranking of rankings) {
        for (const [index, id] of ranking.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (RRF_K + index + 1))
      }
      // Sorting is stable: equal scores stay in the order of the first ranking.
      return [...scores].sort((a, b) => b[1] - a[1]).map(([id]) => id)
    },
    close: () => db.close(),
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

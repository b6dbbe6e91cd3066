import { v7 as uuid } from 'uuid'
import type { AnswerEvent, Answerer, AnswerRequest } from '../../../../server/answer/types.ts'
import { topicWords } from '../../../../server/answer/terms.ts'
import { write, type Db } from '../../../../server/db/connection.ts'
import { weighEvidence } from '../../../../server/retrieval/relevance.ts'
import type { RetrievedChunk, Retriever, SearchOutcome } from '../../../../server/retrieval/types.ts'

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** Writes a ready document of one page a paragraph and one chunk a page, and gives its chunks as a search would. */
export function insertDocument(db: Db, { title, paragraphs }: { title: string, paragraphs: string[] }): RetrievedChunk[] {
  const id = uuid()
  const now = new Date().toISOString()
  return write(db, () => {
    const key = Number(db.prepare(`
      INSERT INTO documents (id, content_hash, title, filename, media_type, bytes, pages, status, created_at, updated_at)
      VALUES (?, ?, ?, 'file.txt', 'text/plain', 1, ?, 'ready', ?, ?)
    `).run(id, id, title, paragraphs.length, now, now).lastInsertRowid)
    let start = 0
    return paragraphs.map((paragraph, ordinal) => {
      const text = `${paragraph}\n\n`
      const page = ordinal + 1
      db.prepare(`INSERT INTO pages (document_key, number, start, end, text, blocks) VALUES (?, ?, ?, ?, ?, '[]')`)
        .run(key, page, start, start + text.length, text)
      const sentences = [...segmenter.segment(paragraph)]
        .map(({ index, segment }) => [start + index, start + index + segment.trimEnd().length] as [number, number])
      const chunk: RetrievedChunk = {
        documentId: id, title, chunkId: uuid(), page, start, end: start + paragraph.length, text: paragraph,
        headingPath: [], score: 0, stages: {}, sentences, tokens: Math.ceil(paragraph.length / 4),
      }
      start += text.length
      return chunk
    })
  })
}

/** Ranks the chunks by the share of the query's words they hold. */
export function wordRetriever(chunks: RetrievedChunk[], outcome: Partial<SearchOutcome> = {}): Retriever & { queries: string[] } {
  const queries: string[] = []
  return {
    queries,
    async search({ query, filters, limit }) {
      queries.push(query)
      const words = topicWords(query)
      const results = chunks
        .map(chunk => ({ ...chunk, score: words.filter(word => topicWords(chunk.text).includes(word)).length / words.length }))
        .filter(chunk => chunk.score > 0).toSorted((a, b) => b.score - a.score).slice(0, limit)
      return {
        mode: 'keyword', results, evidence: results.length > 0 ? weighEvidence(null, results[0]!.score) : null,
        scope: { documents: 1, documentsInFilter: 1 },
        trace: { query, mode: 'keyword', filters, timings: {}, candidates: [] },
        ...outcome,
      }
    },
    close: async () => {},
  }
}

/** An answerer that does what a test says. */
export function scripted(script: (request: AnswerRequest, signal: AbortSignal) => AsyncIterable<AnswerEvent>): Answerer {
  return { answer: script }
}

export function pointerTo(chunk: RetrievedChunk, sentence: number, covers = 1): Extract<AnswerEvent, { type: 'pointer' }> {
  const [start, end] = chunk.sentences[sentence]!
  return { type: 'pointer', data: { chunk, start, end, quote: chunk.text.slice(start - chunk.start, end - chunk.start), covers } }
}

export function request(overrides: Partial<AnswerRequest> & Pick<AnswerRequest, 'question' | 'retriever'>): AnswerRequest {
  return { history: [], filters: {}, model: 'extractive', ...overrides }
}

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const event of events) all.push(event)
  return all
}

export function textOf(events: { type: string, data: unknown }[]): string {
  return events.flatMap(event => event.type === 'delta' ? [(event.data as { text: string }).text] : []).join('')
}

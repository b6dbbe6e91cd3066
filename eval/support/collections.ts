import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createChunker } from '../../server/ingest/chunk.ts'
import type { Block } from '../../shared/schemas/documents.ts'

/** A chunk of an evaluation corpus under the name that the questions know it by. */
export interface EvaluationChunk { id: string, text: string, start: number, end: number, sentences: [number, number][], tokens: number }
export interface EvaluationDocument { title: string, chunks: EvaluationChunk[] }
export interface Question {
  text: string
  /** Ids of the chunks that answer it. */
  relevant: Set<string>
  /** Exact ranges that answer it, by document title, where the set has them. */
  references?: { document: string, ranges: [start: number, end: number][] }
}
export interface Collection { name: string, documents: EvaluationDocument[], questions: Question[] }

interface BeirFile {
  corpus: { id: string, title?: string, doc?: string, text: string }[]
  queries: { id: string, text: string, rel: Record<string, number> }[]
}

/** Reads a set of ready-made chunks; chunks with the same `doc` form one document, the others stand alone. */
export function readChunkCollection(folder: string, file: string, countTokens: (text: string) => number): Collection {
  const { corpus, queries } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as BeirFile
  const documents = new Map<string, EvaluationDocument>()
  for (const { id, title, doc, text } of corpus) {
    const document = documents.get(doc ?? id) ?? { title: title ?? '', chunks: [] }
    documents.set(doc ?? id, document)
    const start = document.chunks.at(-1)?.end ?? 0
    document.chunks.push({ id, text, start, end: start + text.length, sentences: [[start, start + text.length]], tokens: countTokens(text) })
  }
  return {
    name: file.replace('.json', ''),
    documents: [...documents.values()],
    questions: queries.map(query => ({ text: query.text, relevant: new Set(Object.keys(query.rel)) })),
  }
}

interface RangeQuestion { question: string, corpus: string, references: { start_index: number, end_index: number }[] }

/** Reads the Markdown corpora with range references and cuts them with the product's own chunker. */
export function readChunkingCollection(folder: string, countTokens: (text: string) => number): Collection {
  const questions = JSON.parse(readFileSync(join(folder, 'questions.json'), 'utf8')) as RangeQuestion[]
  const names = [...new Set(questions.map(question => question.corpus))]
  const documents = names.map((title): EvaluationDocument => {
    const text = readFileSync(join(folder, `${title}.md`), 'utf8')
    const blocks: Block[] = [...text.matchAll(/[^\n](?:.|\n(?!\n))*/g)]
      .map(match => ({ kind: 'paragraph', start: match.index, end: match.index + match[0].length }))
    const chunker = createChunker({ countTokens })
    const drafts = [...chunker.push({ number: 1, start: 0, end: text.length, text, blocks }), ...chunker.finish()]
    return { title, chunks: drafts.map(draft => ({ ...draft, id: `${title}:${draft.start}` })) }
  })
  return {
    name: 'chunking',
    documents,
    questions: questions.map(({ question, corpus, references }) => {
      const ranges = references.map(({ start_index, end_index }): [number, number] => [start_index, end_index])
      const chunks = documents.find(document => document.title === corpus)!.chunks
      const relevant = chunks.filter(chunk => ranges.some(([start, end]) => chunk.start < end && chunk.end > start)).map(chunk => chunk.id)
      return { text: question, relevant: new Set(relevant), references: { document: corpus, ranges } }
    }),
  }
}

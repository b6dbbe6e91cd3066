import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluationSet, SetName } from './types.ts'

interface BeirFile {
  corpus: { id: string, title?: string, text: string }[]
  queries: { id: string, text: string, rel: Record<string, number>, answers?: string[] }[]
}

/** A set of ready-made passages, `{ corpus, queries }`: each becomes a document of its own, with its title where it has one. */
function readPassages(name: SetName, folder: string): EvaluationSet {
  const file = `${name}.json`
  const content = readFileSync(join(folder, file))
  const { corpus, queries } = JSON.parse(content.toString('utf8')) as BeirFile
  const fileNames = new Map(corpus.map(({ id }) => [id, `${shortName(id)}.txt`]))
  if (new Set(fileNames.values()).size < corpus.length) throw new Error(`${file}: two passages would get the same file name.`)
  return {
    name,
    files: corpus.map(({ id, title, text }) => ({ name: fileNames.get(id)!, content: text, ...title && { title } })),
    questions: queries.map(({ id, text, rel, answers }) => ({
      id, text, documents: Object.keys(rel).map(passage => fileNames.get(passage)!), ...answers && { answers },
    })),
    checksums: { [file]: sha256(content) },
  }
}

/** Passages of code are named by a hash of 64 digits and a number; as a title it would fill a fifth of the model's window. */
function shortName(id: string): string {
  return id.replace(/^([0-9a-f]{8})[0-9a-f]{56}:/, '$1-')
}

interface RangeQuestion { question: string, corpus: string, references: { content: string, start_index: number }[] }

/** Markdown corpora with exact excerpts (brandonstarxel/chunking_evaluation), uploaded as the files they are. */
function readExcerpts(name: SetName, folder: string): EvaluationSet {
  const questions = readFileSync(join(folder, 'chunking/questions.json'))
  const parsed = JSON.parse(questions.toString('utf8')) as RangeQuestion[]
  const files = [...new Set(parsed.map(({ corpus }) => corpus))].map(corpus => ({ name: `${corpus}.md`, content: readFileSync(join(folder, `chunking/${corpus}.md`)) }))
  const lengths = new Map(files.map(file => [file.name, file.content.toString('utf8').length]))
  return {
    name,
    files,
    questions: parsed.map(({ question, corpus, references }, index) => {
      const document = `${corpus}.md`
      return {
        id: String(index), text: question, documents: [document],
        references: references.map(({ content, start_index: start }) => ({ document, text: content, place: start / lengths.get(document)! })),
      }
    }),
    checksums: { 'chunking/questions.json': sha256(questions), ...Object.fromEntries(files.map(file => [`chunking/${file.name}`, sha256(file.content)])) },
  }
}

interface PaperQuestion { question: string, answer: string, file: string }

/** Papers as PDF with questions that people answered in their own words (deepset-ai/haystack-evaluation). */
function readPapers(name: SetName, folder: string): EvaluationSet {
  const questions = readFileSync(join(folder, 'papers/questions.json'))
  const files = readdirSync(join(folder, 'papers')).filter(file => file.endsWith('.pdf')).sort()
    .map(file => ({ name: file, content: readFileSync(join(folder, 'papers', file)) }))
  return {
    name,
    files,
    questions: (JSON.parse(questions.toString('utf8')) as PaperQuestion[]).map(({ question, answer, file }, index) => ({
      id: String(index), text: question, documents: [file], freeAnswer: answer,
    })),
    checksums: { 'papers/questions.json': sha256(questions), ...Object.fromEntries(files.map(file => [`papers/${file.name}`, sha256(file.content)])) },
  }
}

/** The sets of `../shared/eval`: how each is read, and the file by which it is known to be there. */
export const SHARED_SETS: Record<Exclude<SetName, 'samples'>, { file: string, read: (name: SetName, folder: string) => EvaluationSet }> = {
  'codebase': { file: 'codebase.json', read: readPassages },
  'xquad-en': { file: 'xquad-en.json', read: readPassages },
  'chunking': { file: 'chunking/questions.json', read: readExcerpts },
  'papers': { file: 'papers/questions.json', read: readPapers },
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

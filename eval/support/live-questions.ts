import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CANARY, INJECTED } from '../../tests/fixtures/injection/index.ts'
import { sampler } from './sampler.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
/** Which questions are put is the same in every run with the same number of them. */
const SEED = 5

export interface LiveQuestion {
  text: string
  /** Questions asked before it in the same chat, oldest first. */
  after?: string[]
  /** File names of the documents that answer it; none: nothing in the set does. */
  documents: string[]
  /** Strings of which an answering sentence contains one. */
  answers: string[]
  /** The files to search in; all by default. */
  only?: string[]
  /** What stands in an answer that has obeyed a document. */
  canary?: string
}

export interface LiveSet { name: string, files: { name: string, content: string | Buffer }[], questions: LiveQuestion[] }

export const LIVE_SETS = ['samples', 'xquad-en', 'injection'] as const
export type LiveSetName = typeof LIVE_SETS[number]

/** Questions that none of the sample documents answers, some of them close to their subject. */
const BESIDE_SAMPLES = [
  'How much does a concert ticket for a ragtime festival cost in euros?', 'What is the boiling point of liquid xenon?',
  'Which football club did Scott Joplin support?', 'How many strings does a harpsichord have?',
  'What did Scott Joplin think of the bossa nova?', 'Who won the chess championship of Sedalia in 1950?',
]

const FOLLOW_UPS: LiveQuestion[] = [
  { text: 'When was it signed?', after: ['What did the contract for the Maple Leaf Rag pay Scott Joplin?'], documents: ['scott-joplin.docx'], answers: ['10 August 1899'] },
  { text: 'Which dances replaced it?', after: ['What did the cakewalk make fun of?'], documents: ['cakewalk.txt'], answers: ['turkey trot'] },
]

/**
 * The questions of a set and the documents that they are about; null where its data is not beside the repository.
 *
 * @param size so many questions of a kind at most: with an answer, following up, without one
 */
export function readLiveSet(name: LiveSetName, size: number): LiveSet | null {
  const pick = sampler(SEED)
  switch (name) {
    case 'samples':
      return readSamples(pick, size)
    case 'xquad-en':
      return readXquad(pick, size)
    case 'injection':
      return {
        name, files: INJECTED.map(({ file }) => file),
        questions: pick(INJECTED, size).map(({ file, question, fact }) => ({ text: question, documents: [file.name], answers: [fact], only: [file.name], canary: CANARY })),
      }
  }
}

type Pick = ReturnType<typeof sampler>

function readSamples(pick: Pick, size: number): LiveSet {
  const folder = join(root, 'samples')
  const read = <T>(file: string) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as T
  const questions = read<{ question: string, file?: string, expect?: string }[]>('questions.json')
    .filter((entry): entry is { question: string, file: string, expect: string } => entry.file !== undefined && entry.expect !== undefined)
  return {
    name: 'samples',
    files: read<{ file: string }[]>('manifest.json').map(({ file }) => ({ name: basename(file), content: readFileSync(join(folder, file)) })),
    questions: [
      ...pick(questions, size).map(({ question, file, expect }): LiveQuestion => ({ text: question, documents: [basename(file)], answers: [expect] })),
      ...pick(FOLLOW_UPS, size),
      ...pick(BESIDE_SAMPLES, size).map((text): LiveQuestion => ({ text, documents: [], answers: [] })),
    ],
  }
}

/** Each paragraph is a document. A question that cannot be answered is one whose paragraphs are left out of the search. */
function readXquad(pick: Pick, size: number): LiveSet | null {
  const path = join(root, '../shared/eval/xquad-en.json')
  if (!existsSync(path)) return null
  const { corpus, queries } = JSON.parse(readFileSync(path, 'utf8')) as {
    corpus: { id: string, text: string }[]
    queries: { text: string, rel: Record<string, number>, answers: string[] }[]
  }
  const files = corpus.map(({ id, text }) => ({ name: `${id}.txt`, content: text }))
  return {
    name: 'xquad-en', files,
    questions: pick(queries, size).flatMap(({ text, rel, answers }): LiveQuestion[] => {
      const right = Object.keys(rel).map(id => `${id}.txt`)
      const rest = files.map(file => file.name).filter(file => !right.includes(file))
      return [{ text, documents: right, answers }, { text, documents: [], answers: [], only: rest }]
    }),
  }
}

import { standaloneQuery } from '../server/answer/standalone.ts'
import type { RetrievalTrace } from '../server/retrieval/types.ts'
import { readSet } from './sets/index.ts'
import type { EvaluationQuestion, EvaluationSet, SetName } from './sets/types.ts'
import { answerValues } from './support/answer-values.ts'
import { ask, type Asked } from './support/asking.ts'
import { readCorpus, type Corpus } from './support/corpus.ts'
import { createGoldFinder, type Gold } from './support/gold.ts'
import { openLibrary, type Library } from './support/library.ts'
import { median } from './support/metrics.ts'
import { createPlainParts, type PlainParts } from './support/plain-parts.ts'
import { rankingValues } from './support/ranking-values.ts'
import type { Switches } from './support/switches.ts'

/** Chunks of a ranking that are looked at. */
const LIMIT = 50
/** In a dump; enough to see what stood where the answer should have. */
const DUMPED = 10

/** Values of one question by system (`ragtime`, a plain part, or one of the product's own stages) and metric. */
export interface QuestionResult {
  set: SetName
  id: string
  question: string
  values: Record<string, Record<string, number>>
  /** For looking at failures. */
  wanted: { documents: string[], answers: string[] }
  found: { document: string, start: number, end: number, text: string }[]
  cited: { document: string, quote: string }[]
  outcome: string | null
}

export interface SetResult {
  name: SetName
  questions: QuestionResult[]
  checksums: Record<string, string>
  /** Passages that the set names and that could not be found in the canonical text, of so many. */
  unmapped: { passages: number, of: number }
  /** Questions whose answer is known and of which no passage could be found. */
  withoutPassage: number
  documents: number
  chunks: number
  embedderId: string | null
  /** Seconds until all documents were searchable, and milliseconds of a search in the middle: of this machine, now. */
  timings: { ingest: number, search: number }
}

export interface MeasureChoices {
  /** Leaves the answers out: what depends on them is not measured, and it takes a fraction of the time. */
  searchOnly?: boolean
  note?: (text: string) => void
}

/**
 * Uploads the documents of a set into a new library, and searches for and asks each of its questions, once for each of the
 * configurations; those that differ in the search alone share what was read.
 *
 * @returns the results in the order of the configurations
 */
export async function measureSet(name: SetName, configurations: Switches[], choices: MeasureChoices = {}): Promise<SetResult[]> {
  const set = await readSet(name)
  const results = new Map<Switches, SetResult>()
  for (const group of Map.groupBy(configurations, ({ keyword = false, rerankModel = '' }) => `${keyword} ${rerankModel}`).values()) {
    const { keyword, rerankModel } = group[0]!
    const library = await openLibrary({ keyword, rerankModel, repeatable: true })
    try {
      const started = performance.now()
      await library.ingest(set.files)
      const seconds = (performance.now() - started) / 1000
      const corpus = readCorpus(library.db, set.files)
      const parts = createPlainParts(corpus.chunks)
      choices.note?.(`${name}: ${corpus.documents.length} documents, ${corpus.chunks.length} chunks, searchable after ${seconds.toFixed(1)} s; ${set.questions.length} questions`)
      for (const configuration of group) {
        const { keyword: _, rerankModel: __, ...search } = configuration
        library.configure(search)
        const { timings, ...result } = await measureQuestions(set, { library, corpus, parts, searchOnly: choices.searchOnly ?? false })
        results.set(configuration, { ...result, timings: { ...timings, ingest: seconds } })
      }
      parts.close()
    }
    finally {
      await library.close()
    }
  }
  return configurations.map(configuration => results.get(configuration)!)
}

interface Measuring { library: Library, corpus: Corpus, parts: PlainParts, searchOnly: boolean }

async function measureQuestions(set: EvaluationSet, measuring: Measuring): Promise<Omit<SetResult, 'timings'> & { timings: { search: number } }> {
  const { library, corpus } = measuring
  const goldOf = createGoldFinder(corpus)
  const golds = set.questions.map(goldOf)
  const questions: QuestionResult[] = []
  const searches: number[] = []
  for (const [index, question] of set.questions.entries()) {
    const { result, ms } = await measureQuestion(question, golds[index]!, measuring)
    questions.push({ set: set.name, ...result })
    searches.push(ms)
  }
  return {
    name: set.name, questions, checksums: set.checksums,
    unmapped: { passages: golds.reduce((sum, gold) => sum + gold.unmapped, 0), of: set.questions.reduce((sum, { references = [] }) => sum + references.length, 0) },
    withoutPassage: set.questions.filter(({ answers, references, freeAnswer }, index) => (answers ?? references ?? freeAnswer) !== undefined && golds[index]!.passages.length === 0).length,
    documents: corpus.documents.length, chunks: corpus.chunks.length, embedderId: library.embedder?.id ?? null,
    timings: { search: median(searches) },
  }
}

async function measureQuestion(question: EvaluationQuestion, gold: Gold, measuring: Measuring): Promise<{ result: Omit<QuestionResult, 'set'>, ms: number }> {
  const { library, corpus, searchOnly } = measuring
  const asked = searchOnly ? null : await ask(library, question)
  // A follow-up is searched for as the answerer makes it stand alone.
  const query = asked?.trace.queries[0] ?? standaloneQuery(question.text, (question.after ?? []).map(content => ({ role: 'user', content })))
  const { trace } = await library.retriever.search({ query, filters: {}, limit: LIMIT })
  const rankings = { ragtime: pipelineRanking(trace), ...stageRankings(trace), ...await plainRankings(query, measuring) }

  const values: Record<string, Record<string, number>> = { ragtime: {} }
  if (gold.documents.size > 0) for (const [system, ranking] of Object.entries(rankings)) values[system] = rankingValues(ranking, gold, corpus)
  if (asked) Object.assign(values.ragtime!, await askedValues(asked, question, gold, measuring))
  const { citations = [], outcome = null } = asked?.answer ?? {}
  return {
    ms: trace.timings.total!,
    result: {
      id: question.id, question: question.text, values, outcome,
      wanted: { documents: question.documents, answers: question.answers ?? gold.passages.map(({ document, range }) => corpus.textOf(document).slice(...range)) },
      found: rankings.ragtime.slice(0, DUMPED).map(corpus.chunk).map(({ document, start, end, text }) => ({ document: corpus.fileOf(document), start, end, text })),
      cited: citations.map(({ documentId, quote }) => ({ document: corpus.fileOf(documentId), quote })),
    },
  }
}

/** Of the answer, and of a second one without the documents that hold it; a question that nothing answers is asked once. */
async function askedValues(asked: Asked, question: EvaluationQuestion, gold: Gold, { library, corpus }: Measuring): Promise<Record<string, number>> {
  if (gold.documents.size === 0) return { scoreWithout: asked.score, refusedUnanswerable: Number(asked.refused) }
  const without = await ask(library, question, corpus.documents.filter(id => !gold.documents.has(id)))
  return { ...answerValues(asked, gold, question.answers), scoreWithout: without.score, refusedWithout: Number(without.refused) }
}

/** Chunks as the product ranks them for what is shown; a copy of a better one's text is none of them. */
function pipelineRanking({ candidates }: RetrievalTrace): string[] {
  return candidates.filter(({ dropped }) => dropped === null).map(({ chunkId }) => chunkId)
}

/** The ranking of each stage that the trace tells of, as `stage text`; only what the stage itself has ranked. */
function stageRankings({ candidates }: RetrievalTrace): Record<string, string[]> {
  const stages = [...new Set(candidates.flatMap(({ stages }) => Object.keys(stages)))] as (keyof typeof candidates[number]['stages'])[]
  return Object.fromEntries(stages.map(stage => [`stage ${stage}`, candidates
    .flatMap(({ chunkId, stages }) => stages[stage] ? [{ chunkId, rank: stages[stage].rank }] : [])
    .sort((a, b) => a.rank - b.rank).map(({ chunkId }) => chunkId)]))
}

async function plainRankings(query: string, { library: { embedder }, parts }: Measuring): Promise<Record<string, string[]>> {
  const fts5 = parts.fts5(query)
  if (!embedder) return { fts5 }
  const [embedding] = await embedder.embed([query], 'query')
  const vectors = parts.vectors(embedding!)
  return { fts5, vectors, fusion: parts.fusion(fts5, vectors) }
}

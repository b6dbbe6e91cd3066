import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildModel } from '../script/build-model.ts'
import { createMiniLmEmbedder } from '../server/embed/minilm.ts'
import { createRetriever } from '../server/retrieval/index.ts'
import { isRelevant } from '../server/retrieval/relevance.ts'
import type { RetrievalTrace, Retriever } from '../server/retrieval/types.ts'
import { readChunkCollection, readChunkingCollection, type Collection, type EvaluationChunk } from './support/collections.ts'
import { createDatabase, fillDatabase } from './support/database.ts'
import { characterRecall, mean, rankingMetrics, type RankingMetrics } from './support/metrics.ts'

/**
 * Measures retrieval as the product runs it (its threads, its index, its fusion): `node eval/retrieval.ts`.
 * Needs the evaluation data in ../shared/eval beside the repository, or its folder as the argument.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const data = process.argv[2] ?? join(root, '../shared/eval')
const modelDir = join(root, '.model/all-MiniLM-L6-v2')
/** Every candidate is in the trace; the limit only bounds what is returned. */
const LIMIT = 50

/** Figures of others on the whole sets; ours are on their development parts, so a few points either way say nothing. */
const PUBLISHED: Record<string, string> = {
  'codebase': 'Pass@5: voyage-2 80.9, contextual + BM25 86.4, + Cohere rerank 91.2 (anthropics/claude-cookbooks)',
  'xquad-en': 'R@1: MiniLM 88.5',
  'chunking': 'character recall@5, 200/0 tokens: text-embedding-3-large 88.1, MiniLM 75.7 (brandonstarxel/chunking_evaluation)',
}

interface Indexed { collection: Collection, retriever: Retriever, names: Map<string, string>, documents: Map<string, string> }

if (!existsSync(join(data, 'xquad-en.json'))) {
  console.error(`There is no evaluation data in ${data}: give its folder as the argument.`)
  process.exit(1)
}
buildModel(modelDir)
const embedder = await createMiniLmEmbedder({ modelDir, entry: join(root, 'server/embed/worker.ts') })
const folder = mkdtempSync(join(tmpdir(), 'ragtime-eval-'))

try {
  const collections = [
    readChunkCollection(data, 'codebase.json', embedder.countTokens),
    readChunkCollection(data, 'xquad-en.json', embedder.countTokens),
    readChunkingCollection(join(data, 'chunking'), embedder.countTokens),
  ]
  const indexed: Indexed[] = []
  for (const collection of collections) indexed.push(await index(collection))
  for (const item of indexed) await measureRanking(item)
  await measureRelevance(indexed)
  for (const { retriever } of indexed) await retriever.close()
}
finally {
  await embedder.close()
  rmSync(folder, { recursive: true, force: true })
}

async function index(collection: Collection): Promise<Indexed> {
  const path = join(folder, `${collection.name}.db`)
  const db = createDatabase(path)
  const start = performance.now()
  const names = await fillDatabase(db, collection, embedder)
  const seconds = (performance.now() - start) / 1000
  console.log(`${collection.name}: ${names.size} chunks indexed in ${seconds.toFixed(1)} s (${(names.size / seconds).toFixed(0)} a second)`)
  const rows = db.prepare<[], { chunk: string, document: string }>('SELECT c.id AS chunk, d.id AS document FROM chunks c JOIN documents d ON d.key = c.document_key').all()
  const documents = new Map(rows.map(({ chunk, document }) => [names.get(chunk)!, document]))
  const retriever = await createRetriever({ databasePath: path, entry: join(root, 'server/retrieval/worker.ts'), embedder })
  return { collection, retriever, names, documents }
}

async function measureRanking({ collection, retriever, names }: Indexed): Promise<void> {
  const stages = ['text', 'vector', 'fusion'] as const
  const metrics: Record<typeof stages[number], RankingMetrics[]> = { text: [], vector: [], fusion: [] }
  const recalls: Record<typeof stages[number], number[]> = { text: [], vector: [], fusion: [] }
  const chunks = new Map(collection.documents.flatMap(({ title, chunks }) => chunks.map(chunk => [chunk.id, { ...chunk, document: title }])))
  const times: number[] = []
  for (const { text, relevant, references } of collection.questions) {
    const { trace } = await retriever.search({ query: text, filters: {}, limit: LIMIT })
    times.push(trace.timings.total!)
    for (const stage of stages) {
      const ranking = rankedBy(trace, stage).map(id => names.get(id)!)
      metrics[stage].push(rankingMetrics(ranking, relevant))
      if (references) {
        const top = ranking.slice(0, 5).map(id => chunks.get(id)!)
          .filter((chunk): chunk is EvaluationChunk & { document: string } => chunk.document === references.document)
        recalls[stage].push(characterRecall(top, references.ranges))
      }
    }
  }
  console.log(`\n${collection.name}: ${collection.questions.length} questions, ${mean(times).toFixed(1)} ms each. Published: ${PUBLISHED[collection.name]}`)
  console.table(Object.fromEntries(stages.map(stage => [stage, {
    'R@1': percent(mean(metrics[stage].map(item => item.hitAt1))),
    'R@5': percent(mean(metrics[stage].map(item => item.hitAt5))),
    'Pass@5': percent(mean(metrics[stage].map(item => item.passAt5))),
    'MRR': percent(mean(metrics[stage].map(item => item.reciprocalRank))),
    ...recalls[stage].length > 0 && { 'characters@5': percent(mean(recalls[stage])) },
  }])))
}

/** Chunk ids in the order of one stage; only what the stage itself ranked. */
function rankedBy(trace: RetrievalTrace, stage: 'text' | 'vector' | 'fusion'): string[] {
  return trace.candidates.filter(({ stages }) => stages[stage])
    .toSorted((a, b) => a.stages[stage]!.rank - b.stages[stage]!.rank).map(({ chunkId }) => chunkId)
}

/** How often "not in your documents" is right: with the answer there, with the subject there alone, and off the subject. */
async function measureRelevance(indexed: Indexed[]): Promise<void> {
  const rows: Record<string, Record<string, string>> = {}
  for (const { collection, retriever, documents } of indexed) {
    const answered = await share(collection.questions.map(question => ({ retriever, query: question.text })))
    const foreign = indexed.filter(other => other.collection !== collection)
    const offSubject = await share(foreign.flatMap(other => collection.questions.map(({ text }) => ({ retriever: other.retriever, query: text }))))
    // Each XQuAD paragraph is a document of its own, so a filter takes the answering ones out.
    const all = [...new Set(documents.values())]
    const withoutAnswer = collection.name !== 'xquad-en'
      ? null
      : await share(collection.questions.map(({ text, relevant }) => {
          const answering = new Set([...relevant].map(id => documents.get(id)))
          return { retriever, query: text, documents: all.filter(id => !answering.has(id)) }
        }))
    rows[collection.name] = {
      'answer there': percent(answered),
      'only its neighbours there': withoutAnswer === null ? '' : percent(withoutAnswer),
      'other subjects there': percent(offSubject),
    }
  }
  console.log('\nShare of questions that count as answerable')
  console.table(rows)
}

async function share(searches: { retriever: Retriever, query: string, documents?: string[] }[]): Promise<number> {
  let relevant = 0
  for (const { retriever, query, documents } of searches) {
    if (isRelevant(await retriever.search({ query, filters: { documents }, limit: 10 }))) relevant++
  }
  return relevant / searches.length
}

function percent(value: number): string {
  return (value * 100).toFixed(1)
}

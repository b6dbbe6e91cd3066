/**
 * How often a keyless answer cites a sentence that contains a gold answer of XQuAD, each paragraph uploaded as a
 * document of its own, through the whole product but for its HTTP:
 *
 *   node eval/xquad.ts [--keyword] [--errors] [file]
 *
 * `--keyword` leaves the embedding model out; `--errors` prints each question that fails. Needs
 * ../shared/eval/xquad-en.json beside the repository, or its path as the argument.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createChat } from '../server/db/chats.ts'
import { getMessage } from '../server/db/messages.ts'
import type { Message } from '../shared/schemas/chats.ts'
import { openLibrary, type Library } from './support/library.ts'

interface XQuad {
  corpus: { id: string, text: string }[]
  queries: { id: string, text: string, rel: Record<string, number>, answers: string[] }[]
}
type Query = XQuad['queries'][number]
type Kind = 'cited' | 'said that nothing is relevant' | 'document not found' | 'document found, another quoted' | 'other sentences of the document' | 'answer runs over sentences' | 'failed'

const flags = process.argv.slice(2)
const file = flags.find(flag => !flag.startsWith('--')) ?? join(fileURLToPath(new URL('..', import.meta.url)), '../shared/eval/xquad-en.json')
if (!existsSync(file)) {
  console.error(`There is no ${file}: give the path of xquad-en.json as the argument.`)
  process.exit(1)
}
const { corpus, queries } = JSON.parse(readFileSync(file, 'utf8')) as XQuad
const library = await openLibrary({ keyword: flags.includes('--keyword') })

try {
  const started = performance.now()
  await library.ingest(corpus.map(({ id, text }) => ({ name: `${id}.txt`, content: text })))
  const { chunks } = library.db.prepare('SELECT count(*) AS chunks FROM chunks').get() as { chunks: number }
  console.log(`${corpus.length} documents, ${chunks} chunks, searchable after ${((performance.now() - started) / 1000).toFixed(1)} s`)

  const kinds: Partial<Record<Kind, number>> = {}
  let sentences = 0
  let answered = 0
  for (const query of queries) {
    const { kind, answer } = await ask(library, query)
    kinds[kind] = (kinds[kind] ?? 0) + 1
    if (answer.citations.length > 0) answered++
    sentences += answer.citations.length
    if (flags.includes('--errors') && kind !== 'cited') {
      console.log(`\n${kind}: ${query.text} → ${query.answers[0]}\n${answer.citations.map(({ title, quote }) => `    ${title}: ${quote}`).join('\n')}`)
    }
  }
  console.log(`\n${queries.length} questions, ${(sentences / answered).toFixed(2)} sentences quoted an answer`)
  for (const [kind, count] of Object.entries(kinds).sort((a, b) => b[1] - a[1])) {
    console.log(`${(100 * count / queries.length).toFixed(1).padStart(6)} %  ${String(count).padStart(4)}  ${kind}`)
  }
}
finally {
  await library.close()
}

async function ask({ db, runs, retriever }: Library, query: Query): Promise<{ kind: Kind, answer: Message }> {
  const { answer: { id }, run } = runs.ask(createChat(db, {}).id, { content: query.text })
  for await (const _ of runs.follow(run.id, 0)) { /* until its end */ }
  const answer = getMessage(db, id)!
  if (answer.status !== 'complete') return { kind: 'failed', answer }
  const holds = (text: string) => query.answers.some(gold => text.includes(gold))
  if (answer.citations.some(({ quote }) => holds(quote))) return { kind: 'cited', answer }
  if (answer.outcome === 'nothing_relevant') return { kind: 'said that nothing is relevant', answer }

  const right = (title: string) => Object.keys(query.rel).includes(title.replace(/\.txt$/, ''))
  const { results } = await retriever.search({ query: query.text, filters: {}, limit: 12 })
  const found = results.filter(({ title }) => right(title))
  if (found.length === 0) return { kind: 'document not found', answer }
  const whole = found.some(chunk => chunk.sentences.some(([start, end]) => holds(chunk.text.slice(start - chunk.start, end - chunk.start))))
  if (!whole) return { kind: 'answer runs over sentences', answer }
  return { kind: answer.citations.some(({ title }) => right(title)) ? 'other sentences of the document' : 'document found, another quoted', answer }
}

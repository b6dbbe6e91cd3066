/**
 * Measures answers by Claude, with a real key and for real money:
 *
 *     ANTHROPIC_API_KEY=… npm run eval -- --live [--sets samples,xquad-en,injection] [--questions 8] [--max-usd 0.5]
 *                                                [--model claude-sonnet-5-5] [--keyword] [--dump answers.jsonl]
 *
 * The questions are those of the keyless evaluation, follow-ups and questions without an answer beside them, and documents
 * that give instructions. `--questions` bounds each kind in each set. No question is put once the next might cost more than
 * `--max-usd`. `--keyword` leaves the embedding model out. Without a key it says so and ends well.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createClaudeAnswerer } from '../server/answer/claude.ts'
import { CLAUDE_MODELS, claudeModel, modelList } from '../server/answer/models.ts'
import { PROMPT_VERSION } from '../server/answer/prompts/version.ts'
import type { RunReport } from '../server/answer/run-report.ts'
import { createRunManager } from '../server/answer/runs.ts'
import { createChat } from '../server/db/chats.ts'
import { getMessage } from '../server/db/messages.ts'
import { openLibrary } from './support/library.ts'
import { LIVE_SETS, readLiveSet, type LiveSet, type LiveSetName } from './support/live-questions.ts'
import { liveFigures, type LiveAnswer, type LiveFigures } from './support/live-values.ts'

interface Options { sets: LiveSetName[], questions: number, maxUsd: number, model: string, keyword: boolean, dump: string | null }
interface Connection { apiKey: string, baseUrl: string | null }

/** What an answer may cost before one has been seen: 12 passages and a long answer by the dearest model, by its prices. */
const FIRST_GUESS_USD = 0.05

const { ANTHROPIC_API_KEY: apiKey, ANTHROPIC_BASE_URL: baseUrl } = process.env
try {
  const options = readOptions(process.argv.slice(2))
  if (apiKey) await measure(options, { apiKey, baseUrl: baseUrl ?? null })
  else console.log('Skipped: no key is set, so Claude was not asked. ANTHROPIC_API_KEY=… npm run eval -- --live does it, for $0.50 at most.')
}
catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 2
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      'sets': { type: 'string', default: LIVE_SETS.join(',') }, 'questions': { type: 'string', default: '8' }, 'max-usd': { type: 'string', default: '0.5' },
      'model': { type: 'string', default: CLAUDE_MODELS[0]!.id }, 'keyword': { type: 'boolean', default: false }, 'dump': { type: 'string' },
    },
  })
  const sets = values.sets.split(',')
  const unknown = sets.filter(name => !(LIVE_SETS as readonly string[]).includes(name))
  if (unknown.length > 0) throw new Error(`There is no set ${unknown.join(', ')}: name some of ${LIVE_SETS.join(', ')}.`)
  const questions = Number(values.questions)
  if (!Number.isInteger(questions) || questions < 1) throw new Error('--questions takes a whole number from 1 on.')
  const maxUsd = Number(values['max-usd'])
  if (!(maxUsd > 0)) throw new Error('--max-usd takes an amount in dollars.')
  if (claudeModel(values.model).prices === null) {
    throw new Error(`The price of ${values.model} is not known, so the limit could not be kept. Choose one of ${CLAUDE_MODELS.map(({ id }) => id).join(', ')}.`)
  }
  return { sets: sets as LiveSetName[], questions, maxUsd, model: values.model, keyword: values.keyword, dump: values.dump ?? null }
}

async function measure(options: Options, connection: Connection): Promise<void> {
  console.log(`${options.model}, prompts of version ${PROMPT_VERSION}, at most ${options.questions} questions of a kind, at most $${options.maxUsd}`)
  const table: Record<string, ReturnType<typeof row>> = {}
  const dumped: LiveAnswer[] = []
  let spent = 0
  for (const name of options.sets) {
    const set = readLiveSet(name, options.questions)
    if (!set) {
      console.log(`Skipped: ${name}, whose data is not beside the repository, in ../shared/eval.`)
      continue
    }
    const answers = await askAll(set, options, connection, options.maxUsd - spent)
    dumped.push(...answers)
    if (answers.length < set.questions.length) {
      console.log(`${name}: ${set.questions.length - answers.length} of ${set.questions.length} questions were not put, to stay below $${options.maxUsd}. --max-usd raises the limit.`)
    }
    for (const { question, message } of answers) if (message.error) console.log(`${name}: “${question.text}” failed: ${message.error.message}`)
    if (answers.length === 0) continue
    const figures = liveFigures(answers)
    spent += figures.usd
    table[name] = row(figures)
  }
  console.table(table)
  console.log(`Cost $${spent.toFixed(4)} in all.`)
  if (options.dump) writeFileSync(options.dump, dumped.map(answer => `${JSON.stringify(answer)}\n`).join(''))
}

/** One question after another, each in a new chat, until all are answered or the next one might cost more than is left. */
async function askAll(set: LiveSet, { model, keyword }: Options, connection: Connection, budget: number): Promise<LiveAnswer[]> {
  const library = await openLibrary({ keyword })
  const { db, retriever } = library
  const reports = new Map<string, RunReport>()
  const claude = createClaudeAnswerer({ connection, embedder: library.embedder })
  const runs = createRunManager({
    db, retriever, models: modelList({ hasKey: true, configured: model }), answererFor: () => claude,
    onEnd: report => reports.set(report.runId, report),
  })
  try {
    await library.ingest(set.files)
    const documents = db.prepare('SELECT id, filename FROM documents').all() as { id: string, filename: string }[]
    const idOf = new Map(documents.map(({ id, filename }) => [filename, id]))
    const fileOf = new Map(documents.map(({ id, filename }) => [id, filename]))
    const answers: LiveAnswer[] = []
    let spent = 0
    let dearest = FIRST_GUESS_USD
    for (const question of set.questions) {
      if (spent + dearest > budget) break
      const filters = question.only ? { documents: question.only.map(file => idOf.get(file)!) } : {}
      const chat = createChat(db, {})
      const ask = async (content: string) => {
        const { answer, run } = runs.ask(chat.id, { content, filters, model })
        for await (const _ of runs.follow(run.id, 0)) { /* until its end */ }
        const report = reports.get(run.id)!
        spent += report.costUsd ?? 0
        return { message: getMessage(db, answer.id)!, report }
      }
      const before = spent
      for (const earlier of question.after ?? []) await ask(earlier)
      const usdBefore = spent - before
      const { message: { status, outcome, content, sentences, error, citations }, report } = await ask(question.text)
      dearest = answers.length === 0 ? spent - before : Math.max(dearest, spent - before)
      answers.push({
        question, report, usdBefore,
        message: { status, outcome, content, sentences, error, citations: citations.map(({ documentId, quote }) => ({ file: fileOf.get(documentId)!, quote })) },
      })
    }
    return answers
  }
  finally {
    await runs.shutdown()
    await library.close()
  }
}

function row(figures: LiveFigures) {
  const percent = (value: number | null) => value === null ? '' : (100 * value).toFixed(1)
  return {
    'answers': figures.answers,
    'failed': figures.failed,
    'citation precision': percent(figures.citationPrecision),
    'citation recall': percent(figures.citationRecall),
    'unsupported': percent(figures.unsupported),
    'abstained': percent(figures.abstained),
    'wrongly': percent(figures.refused),
    'obeyed': percent(figures.obeyed),
    'dropped': figures.droppedCitations,
    'searches': figures.searches.toFixed(2),
    'tokens in': Math.round(figures.inputTokens),
    'out': Math.round(figures.outputTokens),
    'cached': percent(figures.cacheHits),
    '$/answer': figures.usdPerAnswer.toFixed(4),
    'seconds': figures.medianSeconds.toFixed(1),
  }
}

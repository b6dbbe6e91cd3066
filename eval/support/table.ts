import type { QuestionResult, SetResult } from '../measure.ts'
import type { SetName } from '../sets/types.ts'
import { bootstrapInterval, type Interval } from './bootstrap.ts'
import { mean } from './metrics.ts'
import { caughtAt, rocArea, type Scores } from './roc.ts'

/** At most this share of the questions that can be answered may be refused. */
const REFUSALS = 0.05

/** One metric of one set: the mean over questions that have the value, or a statistic over two of them. */
interface Metric {
  label: string
  /** Of answers and refusals there is nothing to compare with the plain parts. */
  of: 'ranking' | 'answers'
  /** Shown as it is and not as a percentage. */
  plain?: boolean
}

/** Every metric by what it says; the functions that compute them define them. */
const METRICS = {
  documentAt1: { label: 'right document first', of: 'ranking' },
  documentAt5: { label: 'right document among 5', of: 'ranking' },
  passAt5: { label: 'Pass@5', of: 'ranking' },
  passAt10: { label: 'Pass@10', of: 'ranking' },
  passAt20: { label: 'Pass@20', of: 'ranking' },
  ndcgAt10: { label: 'nDCG@10', of: 'ranking' },
  mrr: { label: 'MRR', of: 'ranking' },
  chunkAt1: { label: 'first chunk holds some of the answer', of: 'ranking' },
  chunkMrr: { label: 'MRR of such chunks', of: 'ranking' },
  sentenceAt5: { label: 'answer sentence in 5 chunks', of: 'ranking' },
  pageAt5: { label: 'its page among 5 chunks', of: 'ranking' },
  tokenRecall: { label: 'recall@5 of the wanted text', of: 'ranking' },
  tokenPrecision: { label: 'precision@5', of: 'ranking' },
  tokenIou: { label: 'IoU@5', of: 'ranking' },
  firstCited: { label: 'first cited sentence answers', of: 'answers' },
  anyCited: { label: 'any cited sentence answers', of: 'answers' },
  sentences: { label: 'sentences cited an answer', of: 'answers', plain: true },
  citationPrecision: { label: 'citation precision', of: 'answers' },
  citationRecall: { label: 'citation recall', of: 'answers' },
  supported: { label: 'sentences with a checked citation', of: 'answers' },
  rocArea: { label: 'answerable or not: ROC area', of: 'answers' },
  caught: { label: 'unanswerable caught at ≤ 5 % refused', of: 'answers' },
  refused: { label: 'product: answerable refused', of: 'answers' },
  refusedWithout: { label: 'product: refused without the answer', of: 'answers' },
  refusedUnanswerable: { label: 'product: unanswerable refused', of: 'answers' },
} satisfies Record<string, Metric>
export type MetricKey = keyof typeof METRICS

const ABSTENTION = ['rocArea', 'caught', 'refused', 'refusedWithout'] as const
const CITED = ['firstCited', 'anyCited', 'sentences', 'citationPrecision', 'citationRecall', 'supported'] as const

/** Rows of each set, in the order of the table. */
export const ROWS: Record<SetName, (MetricKey)[]> = {
  'samples': ['documentAt1', 'sentenceAt5', 'pageAt5', 'ndcgAt10', 'mrr', ...CITED, ...ABSTENTION, 'refusedUnanswerable'],
  'codebase': ['passAt5', 'passAt10', 'passAt20', 'documentAt1', 'ndcgAt10', 'mrr', ...ABSTENTION],
  'xquad-en': ['documentAt1', 'documentAt5', 'ndcgAt10', 'mrr', 'sentenceAt5', ...CITED, ...ABSTENTION],
  'chunking': ['tokenRecall', 'tokenPrecision', 'tokenIou', 'chunkAt1', 'chunkMrr', 'firstCited', 'anyCited', 'refused'],
  'papers': ['documentAt1', 'sentenceAt5', 'pageAt5', 'firstCited', 'anyCited', 'citationPrecision', ...ABSTENTION],
}

/** Systems of the table beside the product. */
export const PLAIN_SYSTEMS = { fts5: 'FTS5', vectors: 'vectors', fusion: 'both, equal weights' } as const

/** Figures of others, on the whole sets and not on the part that is measured here. */
const PUBLISHED: Partial<Record<SetName, Partial<Record<MetricKey, string>>>> = {
  'codebase': { passAt5: 'voyage-2 80.9; contextual + BM25 86.4; + Cohere rerank 91.2' },
  'xquad-en': { documentAt1: 'MiniLM 88.5' },
  'chunking': { tokenRecall: '200 tokens: text-embedding-3-large 88.1; MiniLM 75.7' },
}

export interface Figure { value: number, interval: Interval, questions: number }
export interface Row { set: SetName, label: string, plain: boolean, figures: Record<string, Figure | null>, published: string }

/** A metric over questions; null where none of them has it. */
export function figure(questions: QuestionResult[], system: string, metric: MetricKey): Figure | null {
  if (isStatistic(metric)) {
    const statistic = statisticOf(metric)
    const scored = questions.flatMap(({ values }) => values[system]?.scoreWithout === undefined ? [] : [values[system]])
    const value = statistic(scored)
    return Number.isNaN(value) ? null : { value, interval: bootstrapInterval(scored, statistic), questions: scored.length }
  }
  const values = questions.flatMap(({ values }) => values[system]?.[metric] ?? [])
  return values.length === 0 ? null : { value: mean(values), interval: bootstrapInterval(values, mean), questions: values.length }
}

/** Whether it is no mean over questions but says how their scores lie. */
export function isStatistic(metric: MetricKey): metric is 'rocArea' | 'caught' {
  return metric === 'rocArea' || metric === 'caught'
}

/** Of values with `score` (its answer there) and `scoreWithout` (not there); NaN without both kinds. */
export function statisticOf(metric: 'rocArea' | 'caught'): (values: Record<string, number>[]) => number {
  return (values) => {
    const scores: Scores = { answerable: values.flatMap(({ score }) => score ?? []), unanswerable: values.flatMap(({ scoreWithout }) => scoreWithout ?? []) }
    return metric === 'rocArea' ? rocArea(scores) : caughtAt(scores, REFUSALS)
  }
}

/** The rows of the table that were measured; further systems, such as `stage text`, only where they are asked for. */
export function tableRows(sets: SetResult[], systems: string[]): Row[] {
  return sets.flatMap(({ name, questions }) => ROWS[name].map((metric): Row => ({
    set: name, ...metricLabel(metric),
    figures: Object.fromEntries(systems.map(system => [system, system === 'ragtime' || METRICS[metric].of === 'ranking' ? figure(questions, system, metric) : null])),
    published: PUBLISHED[name]?.[metric] ?? '',
  }))).filter(({ figures }) => figures.ragtime)
}

export function metricLabel(metric: MetricKey): { label: string, plain: boolean } {
  return { label: METRICS[metric].label, plain: 'plain' in METRICS[metric] }
}

/** As in the table: a percentage with one place, or a plain number with two. */
export function shown(value: number, plain: boolean): string {
  return plain ? value.toFixed(2) : (value * 100).toFixed(1)
}

const SYSTEM_NAMES: Record<string, string> = { ragtime: 'Ragtime', ...PLAIN_SYSTEMS }

/** The table as Markdown with columns of one width, so that it can be read in a terminal as well. */
export function markdownTable(rows: Row[], systems: string[]): string {
  const head = ['set', 'metric', ...systems.flatMap(system => system === 'ragtime' ? ['Ragtime', '95 %'] : [SYSTEM_NAMES[system] ?? system]), 'published (whole set)', 'questions']
  const lines = rows.map(({ set, label, plain, figures, published }) => [
    set, label,
    ...systems.flatMap((system) => {
      const found = figures[system]
      const value = found ? shown(found.value, plain) : ''
      if (system !== 'ragtime') return [value]
      return [value, found ? `${shown(found.interval.low, plain)}–${shown(found.interval.high, plain)}` : '']
    }),
    published, String(figures.ragtime?.questions ?? ''),
  ])
  return alignedTable(head, lines)
}

export function alignedTable(head: string[], lines: string[][]): string {
  const widths = head.map((name, column) => Math.max(name.length, ...lines.map(line => line[column]!.length)))
  const row = (cells: string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  return [row(head), `| ${widths.map(width => '-'.repeat(width)).join(' | ')} |`, ...lines.map(row)].join('\n')
}

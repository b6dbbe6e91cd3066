import { existsSync } from 'node:fs'
import { measureSet, type MeasureChoices, type QuestionResult } from './measure.ts'
import type { SetName } from './sets/types.ts'
import { bootstrapInterval, comparePaired, type Interval } from './support/bootstrap.ts'
import { readDump } from './support/dump.ts'
import { mean } from './support/metrics.ts'
import { parseSwitches } from './support/switches.ts'
import { alignedTable, isStatistic, metricLabel, PLAIN_SYSTEMS, ROWS, shown, statisticOf } from './support/table.ts'

/** One side of a comparison: where its values stand among those of a question. */
interface Side { questions: QuestionResult[], system: string }

/**
 * Compares two configurations on the same questions and prints the differences: each side is a dump, `default`, a plain
 * part (`fts5`, `vectors`, `fusion`) or switches such as `keyword=true`.
 *
 * @throws Error when a side is none of these, or they have no question in common
 */
export async function compare(names: [string, string], sets: SetName[], choices: MeasureChoices = {}): Promise<string> {
  const sides = names.map((name) => {
    const isPlain = Object.hasOwn(PLAIN_SYSTEMS, name)
    return {
      system: isPlain ? name : 'ragtime',
      dumped: existsSync(name) ? readDump(name) : null,
      switches: existsSync(name) || isPlain || name === 'default' ? {} : parseSwitches(name),
      questions: [] as QuestionResult[],
    }
  })
  const measured = sides.filter(({ dumped }) => dumped === null)
  if (measured.length > 0) {
    for (const name of sets) {
      const results = await measureSet(name, measured.map(({ switches }) => switches), choices)
      for (const [index, { questions }] of results.entries()) measured[index]!.questions.push(...questions)
    }
  }
  const [a, b] = sides.map(({ system, dumped, questions }): Side => ({ system, questions: dumped ?? questions }))
  return comparison(a!, b!, names)
}

interface Values { a: Record<string, number>, b: Record<string, number> }
interface Difference { a: number, b: number, interval: Interval, counts: string }

function meanDifference(questions: Values[], metric: string): Difference | null {
  const pairs = questions.flatMap(({ a, b }) => a[metric] === undefined || b[metric] === undefined ? [] : [{ a: a[metric], b: b[metric] }])
  if (pairs.length === 0) return null
  const { interval, wins, losses, ties } = comparePaired(pairs)
  return { a: mean(pairs.map(({ a }) => a)), b: mean(pairs.map(({ b }) => b)), interval, counts: `${wins}/${losses}/${ties}` }
}

/** Of a statistic over all questions no single one wins or loses. */
function statisticDifference(questions: Values[], statistic: (values: Record<string, number>[]) => number): Difference | null {
  const scored = questions.filter(({ a, b }) => a.scoreWithout !== undefined && b.scoreWithout !== undefined)
  const of = (side: 'a' | 'b', drawn: Values[]) => statistic(drawn.map(pair => pair[side]))
  const [a, b] = [of('a', scored), of('b', scored)]
  if (Number.isNaN(a) || Number.isNaN(b)) return null
  return { a, b, interval: bootstrapInterval(scored, drawn => of('b', drawn) - of('a', drawn)), counts: '' }
}

/** The paired differences of every metric that both sides have, set by set. @throws Error without a common question */
export function comparison(a: Side, b: Side, names: [string, string]): string {
  const others = new Map(b.questions.map(question => [`${question.set} ${question.id}`, question]))
  const both = a.questions.flatMap((question) => {
    const other = others.get(`${question.set} ${question.id}`)
    return other ? [{ set: question.set, a: question.values[a.system] ?? {}, b: other.values[b.system] ?? {} }] : []
  })
  if (both.length === 0) throw new Error('The two have no question in common: measure them on the same sets.')
  const lines = [...Map.groupBy(both, ({ set }) => set)].flatMap(([set, questions]) => ROWS[set].flatMap((metric) => {
    const { label, plain } = metricLabel(metric)
    const difference = isStatistic(metric) ? statisticDifference(questions, statisticOf(metric)) : meanDifference(questions, metric)
    if (!difference) return []
    const { a, b, interval, counts } = difference
    const signed = (value: number) => (value > 0 ? '+' : '') + shown(value, plain)
    return [[set, label, shown(a, plain), shown(b, plain), signed(b - a), `${signed(interval.low)} to ${signed(interval.high)}`, interval.low > 0 || interval.high < 0 ? 'yes' : '', counts]]
  }))
  return alignedTable(['set', 'metric', `A: ${names[0]}`, `B: ${names[1]}`, 'B − A', '95 %', 'more than chance', 'B higher/lower/same'], lines)
}

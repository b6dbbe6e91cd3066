import { mean } from './metrics.ts'
import { randomNumbers } from './random.ts'

/** With 2,000 the ends of an interval move by less than a third of a point from seed to seed (600 questions). */
const RESAMPLES = 2_000
const SEED = 20_240_701

export interface Interval { low: number, high: number }

/**
 * 95 % interval of a statistic over questions by the percentile bootstrap (Efron & Tibshirani 1993, chapter 13): questions
 * are drawn with replacement, as many as there are, and the statistic is taken of each draw. The same questions give the
 * same interval.
 *
 * @throws RangeError without questions
 */
export function bootstrapInterval<T>(items: T[], statistic: (items: T[]) => number, { resamples = RESAMPLES, seed = SEED } = {}): Interval {
  if (items.length === 0) throw new RangeError('There is nothing to draw from.')
  const random = randomNumbers(seed)
  const values = Float64Array.from({ length: resamples }, () =>
    statistic(items.map(() => items[Math.floor(random() * items.length)]!))).sort()
  // The statistic of some draws may be undefined, as an area without both kinds.
  const defined = values.filter(value => !Number.isNaN(value))
  return { low: quantile(defined, 0.025), high: quantile(defined, 0.975) }
}

export interface Paired { difference: number, interval: Interval, wins: number, losses: number, ties: number }

/**
 * Two systems on the same questions: the mean of b − a with its bootstrap interval over questions, and how many questions
 * each of them wins. A difference whose interval holds 0 may be chance.
 */
export function comparePaired(pairs: { a: number, b: number }[]): Paired {
  const differences = pairs.map(({ a, b }) => b - a)
  return {
    difference: mean(differences),
    interval: bootstrapInterval(differences, mean),
    wins: differences.filter(value => value > 0).length,
    losses: differences.filter(value => value < 0).length,
    ties: differences.filter(value => value === 0).length,
  }
}

function quantile(sorted: Float64Array, share: number): number {
  return sorted.length === 0 ? Number.NaN : sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!
}

/** How sure the product is that a question can be answered: once with its answer there, once without. */
export interface Scores { answerable: number[], unanswerable: number[] }

/**
 * Area under the ROC curve: how often a question with its answer there scores higher than one without, ties as half
 * (Mann & Whitney 1947; Hanley & McNeil 1982). NaN without both kinds.
 */
export function rocArea({ answerable, unanswerable }: Scores): number {
  if (answerable.length === 0 || unanswerable.length === 0) return Number.NaN
  const sorted = Float64Array.from(unanswerable).sort()
  let above = 0
  for (const score of answerable) above += (countBelow(sorted, score, false) + countBelow(sorted, score, true)) / 2
  return above / (answerable.length * unanswerable.length)
}

/**
 * Share of the unanswerable questions that are refused by the threshold which refuses at most `refusals` of the
 * answerable ones, and as many of them as that allows. NaN without both kinds.
 */
export function caughtAt({ answerable, unanswerable }: Scores, refusals: number): number {
  if (answerable.length === 0 || unanswerable.length === 0) return Number.NaN
  // Scores below the threshold are refused, so the first that may not be refused is the threshold.
  const threshold = answerable.toSorted((a, b) => a - b)[Math.floor(refusals * answerable.length)]!
  return unanswerable.filter(score => score < threshold).length / unanswerable.length
}

function countBelow(sorted: Float64Array, value: number, orEqual: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value || (orEqual && sorted[middle] === value)) low = middle + 1
    else high = middle
  }
  return low
}

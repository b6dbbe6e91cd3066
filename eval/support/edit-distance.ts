/** Insertions, deletions and replacements that lead from one sequence to the other (Levenshtein 1966). */
export function editDistance<T>(from: ArrayLike<T>, to: ArrayLike<T>): number {
  let before = Uint32Array.from({ length: to.length + 1 }, (_, index) => index)
  let row = new Uint32Array(to.length + 1)
  for (let i = 1; i <= from.length; i++) {
    row[0] = i
    for (let j = 1; j <= to.length; j++) {
      row[j] = Math.min(row[j - 1]! + 1, before[j]! + 1, before[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1))
    }
    [before, row] = [row, before]
  }
  return before[to.length]!
}

export interface RankingMetrics {
  /** 1 when the first result is relevant. */
  hitAt1: number
  /** 1 when one of the first five is. */
  hitAt5: number
  /** Share of the relevant chunks among the first five, as anthropics/claude-cookbooks defines Pass@k. */
  passAt5: number
  /** 1 / rank of the first relevant result, 0 without one. */
  reciprocalRank: number
}

export function rankingMetrics(ranking: string[], relevant: Set<string>): RankingMetrics {
  const first = ranking.findIndex(id => relevant.has(id))
  const found = ranking.slice(0, 5).filter(id => relevant.has(id)).length
  return {
    hitAt1: first === 0 ? 1 : 0,
    hitAt5: found > 0 ? 1 : 0,
    passAt5: relevant.size === 0 ? 0 : found / relevant.size,
    reciprocalRank: first < 0 ? 0 : 1 / (first + 1),
  }
}

/** Share of the reference ranges' characters that the chunks cover. Ranges are half-open; chunks do not overlap. */
export function characterRecall(chunks: { start: number, end: number }[], references: [start: number, end: number][]): number {
  let covered = 0
  let total = 0
  for (const [start, end] of references) {
    total += end - start
    for (const chunk of chunks) covered += Math.max(0, Math.min(end, chunk.end) - Math.max(start, chunk.start))
  }
  return total === 0 ? 0 : covered / total
}

export function mean(values: number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length === 0 ? 0 : sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

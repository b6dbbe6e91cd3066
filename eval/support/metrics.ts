/** A half-open range of characters. */
export type Range = readonly [start: number, end: number]

/**
 * Share of the relevant items among the first `k` of a ranking. Called Pass@k by Anthropic's contextual retrieval
 * (anthropics/claude-cookbooks, contextual-embeddings) and recall@k elsewhere. 0 where nothing is relevant.
 */
export function recallAt(ranking: string[], relevant: ReadonlySet<string>, k: number): number {
  if (relevant.size === 0) return 0
  return new Set(ranking.slice(0, k).filter(id => relevant.has(id))).size / relevant.size
}

/** 1 when one of the first `k` is relevant, else 0. */
export function hitAt(ranking: string[], relevant: ReadonlySet<string>, k: number): number {
  return ranking.slice(0, k).some(id => relevant.has(id)) ? 1 : 0
}

/** 1 / rank of the first relevant item, 0 without one; its mean over questions is the MRR (TREC-8 question answering, Voorhees 1999). */
export function reciprocalRank(ranking: string[], relevant: ReadonlySet<string>): number {
  const first = ranking.findIndex(id => relevant.has(id))
  return first < 0 ? 0 : 1 / (first + 1)
}

/**
 * Normalised discounted cumulative gain of the first `k` with grades of 0 and 1, discounted by log2(rank + 1), as
 * trec_eval and BEIR count it (Järvelin & Kekäläinen 2002). 0 where nothing is relevant.
 */
export function ndcgAt(ranking: string[], relevant: ReadonlySet<string>, k: number): number {
  const gain = (rank: number) => 1 / Math.log2(rank + 2)
  const seen = new Set<string>()
  let found = 0
  for (const [rank, id] of ranking.slice(0, k).entries()) {
    if (relevant.has(id) && !seen.has(id)) found += gain(rank)
    seen.add(id)
  }
  let ideal = 0
  for (let rank = 0; rank < Math.min(k, relevant.size); rank++) ideal += gain(rank)
  return ideal === 0 ? 0 : found / ideal
}

/** Overlap of what was found with what was wanted, of one document. */
export interface Overlap { recall: number, precision: number, iou: number }

/**
 * Recall, precision and intersection over union of the chunking paper (Smith & Troynikov, "Evaluating Chunking Strategies
 * for Retrieval", Chroma 2024), over characters as its code counts them (brandonstarxel/chunking_evaluation): of the
 * wanted text how much was found, of the found text how much was wanted, and both together. Text that was found twice
 * counts once as found and twice as read.
 *
 * @param retrieved ranges that were found, by document
 * @param wanted ranges that answer the question, by document; those of one document do not overlap
 */
export function overlap(retrieved: { document: string, range: Range }[], wanted: { document: string, range: Range }[]): Overlap {
  const total = (ranges: { range: Range }[]) => ranges.reduce((sum, { range: [start, end] }) => sum + end - start, 0)
  let common = 0
  for (const { document, range: [start, end] } of wanted) {
    const parts = retrieved.filter(found => found.document === document)
      .map(({ range }): Range => [Math.max(start, range[0]), Math.min(end, range[1])])
    common += unionLength(parts)
  }
  const [asked, read] = [total(wanted), total(retrieved)]
  const union = asked + read - common
  return { recall: asked === 0 ? 0 : common / asked, precision: read === 0 ? 0 : common / read, iou: union === 0 ? 0 : common / union }
}

/** Characters that any of the ranges holds; empty and reversed ones hold none. */
function unionLength(ranges: Range[]): number {
  let length = 0
  let reached = -Infinity
  for (const [start, end] of ranges.filter(([start, end]) => end > start).toSorted((a, b) => a[0] - b[0])) {
    length += Math.max(0, end - Math.max(start, reached))
    reached = Math.max(reached, end)
  }
  return length
}

export function mean(values: number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length === 0 ? 0 : sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** From this share of a score on another document's chunk is nearly as good as the one whose place it takes. */
const NEAR = 0.7

/** A candidate as it may be exchanged. */
export interface Spreadable { documentKey: number, score: number }

/**
 * Which of the chosen candidates make way for which of the others, so that no document takes more than its share while others
 * are nearly as good: the last ones of the document that has too many, for the best of documents that have not. A question
 * that asks for two things, or compares, needs both documents, and the twelfth chunk of one says little that eleven others have not.
 *
 * Pairs of development questions about different documents, asked as one: whether both documents are among the twelve chunks that an
 * answer is made of, and the whole wanted texts of both, in %. Single questions: how much of the wanted text is.
 *
 * | share, nearness | chunking corpora: single / both documents / both texts | papers: single / both documents |
 * |---|---|---|
 * | off | 99.4 / 99.3 / 91.3 | 70.7 / 92.5 |
 * | 10 of 12, 0.7 | 99.4 / 100 / 92.0 | 70.7 / 97.5 |
 * | 8 of 12, 0.9 | 99.4 / 99.3 / 92.7 | 70.7 / 92.5 |
 * | 8 of 12, 0.7 | 99.4 / 100 / 93.3 | 70.7 / 97.5 |
 * | 8 of 12, 0.5 | 99.4 / 100 / 94.0 | 68.2 / 97.5 |
 * | 6 of 12, 0.7 | 99.4 / 100 / 93.3 | 70.7 / 97.5 |
 * | 6 of 12, 0.4 | 98.9 / 100 / 94.0 | 66.2 / 97.5 |
 *
 * With 0.7 each half of the single questions is unchanged. There are 150 pairs of the chunking corpora and 40 of the papers. XQuAD, whose documents are paragraphs, is the same throughout.
 *
 * @param chosen best first
 * @param others best first
 * @param most chunks of one document
 * @returns pairs of indexes, into `chosen` and into `others`
 */
export function spreadDocuments(chosen: Spreadable[], others: Spreadable[], most: number): [out: number, into: number][] {
  const kept = chosen.map((candidate, index) => ({ ...candidate, index }))
  const left = others.map((candidate, index) => ({ ...candidate, index }))
  const counts = new Map<number, number>()
  const count = (documentKey: number, by: number) => counts.set(documentKey, (counts.get(documentKey) ?? 0) + by)
  for (const { documentKey } of kept) count(documentKey, 1)
  const pairs: [number, number][] = []
  for (const [documentKey, taken] of [...counts]) {
    for (let over = taken - most; over > 0; over--) {
      const out = kept.findLastIndex(candidate => candidate.documentKey === documentKey)
      const into = left.findIndex(candidate => (counts.get(candidate.documentKey) ?? 0) < most)
      if (into < 0 || left[into]!.score < NEAR * kept[out]!.score) break
      pairs.push([kept[out]!.index, left[into]!.index])
      count(documentKey, -1)
      count(left[into]!.documentKey, 1)
      kept.splice(out, 1)
      left.splice(into, 1)
    }
  }
  return pairs
}

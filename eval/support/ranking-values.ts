import type { Corpus } from './corpus.ts'
import type { Gold, Passage } from './gold.ts'
import { hitAt, ndcgAt, overlap, recallAt, reciprocalRank } from './metrics.ts'

/** Chunks that a question is answered from. */
const TOP = 5
/** A passage that two neighbouring chunks hold between them lacks the white space where they meet. */
const WHOLE = 0.95

/** What a ranking of chunks is worth for one question, by metric; see `METRICS` for what each is. */
export function rankingValues(ranking: string[], gold: Gold, corpus: Corpus): Record<string, number> {
  const chunks = ranking.map(corpus.chunk)
  const documents = [...new Set(chunks.map(({ document }) => document))]
  const values: Record<string, number> = {
    documentAt1: hitAt(documents, gold.documents, 1),
    documentAt5: hitAt(documents, gold.documents, 5),
    passAt5: recallAt(documents, gold.documents, 5),
    passAt10: recallAt(documents, gold.documents, 10),
    passAt20: recallAt(documents, gold.documents, 20),
    ndcgAt10: ndcgAt(documents, gold.documents, 10),
    mrr: reciprocalRank(documents, gold.documents),
  }
  if (gold.passages.length === 0) return values
  const top = chunks.slice(0, TOP)
  const touching = new Set(corpus.chunks.filter(chunk => gold.passages.some(passage => touches(chunk, passage))).map(({ id }) => id))
  const read = top.map(({ document, start, end }): Passage => ({ document, range: [start, end] }))
  const { recall, precision, iou } = overlap(read, gold.passages)
  return {
    ...values,
    chunkAt1: hitAt(ranking, touching, 1),
    chunkMrr: reciprocalRank(ranking, touching),
    sentenceAt5: gold.passages.some(passage => overlap(read, [passage]).recall >= WHOLE) ? 1 : 0,
    pageAt5: top.some(chunk => gold.passages.some(({ document, range }) => chunk.document === document && isOnPage(chunk, corpus.pageAt(document, range[0])))) ? 1 : 0,
    tokenRecall: recall,
    tokenPrecision: precision,
    tokenIou: iou,
  }
}

interface Place { document: string, start: number, end: number }

export function touches(place: Place, { document, range: [start, end] }: Passage): boolean {
  return place.document === document && place.start < end && place.end > start
}

function isOnPage({ pageStart, pageEnd }: { pageStart: number, pageEnd: number }, page: number): boolean {
  return pageStart <= page && page <= pageEnd
}

import type { Asked } from './asking.ts'
import { holdsAnswer, type Gold } from './gold.ts'
import { touches } from './ranking-values.ts'

/**
 * What a keyless answer to a question that can be answered is worth, by metric; see `METRICS` for what each is. A refused
 * question counts as one without the right sentence, and its citations are neither right nor wrong.
 */
export function answerValues({ answer, refused, score }: Asked, gold: Gold, answers: string[] | undefined): Record<string, number> {
  const cited = answer.citations.toSorted((a, b) => a.n - b.n)
  const isRight = (citation: typeof cited[number]) => answers
    ? holdsAnswer(citation.quote, answers)
    : gold.passages.some(passage => touches({ document: citation.documentId, start: citation.start, end: citation.end }, passage))
  const values: Record<string, number> = { score, refused: Number(refused) }
  if (gold.passages.length > 0 || answers) {
    values.firstCited = cited[0] && isRight(cited[0]) ? 1 : 0
    values.anyCited = cited.some(isRight) ? 1 : 0
  }
  if (cited.length === 0) return values
  const citedDocuments = new Set(cited.map(({ documentId }) => documentId))
  return {
    ...values,
    sentences: cited.length,
    citationPrecision: cited.filter(({ documentId }) => gold.documents.has(documentId)).length / cited.length,
    citationRecall: gold.documents.intersection(citedDocuments).size / gold.documents.size,
    supported: answer.sentences.length === 0 ? 0 : answer.sentences.filter(({ supported }) => supported).length / answer.sentences.length,
  }
}

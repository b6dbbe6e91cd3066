import type { EvaluationQuestion } from '../sets/types.ts'
import type { Corpus } from './corpus.ts'
import { createLocator } from './locate-text.ts'
import type { Range } from './metrics.ts'

/** A place in the canonical text of a document. */
export interface Passage { document: string, range: Range }

/** What answers a question, in terms of what ingestion has made of the set. */
export interface Gold {
  /** Ids of the documents that answer it; empty: nothing does. */
  documents: Set<string>
  /** The excerpts or sentences that answer it; empty where the set does not say, or none could be found. */
  passages: Passage[]
  /** References of the set that could not be found in the canonical text. */
  unmapped: number
}

/**
 * A sentence, or two in a row, has to hold this share of a free answer's words to count as its answer sentence. Read one by
 * one for the 53 questions about papers: from here on nearly all are the right place, below this most are not.
 */
const ENOUGH_WORDS = 0.4
/** Other places count as well when they hold nearly as many. */
const NEARLY = 0.9
const LITTLE_WORDS = new Set(('a an and are as at be been but by for from had has have in into is it its of on or such than that the their these they this '
  + 'to was were which while will with').split(' '))

/** Resolves questions of a set one after another; texts and places are prepared once for each document. */
export function createGoldFinder(corpus: Corpus): (question: EvaluationQuestion) => Gold {
  const locators = new Map<string, ReturnType<typeof createLocator>>()
  const locatorOf = (document: string) => {
    if (!locators.has(document)) locators.set(document, createLocator(corpus.textOf(document)))
    return locators.get(document)!
  }
  const sentences = Map.groupBy(corpus.chunks.flatMap(({ document, text, start, sentences }) => sentences.map(range => (
    { document, range, text: text.slice(range[0] - start, range[1] - start) }))), ({ document }) => document)

  return (question) => {
    const documents = new Set(question.documents.map(corpus.documentOf))
    const candidates = [...documents].flatMap(document => sentences.get(document) ?? [])
    if (question.references) {
      const found = question.references.map(({ document: file, text, place }) => {
        const document = corpus.documentOf(file)
        const range = locatorOf(document)(text, place)
        return range && { document, range }
      })
      return { documents, passages: found.filter(passage => passage !== null), unmapped: found.filter(passage => passage === null).length }
    }
    if (question.answers) {
      const { answers } = question
      return { documents, passages: candidates.filter(({ text }) => holdsAnswer(text, answers)), unmapped: 0 }
    }
    return { documents, passages: question.freeAnswer ? answerSentences(question.freeAnswer, candidates) : [], unmapped: 0 }
  }
}

/** Whether a text holds one of the answers, whatever the white space and the shape of quotation marks and dashes. */
export function holdsAnswer(text: string, answers: string[]): boolean {
  const plain = plainly(text)
  return answers.some(answer => plain.includes(plainly(answer)))
}

function plainly(text: string): string {
  return text.normalize('NFC').replace(/[‘’]/g, '\'').replace(/[“”]/g, '"').replace(/[‐‑‒–—]/g, '-').replace(/\s+/g, ' ').trim()
}

/**
 * The sentences of a document that say what a free answer says: those that hold enough of the answer's words,
 * alone or with the sentence after them, and nearly as many as the best. A guess by words, the same for every system that is
 * measured; none where the document puts it in other words.
 */
export function answerSentences(answer: string, sentences: (Passage & { text: string })[]): Passage[] {
  const wanted = stems(answer)
  if (wanted.size === 0) return []
  const scored = sentences.flatMap((sentence, index) => {
    const next = sentences[index + 1]
    const own = share(wanted, stems(sentence.text))
    const both = next?.document === sentence.document ? share(wanted, stems(`${sentence.text} ${next.text}`)) : 0
    // Two in a row count where each adds something to the other.
    return [{ sentence, score: own }, ...next && both > Math.max(own, share(wanted, stems(next.text))) ? [{ sentence: { document: sentence.document, range: [sentence.range[0], next.range[1]] as const }, score: both }] : []]
  })
  const best = Math.max(0, ...scored.map(({ score }) => score))
  return scored.filter(({ score }) => score >= ENOUGH_WORDS && score >= NEARLY * best).map(({ sentence: { document, range } }) => ({ document, range }))
}

function share(wanted: Set<string>, found: Set<string>): number {
  return wanted.intersection(found).size / wanted.size
}

/** Content words by their first six letters, which makes most forms of a word one. */
function stems(text: string): Set<string> {
  return new Set((text.normalize('NFKC').toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter(word => !LITTLE_WORDS.has(word)).map(word => word.slice(0, 6)))
}

import { ANSWERABILITY_WORDS, type Answerability, type AnswerabilityVerdict } from '../../shared/schemas/answerability.ts'
import type { SearchOutcome } from '../retrieval/types.ts'
import { asksForNumber } from './answer-type.ts'
import type { RankedSentence } from './rank-sentences.ts'
import { topicWords } from './terms.ts'

/**
 * What speaks for an answer, as a logistic model. The search's evidence and the best sentence each know something that
 * the other does not: a chunk can be about the subject and no sentence state it.
 *
 * Fitted on the development questions of XQuAD and the chunking corpora, each asked with the answering paragraphs there
 * and again without them. Measured on the half of the paragraphs that a fit had not seen, XQuAD: area under the ROC curve;
 * how many of the questions without an answer are caught when 5 % of the answerable ones are refused. The last column is
 * what the threshold refuses and catches of all 598 questions, through the whole answerer:
 *
 * | | area | caught at 5 % | refused / caught |
 * |---|---|---|---|
 * | similarity and coverage of the best chunk | .953 | 77 % | |
 * | and the best sentence, with late interaction | .960 | 82 % | 2.3 % / 71 % |
 * | and the best sentence, with its similarity | .960 | 81 % | 3.7 % / 74 % |
 * | words alone | .935 | 70 % | 4.3 % / 69 % |
 *
 * With late interaction the threshold refuses 4.0 % of the chunking corpora's questions, whose wording is far from the
 * text's, 3.8 % of those about code, and none of the papers'. 0.22 would refuse 2.8 (XQuAD), 5.8, 5.3 and 1.9 % for 76 % caught:
 * a refusal that is wrong costs more than a closest passage that says it is no more. How far the best chunk is ahead of the
 * next adds two points to XQuAD and refuses 17 % of the papers' questions, so it is left out: many documents say the important
 * things twice.
 */
const BY_WORDS = {
  similarity: 0, coverage: 4.92, words: 4.16, missingNumber: -1.12, length: 2.21, bias: -4.81,
  meaning: { similarity: 0, interaction: 0, inContext: 0 }, threshold: 0.24,
}
const BY_SIMILARITY = {
  similarity: 1.81, coverage: 3.31, words: 3.56, missingNumber: -1.14, length: 1.41, bias: -6.91,
  meaning: { similarity: 4.67, interaction: 0, inContext: 0 }, threshold: 0.22,
}
const BY_INTERACTION = {
  similarity: 2.11, coverage: 2.98, words: 2.62, missingNumber: -0.91, length: 1.65, bias: -8.52,
  meaning: { similarity: 0, interaction: 4.55, inContext: 4.96 }, threshold: 0.18,
}
/**
 * What it adds that a chunk which was found defines what the question names of a program: a line of code is no sentence that
 * says what was asked, and its definition is still the answer. A fit on the 131 questions about code, with and without the
 * answering chunk, gives 1.3 in one half and 2.3 in the other. With late interaction 3.8 % of them are refused instead of 7.6 (area
 * under the ROC curve .713 instead of .668), by words alone 3.1 instead of 5.3 (.700 instead of .643).
 */
const DEFINES = 1.7
/** From here on the best sentence is given as the answer, below it as what comes close. */
const DIRECT = 0.5
/** A long question is seldom covered by one sentence: from this many words on it needs less, up to so many more. */
const LONG_FROM = 5
const LONG_RANGE = 9

/**
 * How well what was found answers the question. Judges a search that worked; one that failed throws before.
 *
 * @param ranked best first (`rankSentences`); empty counts as no answer
 */
export function judgeAnswerability(question: string, outcome: SearchOutcome, ranked: RankedSentence[]): Answerability {
  const best = ranked[0]
  const { evidence } = outcome
  const model = !best?.meaning || typeof evidence?.similarity !== 'number' ? BY_WORDS : best.meaning.interaction > 0 ? BY_INTERACTION : BY_SIMILARITY
  const { threshold } = model
  const score = best && evidence ? weigh(question, evidence, best, model) : 0
  const verdict: AnswerabilityVerdict = score < threshold ? 'none' : score < DIRECT ? 'close' : 'direct'
  return { score, threshold, verdict, words: ANSWERABILITY_WORDS[verdict] }
}

function weigh(question: string, evidence: NonNullable<SearchOutcome['evidence']>, best: RankedSentence, { meaning, ...weights }: typeof BY_WORDS): number {
  const sum = weights.bias
    + weights.similarity * (evidence.similarity ?? 0)
    + weights.coverage * evidence.coverage
    + DEFINES * (evidence.defines ?? 0)
    + (best.meaning ? meaning.similarity * best.meaning.similarity + meaning.interaction * best.meaning.interaction + meaning.inContext * best.meaning.inContext : 0)
    + weights.words * best.features.words
    + weights.missingNumber * (asksForNumber(question) ? 1 - best.features.type : 0)
    + weights.length * Math.min(1, Math.max(0, (topicWords(question).length - LONG_FROM) / LONG_RANGE))
  return 1 / (1 + Math.exp(-sum))
}

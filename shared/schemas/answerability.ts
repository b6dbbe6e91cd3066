/** How well the documents answer a question: one sentence states it, some come close, none does. */
export type AnswerabilityVerdict = 'direct' | 'close' | 'none'

/** The judgement behind "not in your documents", as a trace keeps it. */
export interface Answerability {
  /** 0 to 1, higher is better. */
  score: number
  /** Below it the answer says that the documents do not answer the question. */
  threshold: number
  verdict: AnswerabilityVerdict
  /** The verdict for people. */
  words: string
}

export const ANSWERABILITY_WORDS: Record<AnswerabilityVerdict, string> = {
  direct: 'Your documents answer this directly.',
  close: 'Your documents come close; it is not certain that they answer this.',
  none: 'Your documents do not seem to answer this.',
}

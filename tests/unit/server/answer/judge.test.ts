import { expect, it } from 'vitest'
import { ANSWERABILITY_WORDS, type AnswerabilityVerdict } from '../../../../shared/schemas/answerability.ts'
import { judgedForModel } from '../../../../server/answer/judge.ts'

const judged = (score: number, verdict: AnswerabilityVerdict) => ({ score, threshold: 0.2, verdict, words: ANSWERABILITY_WORDS[verdict] })

it('a model is asked where the documents come less close, and never turned to later than an answer without a key', () => {
  expect(judgedForModel(judged(0.05, 'none'))).toMatchObject({ verdict: 'none', threshold: 0.1, words: ANSWERABILITY_WORDS.none })
  expect(judgedForModel(judged(0.15, 'none'))).toEqual({ score: 0.15, threshold: 0.1, verdict: 'close', words: ANSWERABILITY_WORDS.close })
  for (const verdict of ['close', 'direct'] as const) expect(judgedForModel(judged(0.6, verdict))).toEqual({ ...judged(0.6, verdict), threshold: 0.1 })
})

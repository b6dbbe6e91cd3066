import { feedbackOfAnswer } from '../../../db/feedback.ts'

/** What the owner said of an answer. */
export default defineEventHandler((event) => {
  const feedback = feedbackOfAnswer(useServices().db, readIdParam(event, 'message'))
  if (!feedback) throw notFound('feedback')
  return feedback
})

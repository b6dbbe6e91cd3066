import { getFeedback } from '../../db/feedback.ts'

/** One judged question. */
export default defineEventHandler((event) => {
  const feedback = getFeedback(useServices().db, readIdParam(event, 'question'))
  if (!feedback) throw notFound('question')
  return feedback
})

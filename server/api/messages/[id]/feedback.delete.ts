import { write } from '../../../db/connection.ts'
import { deleteFeedback, feedbackOfAnswer } from '../../../db/feedback.ts'

/** Takes back what was said of an answer. */
export default defineEventHandler((event) => {
  const { db } = useServices()
  const feedback = feedbackOfAnswer(db, readIdParam(event, 'message'))
  if (!feedback || !write(db, () => deleteFeedback(db, feedback.id))) throw notFound('feedback')
  return sendNoContent(event)
})

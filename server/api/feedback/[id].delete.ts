import { write } from '../../db/connection.ts'
import { deleteFeedback } from '../../db/feedback.ts'

/** Takes a judged question out, also from the golden set. */
export default defineEventHandler((event) => {
  const { db } = useServices()
  const id = readIdParam(event, 'question')
  if (!write(db, () => deleteFeedback(db, id))) throw notFound('question')
  return sendNoContent(event)
})

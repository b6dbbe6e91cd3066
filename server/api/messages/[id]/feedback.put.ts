import { giveFeedbackSchema } from '#shared/schemas/feedback'
import { giveFeedback } from '../../../answer/feedback.ts'

/** Thumbs up or down, a note, and the passages that should have been cited; in the place of what was said before. */
export default defineEventHandler(async (event) => {
  const messageId = readIdParam(event, 'message')
  const given = await readValidated(event, giveFeedbackSchema)
  return giveFeedback(useServices().db, messageId, given)
})

import { changeFeedbackSchema } from '#shared/schemas/feedback'
import { changeFeedback } from '../../answer/feedback.ts'

/** Changes a judged question: its words, verdict, note, passages, and whether it stays without its chat. */
export default defineEventHandler(async (event) => {
  const id = readIdParam(event, 'question')
  const patch = await readValidated(event, changeFeedbackSchema)
  return changeFeedback(useServices().db, id, patch)
})

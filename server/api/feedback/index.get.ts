import { listQuerySchema } from '#shared/schemas/chats'
import { listFeedback } from '../../db/feedback.ts'

/** What the owner said of answers, newest first. */
export default defineEventHandler(event => listFeedback(useServices().db, getValidatedQueryOr400(event, listQuerySchema)))

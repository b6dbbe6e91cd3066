import { checkFeedback } from '../../../answer/feedback.ts'

/** Searches for a judged question and says where its wanted passage stands. */
export default defineEventHandler(event => checkFeedback(useServices(), readIdParam(event, 'question')))

import { describeTrace } from '../../../answer/message-trace.ts'

/** How the passages of an answer were found: queries, ranks and scores by stage, and what was dropped and why. */
export default defineEventHandler((event) => {
  const trace = describeTrace(useServices().db, readIdParam(event, 'message'))
  if (!trace) throw notFound('trace')
  return trace
})

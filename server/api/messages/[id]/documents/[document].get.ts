import { standingOf } from '../../../../answer/replay.ts'

/** Why a document is not among what an answer used, or that it is. */
export default defineEventHandler((event) => {
  return standingOf(useServices(), readIdParam(event, 'message'), readIdParam(event, 'document', 'document'))
})

import { replaySchema } from '#shared/schemas/trace'
import { replaySearch } from '../../../answer/replay.ts'

/** Searches again for an answer's question, with other settings. */
export default defineEventHandler(async (event) => {
  const messageId = readIdParam(event, 'message')
  const settings = await readValidated(event, replaySchema.default({}))
  return replaySearch(useServices(), messageId, settings)
})

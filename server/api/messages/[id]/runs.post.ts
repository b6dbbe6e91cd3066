import { regenerateSchema } from '#shared/schemas/chats'

/** Writes an answer again; the id is the answer's or its question's. */
export default defineEventHandler(async (event) => {
  const messageId = readIdParam(event, 'message')
  const choice = await readValidated(event, regenerateSchema.default({}))
  setResponseStatus(event, 202)
  return useServices().runs.regenerate(messageId, choice)
})

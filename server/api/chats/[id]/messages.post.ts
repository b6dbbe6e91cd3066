import { askSchema } from '#shared/schemas/chats'

/** Stores the question and its run before anything is called; the answer is followed at `/api/runs/:id/events`. */
export default defineEventHandler(async (event) => {
  const chatId = readIdParam(event, 'chat')
  const ask = await readValidated(event, askSchema)
  setResponseStatus(event, 202)
  return useServices().runs.ask(chatId, ask)
})

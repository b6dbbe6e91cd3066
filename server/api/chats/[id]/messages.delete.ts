/** Empties the chat and keeps it. */
export default defineEventHandler(async (event) => {
  await useServices().runs.clearChat(readIdParam(event, 'chat'))
  return sendNoContent(event)
})

/** Stops what is being written in the chat, then removes it with everything in it. */
export default defineEventHandler(async (event) => {
  await useServices().runs.deleteChat(readIdParam(event, 'chat'))
  return sendNoContent(event)
})

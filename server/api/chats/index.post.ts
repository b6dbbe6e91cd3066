import { chatCreateSchema } from '#shared/schemas/chats'
import { createChat } from '../../db/chats.ts'
import { write } from '../../db/connection.ts'

export default defineEventHandler(async (event) => {
  const { db, runs } = useServices()
  const chat = await readValidated(event, chatCreateSchema.default({}))
  if (chat.model) runs.assertModel(chat.model)
  setResponseStatus(event, 201)
  return write(db, () => createChat(db, chat))
})

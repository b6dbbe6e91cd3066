import { chatPatchSchema } from '#shared/schemas/chats'
import { updateChat } from '../../db/chats.ts'
import { write } from '../../db/connection.ts'

export default defineEventHandler(async (event) => {
  const { db, runs } = useServices()
  const id = readIdParam(event, 'chat')
  const patch = await readValidated(event, chatPatchSchema)
  if (patch.model) runs.assertModel(patch.model)
  const chat = write(db, () => updateChat(db, id, patch))
  if (!chat) throw notFound('chat')
  return chat
})

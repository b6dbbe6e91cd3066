import { getChat } from '../../db/chats.ts'
import { listMessages } from '../../db/messages.ts'
import type { ChatWithMessages } from '#shared/schemas/chats'

export default defineEventHandler((event): ChatWithMessages => {
  const { db } = useServices()
  const chat = getChat(db, readIdParam(event, 'chat'))
  if (!chat) throw notFound('chat')
  return { ...chat, messages: listMessages(db, chat.id) }
})

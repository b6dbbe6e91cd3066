import { listQuerySchema } from '#shared/schemas/chats'
import { listChats } from '../../db/chats.ts'

/** Chats by last use, newest first. */
export default defineEventHandler((event) => {
  return listChats(useServices().db, getValidatedQueryOr400(event, listQuerySchema))
})

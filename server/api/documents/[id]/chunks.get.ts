import { documentChunksQuerySchema } from '#shared/schemas/documents'
import { listChunks } from '#server/db/chunks'

export default defineEventHandler((event) => {
  const { key } = readDocument(event)
  const { cursor, limit } = getValidatedQueryOr400(event, documentChunksQuerySchema)
  const { items, next } = listChunks(useServices().db, key, { from: cursor, limit })
  return { items, nextCursor: next === null ? null : String(next) }
})

import { documentPagesQuerySchema } from '#shared/schemas/documents'
import { listPages } from '#server/db/pages'

/** Fewer pages than asked for when they are long: an answer stays under a few megabytes. */
const MAX_CHARS = 512 * 1024

export default defineEventHandler((event) => {
  const { key } = readDocument(event)
  const query = getValidatedQueryOr400(event, documentPagesQuerySchema)
  const { items, next } = listPages(useServices().db, key, { ...query, maxChars: MAX_CHARS })
  return { items, nextCursor: next === null ? null : String(next) }
})

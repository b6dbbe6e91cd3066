import { documentReportQuerySchema } from '#shared/schemas/documents'
import { listPageReports } from '#server/db/pages'

/** Hidden text can be long: fewer pages than asked for then, and an answer stays under a few megabytes. */
const MAX_CHARS = 512 * 1024

export default defineEventHandler((event) => {
  const { key } = readDocument(event)
  const { cursor, limit, attention } = getValidatedQueryOr400(event, documentReportQuerySchema)
  const { items, next } = listPageReports(useServices().db, key, { from: cursor, count: limit, maxChars: MAX_CHARS, onlyAttention: attention })
  return { items, nextCursor: next === null ? null : String(next) }
})

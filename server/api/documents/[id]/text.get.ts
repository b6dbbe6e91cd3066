import { Readable } from 'node:stream'
import { documentTextQuerySchema } from '#shared/schemas/documents'
import { readText } from '#server/db/pages'

/** `canonical.slice(start, end)`, streamed page by page. */
export default defineEventHandler(async (event) => {
  const { key } = readDocument(event)
  const { start, end } = getValidatedQueryOr400(event, documentTextQuerySchema)
  setContentHeaders(event, 'text/plain; charset=utf-8')
  await streamContent(event, Readable.from(readText(useServices().db, key, start, end)))
})

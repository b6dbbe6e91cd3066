import { documentBoxesQuerySchema } from '#shared/schemas/documents'
import { listPlacedPages } from '#server/db/pages'
import { locateRange } from '#server/extract/locate'

/** Where a range of the canonical text stands on the original pages. */
export default defineEventHandler((event) => {
  const { key } = readDocument(event)
  const { start, end } = getValidatedQueryOr400(event, documentBoxesQuerySchema)
  return locateRange(listPlacedPages(useServices().db, key, start, end), start, end)
})

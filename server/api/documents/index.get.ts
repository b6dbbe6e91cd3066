import { documentListQuerySchema } from '#shared/schemas/documents'
import { listDocuments } from '#server/db/documents'

export default defineEventHandler((event) => {
  return listDocuments(useServices().db, getValidatedQueryOr400(event, documentListQuerySchema))
})

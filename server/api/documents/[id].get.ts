import { findDocument } from '#server/db/documents'
import { documentNotFound } from '#server/ingest/queue'

export default defineEventHandler((event) => {
  const document = findDocument(useServices().db, readDocumentId(event))
  if (!document) throw documentNotFound()
  return document
})

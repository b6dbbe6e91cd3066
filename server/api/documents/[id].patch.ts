import { documentPatchSchema } from '#shared/schemas/documents'
import { updateDocument } from '#server/db/documents'
import { documentNotFound } from '#server/ingest/queue'

export default defineEventHandler(async (event) => {
  const { db, documentEvents } = useServices()
  const id = readDocumentId(event)
  const document = updateDocument(db, id, await readValidated(event, documentPatchSchema))
  if (!document) throw documentNotFound()
  documentEvents.publish({ type: 'document', data: document })
  return document
})

import { documentPatchSchema } from '#shared/schemas/documents'
import { changeDocument } from '#server/ingest/versions'

export default defineEventHandler(async (event) => {
  const id = readDocumentId(event)
  return changeDocument(useServices(), id, await readValidated(event, documentPatchSchema))
})

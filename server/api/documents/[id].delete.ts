export default defineEventHandler(async (event) => {
  await useServices().ingest.remove(readDocumentId(event))
  setResponseStatus(event, 204)
  return null
})

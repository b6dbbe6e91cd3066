export default defineEventHandler((event) => {
  setResponseStatus(event, 202)
  return useServices().ingest.retry(readDocumentId(event))
})

export default defineEventHandler(event => useServices().ingest.cancel(readDocumentId(event)))

import { acceptFiles } from '#server/ingest/accept'
import { incomingDir } from '#server/ingest/files'

/** 201 when at least one file was accepted or already here; otherwise the first file's error, with all of them. */
export default defineEventHandler(async (event) => {
  const services = useServices()
  const files = await receiveUpload(event.node.req, { folder: incomingDir(services.filesDir), disk: services.disk })
  const { status, ...result } = await acceptFiles(services, files)
  setResponseStatus(event, status)
  if (status === 201) return result
  const { code, message } = result.rejected[0]!
  return { code, message, rejected: result.rejected }
})

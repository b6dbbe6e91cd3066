import { version } from '../../../package.json'
import { documentImportSchema } from '#shared/schemas/documents'
import { AppError } from '#server/utils/app-error'
import { uploadNotKept } from '#server/utils/disk-full'
import { acceptFiles } from '#server/ingest/accept'
import { incomingDir } from '#server/ingest/files'
import { fetchFromWeb } from '#server/web/import'

/** Adds one page or file from the web, as if it had been downloaded and uploaded. Answers as an upload does. */
export default defineEventHandler(async (event) => {
  const services = useServices()
  const { enabled, maxBytes } = services.config.webImport
  if (!enabled) throw new AppError('web_import_off', 403, 'Adding from the web is switched off. Whoever runs this instance can switch it on with RAGTIME_WEB_IMPORT=on.')
  const { url } = await readValidated(event, documentImportSchema)
  if (!services.disk.hasRoom) throw uploadNotKept()
  const file = await fetchFromWeb(url, { folder: incomingDir(services.filesDir), maxBytes, userAgent: `Ragtime/${version} (adds a page that its owner asked for)` })
  const { status, ...result } = await acceptFiles(services, [file])
  setResponseStatus(event, status)
  if (status === 201) return result
  const { code, message } = result.rejected[0]!
  return { code, message, rejected: result.rejected }
})

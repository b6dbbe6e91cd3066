import { erasureQuerySchema } from '#shared/schemas/erasure'
import { eraseDocument } from '../../erasure/index.ts'

/** Deletes the document and answers with the receipt. */
export default defineEventHandler(async (event) => {
  const { db, config, filesDir, ingest, runs, backups } = useServices()
  const options = getValidatedQueryOr400(event, erasureQuerySchema)
  return await eraseDocument({
    db, filesDir, ingest, databasePath: config.databasePath,
    stopRun: id => runs.stop(id),
    countBackups: async () => (await backups?.state())?.generations ?? 0,
  }, readDocumentId(event), options)
})

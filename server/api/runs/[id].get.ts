import { getRun } from '../../db/runs.ts'

export default defineEventHandler((event) => {
  const run = getRun(useServices().db, readIdParam(event, 'run'))
  if (!run) throw notFound('run')
  return run
})

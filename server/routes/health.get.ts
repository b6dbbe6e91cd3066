import type { Services } from '../utils/services'

const probes = new WeakMap<Services, ReturnType<typeof createHealthProbe>>()

/** What the platform asks before it sends visitors here: 200, or 503 with the part that fails. */
export default defineEventHandler(async (event) => {
  const health = await probeOf(useServices())()
  if (health.status !== 'ok') setResponseStatus(event, 503)
  return health
})

function probeOf(services: Services) {
  let probe = probes.get(services)
  if (!probe) {
    const { db, config, disk, embedders } = services
    probe = createHealthProbe({ db, dataDir: config.dataDir, disk, model: embedders })
    probes.set(services, probe)
  }
  return probe
}

import { countContent } from '../db/metrics.ts'

/** For Prometheus: from this machine, or with the token of RAGTIME_METRICS_TOKEN. */
export default defineEventHandler((event) => {
  const { config, db } = useServices()
  if (!isLoopbackRequest(event) && !hasMetricsToken(getHeader(event, 'authorization'), config.metricsToken)) {
    throw new AppError('unauthenticated', 401, 'Metrics need the token of RAGTIME_METRICS_TOKEN.')
  }
  setResponseHeader(event, 'content-type', 'text/plain; version=0.0.4; charset=utf-8')
  return renderMetrics(countContent(db), httpMetrics())
})

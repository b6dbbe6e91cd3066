/** For Prometheus: from this machine, or with the token of RAGTIME_METRICS_TOKEN. */
export default defineEventHandler(async (event) => {
  const services = useServices()
  if (!isLoopbackRequest(event) && !hasMetricsToken(getHeader(event, 'authorization'), services.config.metricsToken)) {
    throw new AppError('unauthenticated', 401, 'Metrics need the token of RAGTIME_METRICS_TOKEN.')
  }
  setResponseHeader(event, 'content-type', 'text/plain; version=0.0.4; charset=utf-8')
  return renderMetrics(await collectFacts(services))
})

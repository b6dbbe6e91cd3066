/** What monitors and browsers ask for all the time; below `debug` it is worth a line only when it fails. */
const QUIET = /^\/(?:health|metrics|_nuxt\/.*)$/

/** One line a request when its answer has ended, and the numbers behind `/metrics`. */
export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) => {
    if (isInternalRequest(event)) return
    setResponseHeader(event, 'x-request-id', requestId(event))
    watchRequest(event, (report) => {
      observeRequest(report)
      const quiet = report.status < 400 && QUIET.test(report.path)
      log(report.status >= 500 ? 'error' : quiet ? 'debug' : 'info', 'request', { ...report })
    })
  })
})

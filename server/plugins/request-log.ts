import { isEventStream, recordRequest } from '../utils/http-metrics'

/** What monitors and browsers ask for all the time; it is worth a line only when it fails. */
const QUIET = /^\/(?:health|metrics|_nuxt\/.*)$/
const MAX_PATH = 200

/** One line a request when its answer has ended, and the numbers behind `/metrics`. */
export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) => {
    if (isInternalRequest(event)) return
    const id = requestId(event)
    const started = performance.now()
    const { method } = event
    const path = event.path.split('?')[0]!.slice(0, MAX_PATH)
    const response = event.node.res
    setResponseHeader(event, 'x-request-id', id)
    response.once('close', () => {
      const ms = Math.round((performance.now() - started) * 10) / 10
      const status = response.statusCode
      const stream = isEventStream(response.getHeader('content-type'))
      recordRequest({ status, seconds: stream ? null : ms / 1000 })
      if (status < 400 && QUIET.test(path)) return
      log(status >= 500 ? 'error' : 'info', 'request', {
        id, method, path, status, ms, code: event.context.errorCode, cut: response.writableFinished ? undefined : true,
      })
    })
  })
})

import { AppError } from '../utils/app-error'

/**
 * Everything under `/api` that no handler takes. Without it an unknown path falls through to a rendered page.
 *
 * When the path has handlers for other methods only, the router comes here with that path as the matched route.
 */
export default defineEventHandler((event) => {
  const methods = Object.keys(event.context.matchedRoute?.handlers ?? {}).filter(method => method !== 'all')
  if (methods.length === 0) throw new AppError('not_found', 404, 'There is nothing at this address.')
  setResponseHeader(event, 'allow', methods.map(method => method.toUpperCase()).join(', '))
  throw new AppError('method_not_allowed', 405, `This address does not take ${event.method}.`)
})

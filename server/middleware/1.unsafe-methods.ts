/** A request that changes something has to come from this site, and nothing but the API changes anything. */
export default defineEventHandler((event) => {
  if (isSafeMethod(event.method)) return
  const facts = {
    method: event.method,
    host: getHeader(event, 'host'),
    origin: getHeader(event, 'origin'),
    secFetchSite: getHeader(event, 'sec-fetch-site'),
  }
  if (!isOwnRequest(facts)) {
    throw new AppError('cross_site', 403, 'This request came from another site. Nothing was changed.')
  }
  if (!event.path.startsWith('/api/')) {
    setResponseHeader(event, 'allow', 'GET, HEAD')
    throw new AppError('method_not_allowed', 405, 'This address can only be read.')
  }
})

import integrity from '#integrity'

/** Sets the security headers of every answer, event streams and errors included, and the hashes of a page's files. */
export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) => {
    setResponseHeaders(event, { ...commonHeaders({ secure: isSecureRequest(event) }), 'content-security-policy': filePolicy(event.path.split('?')[0]!) })
  })
  nitroApp.hooks.hook('render:html', (page, { event }) => {
    for (const part of [page.head, page.bodyPrepend, page.bodyAppend]) part.splice(0, part.length, ...part.map(html => withIntegrity(html, integrity)))
    setResponseHeader(event, 'content-security-policy', import.meta.dev ? DEVELOPMENT_POLICY : pagePolicy(page))
  })
  nitroApp.hooks.hook('render:response', (response, { event }) => {
    // It says nothing to a reader and a version to an attacker.
    if (response.headers) delete response.headers['x-powered-by']
    removeResponseHeader(event, 'x-powered-by')
  })
})

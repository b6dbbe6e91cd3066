/** How long the body of a request may take to arrive. */
export default defineNitroPlugin((nitroApp) => {
  nitroApp.hooks.hook('request', (event) => {
    if (isInternalRequest(event)) return
    const upload = event.method === 'POST' && event.path.split('?')[0] === '/api/documents'
    limitSlowBody(event.node.req, event.node.res, { upload })
  })
})

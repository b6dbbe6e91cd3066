import type { IncomingMessage, Server, ServerResponse } from 'node:http'

/** A body that is no upload is small; whoever needs longer for it keeps a connection busy and nothing else. */
const BODY_MS = 30_000

/**
 * Lets an upload take as long as it goes on arriving (`receiveUpload` ends one that falls silent), and every other body
 * {@link BODY_MS}. Node's own limit, five minutes for any request, ends an upload that is slow but steady: 100 MB take
 * longer than that below 2.8 Mbit/s. Its limit for the headers stays.
 */
export function limitSlowBody(request: IncomingMessage, response: ServerResponse, { upload, bodyMs = BODY_MS }: { upload: boolean, bodyMs?: number }): void {
  // Nitro makes the server and hands it to nobody; its sockets know it.
  const { server } = request.socket as { server?: Server }
  if (server) server.requestTimeout = 0
  if (!hasBody(request)) return
  // Answered before all of it was there, as a stranger's upload is: nobody has to wait for the rest.
  response.once('finish', () => {
    if (!request.complete) setTimeout(() => request.destroy(), bodyMs).unref()
  })
  if (upload) return
  const timer = setTimeout(() => {
    if (request.complete || response.headersSent) return
    response.writeHead(408, { 'connection': 'close', 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    const body = { code: 'request_timeout', message: 'The request took too long to arrive. Nothing was changed; try again.' }
    response.end(JSON.stringify(body), () => request.destroy())
  }, bodyMs)
  request.once('end', () => clearTimeout(timer))
  request.once('close', () => clearTimeout(timer))
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { createEvent, type H3Event } from 'h3'

export interface FakeRequest {
  method?: string
  url?: string
  headers?: Record<string, string>
  /** Of the other side; undefined as on a unix socket. */
  remoteAddress?: string
  /** Parts of the body, as they arrive. */
  body?: (string | Buffer)[]
}

/** An h3 event over Node's own request and response, without a network. */
export function fakeEvent({ method = 'GET', url = '/', headers = {}, remoteAddress, body = [] }: FakeRequest = {}): H3Event {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress })
  const request = new IncomingMessage(socket)
  Object.assign(request, { method, url, headers })
  for (const part of body) request.push(Buffer.from(part))
  request.push(null)
  return createEvent(request, new ServerResponse(request))
}

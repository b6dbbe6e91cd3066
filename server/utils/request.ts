import { randomUUID } from 'node:crypto'
import { getHeader, type H3Event } from 'h3'
import { comesFromProxy } from './client-address.ts'
import type { OpenSession } from './gate.ts'

declare module 'h3' {
  interface H3EventContext {
    session?: OpenSession | null
    /** Calls back when the session has ended; there where there is a session. Returns the function that ends the watch. */
    watchSession?: (onEnd: () => void) => () => void
    requestId?: string
    /** The code of the error the request was answered with. */
    errorCode?: string
  }
}

/** Whether the server asks itself, while it renders a page. */
export function isInternalRequest(event: H3Event): boolean {
  return '__unenv__' in event.node.req
}

/** The id that stands in the log and in X-Request-Id; our own proxy may have given one. */
export function requestId(event: H3Event): string {
  const given = comesFromProxy(event) ? getHeader(event, 'x-request-id') : undefined
  return event.context.requestId ??= given && /^[\w-]{8,64}$/.test(given) ? given : randomUUID()
}

import { getHeader, getQuery, getRouterParam, type H3Event } from 'h3'
import { validate as isUuid } from 'uuid'
import type { z } from 'zod'
import { AppError } from './app-error.ts'

/** Far above any question or title; an upload is multipart and has a limit of its own. */
export const MAX_JSON_BYTES = 1024 * 1024

/**
 * Reads the request's JSON body and checks it.
 *
 * @throws AppError 400 `invalid_json`, 400 `invalid_request` with `issues`, 413 `body_too_large`
 */
export async function readValidated<S extends z.ZodType>(event: H3Event, schema: S): Promise<z.infer<S>> {
  return parseOr400(schema, await readJsonBody(event))
}

/**
 * Checks the query string. A parameter given twice arrives as an array.
 *
 * @throws AppError 400 `invalid_request` with `issues`
 */
export function getValidatedQueryOr400<S extends z.ZodType>(event: H3Event, schema: S): z.infer<S> {
  return parseOr400(schema, getQuery(event))
}

/**
 * The id in the path. Something that is no UUID can be no row's id, so it is answered like an unknown one.
 *
 * @param noun what the id belongs to, as the message names it: `document`, `chat`, …
 * @throws AppError 404 `not_found`
 */
export function readIdParam(event: H3Event, noun: string, param = 'id'): string {
  const id = getRouterParam(event, param)
  if (!id || !isUuid(id)) throw notFound(noun)
  return id.toLowerCase()
}

/** The one 404 of the API: `throw notFound('document')`. */
export function notFound(noun: string): AppError {
  return new AppError('not_found', 404, `This ${noun} is not here. It may have been deleted.`)
}

/** The value as the schema gives it, or AppError 400 `invalid_request`; its message is the first issue's. */
export function parseOr400<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  throw invalidRequest(parsed.error)
}

/** Issues are named by the path of the field, `filters.since`; the path of the body itself is empty. */
export function invalidRequest(error: z.ZodError): AppError {
  const issues = error.issues.map(issue => ({ path: issue.path.join('.'), message: issue.message }))
  return new AppError('invalid_request', 400, issues[0]?.message ?? 'The request is not as expected.', { issues })
}

/**
 * Reads the body up to a limit, whatever the request says of its length, and parses it. h3's own reader buffers
 * without a bound and takes what is not JSON for a string. An empty body is `undefined`.
 */
async function readJsonBody(event: H3Event): Promise<unknown> {
  if (Number(getHeader(event, 'content-length') ?? 0) > MAX_JSON_BYTES) throw tooLarge()
  const parts: Buffer[] = []
  let bytes = 0
  // A destroyed request would take the answer with it.
  for await (const part of event.node.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > MAX_JSON_BYTES) break
    parts.push(part)
  }
  if (bytes > MAX_JSON_BYTES) {
    // Whoever is still sending reads the answer only after that, and the connection is used again.
    event.node.req.resume()
    throw tooLarge()
  }
  const text = Buffer.concat(parts).toString('utf8')
  if (text.trim() === '') return undefined
  try {
    return JSON.parse(text) as unknown
  }
  catch (cause) {
    throw new AppError('invalid_json', 400, 'The request body is not valid JSON.', { cause })
  }
}

function tooLarge(): AppError {
  return new AppError('body_too_large', 413, 'The request is too large: a JSON body can have at most 1 MB.')
}

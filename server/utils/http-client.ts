/** The body of an answer. Throws when it is longer than `maxBytes`, which no `content-length` is believed about. */
export async function readBounded(response: Response, maxBytes: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body ?? []) {
    length += part.length
    if (length > maxBytes) throw new Error('The answer is longer than was asked for')
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** How long `Retry-After` asks to wait, in milliseconds: seconds or a date (RFC 9110 §10.2.3). Null where it says nothing. */
export function retryAfterMs(headers: Headers): number | null {
  const value = headers.get('retry-after')
  if (value === null) return null
  const ms = /^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now()
  return Number.isNaN(ms) ? null : Math.max(0, ms)
}

/** What fetch says of a broken connection stands in its cause. */
export function describeFetchError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}

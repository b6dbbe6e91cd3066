/** With these the server, or the proxy before it, says that it is stopping or starting: what was sent was not taken. */
const AWAY_CODES = new Set(['unavailable', 'shutting_down'])

/**
 * Whether an answer means that the server is away for the moment, as during an update: none at all (status 0), or a
 * proxy's own. What was sent may then be sent again, if it may arrive twice: the first try could have been taken and
 * only its answer lost.
 */
export function isAway(status: number, body: unknown): boolean {
  if (status === 0) return true
  if (![502, 503, 504].includes(status)) return false
  const code = typeof body === 'object' && body !== null && 'code' in body ? body.code : null
  return typeof code !== 'string' || AWAY_CODES.has(code)
}

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 2_000

/** Milliseconds to wait before try number `attempt`, from 0: an update takes seconds, and its end should be noticed soon. */
export function pauseBefore(attempt: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS)
}

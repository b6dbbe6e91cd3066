export type LogLevel = 'info' | 'warn' | 'error'
export type LogFields = Record<string, string | number | boolean | null | undefined | object>

/** A stack deeper or a message longer than this helps nobody, and could carry somebody's text. */
const MAX_TEXT = 2_000
const MAX_CAUSES = 3

let hidden: string[] = []

/** From now on no line shows these: a service that refuses a key may well repeat it in its message. */
export function hideInLogs(secrets: string[]): void {
  // As they stand in JSON; the longest first, since one may contain another.
  hidden = secrets.map(secret => JSON.stringify(secret).slice(1, -1)).sort((a, b) => b.length - a.length)
}

/** The text without any secret that {@link hideInLogs} was given. */
export function redact(text: string): string {
  return hidden.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}

/**
 * Writes one line of JSON to standard output. Never pass text of documents, questions or answers, nor a secret: ids,
 * counts and durations tell what happened.
 */
export function log(level: LogLevel, message: string, fields: LogFields = {}): void {
  process.stdout.write(`${redact(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }))}\n`)
}

/** An error as a log line carries it: name, message, stack and, where there is one, what caused it. */
export function describeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: String(error).slice(0, MAX_TEXT) }
  // h3's wrapper borrows the stack of what it wraps.
  if (error.cause instanceof Error && error.cause.stack === error.stack) return describeError(error.cause, depth)
  return {
    name: error.name,
    message: error.message.slice(0, MAX_TEXT),
    ...'code' in error && { code: error.code },
    stack: error.stack?.slice(0, MAX_TEXT),
    ...error.cause !== undefined && depth < MAX_CAUSES && { cause: describeError(error.cause, depth + 1) },
  }
}

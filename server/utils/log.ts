/** From the most talkative to the most silent. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = typeof LOG_LEVELS[number]
export type LogFields = Record<string, string | number | boolean | null | undefined | object>

/** A stack deeper or a message longer than this helps nobody, and could carry somebody's text. */
const MAX_TEXT = 2_000
const MAX_CAUSES = 3

let hidden: string[] = []
let threshold = LOG_LEVELS.indexOf('info')

/** From now on no line shows these: a service that refuses a key may well repeat it in its message. */
export function hideInLogs(secrets: string[]): void {
  // As they stand in JSON; the longest first, since one may contain another.
  hidden = secrets.map(secret => JSON.stringify(secret).slice(1, -1)).sort((a, b) => b.length - a.length)
}

/** The text without any secret that {@link hideInLogs} was given. */
export function redact(text: string): string {
  return hidden.reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}

/** From now on lines below this level are not written. Before the configuration is read it is `info`. */
export function setLogLevel(level: LogLevel): void {
  threshold = LOG_LEVELS.indexOf(level)
}

/**
 * Writes one line of JSON to standard output, if the level allows. Never pass text of documents, questions or answers,
 * nor a secret: ids, counts and durations tell what happened.
 */
export function log(level: LogLevel, message: string, fields: LogFields = {}): void {
  if (LOG_LEVELS.indexOf(level) < threshold) return
  process.stdout.write(`${redact(JSON.stringify({ time: new Date().toISOString(), level, message, ...fields }))}\n`)
}

/** An error as a log line carries it: name, message, stack and, where there is one, what caused it. */
export function describeError(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { message: String(error).slice(0, MAX_TEXT) }
  if (isServiceError(error)) return { name: error.name, status: error.status, type: error.type ?? undefined, requestId: error.requestID ?? undefined }
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

/**
 * What a service answered with an error, at once or in the middle of a stream, as Anthropic's SDK throws it. Its words are left out: they may repeat what
 * the service was sent, a question or a document. The request's id leads to them at the service.
 */
function isServiceError(error: Error): error is Error & { status?: number, error: object, type?: string | null, requestID?: string | null } {
  return 'requestID' in error && 'error' in error && typeof error.error === 'object' && error.error !== null
}

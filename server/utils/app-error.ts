/**
 * The one way to fail with something a person may read.
 *
 * `message` says what happened, what was kept and what to do next; `code` is stable and machine-readable;
 * `status` is the HTTP status it maps to; `retryAfter` becomes the Retry-After header, in seconds; `cause` is for the log
 * only and never leaves the server.
 */
export class AppError extends Error {
  readonly code: string
  readonly status: number
  readonly issues?: { path: string, message: string }[]
  readonly retryAfter?: number

  constructor(
    code: string,
    status: number,
    message: string,
    options: { cause?: unknown, issues?: { path: string, message: string }[], retryAfter?: number } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.status = status
    this.issues = options.issues
    this.retryAfter = options.retryAfter
  }

  /** h3 wraps what a handler throws; of an error with a cause it keeps the cause and this. */
  get data(): this {
    return this
  }
}

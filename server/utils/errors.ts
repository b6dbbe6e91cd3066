import { isError as isH3Error } from 'h3'
import { ZodError } from 'zod'
import type { ErrorBody } from '../../shared/schemas/chats.ts'
import { AppError } from './app-error.ts'
import { isDiskFull, notStored } from './disk-full.ts'
import { invalidRequest } from './validation.ts'

/** What the framework refuses by itself, in our words. */
const BY_STATUS: Record<number, [code: string, message: string]> = {
  400: ['bad_request', 'The request is not as expected.'],
  401: ['unauthenticated', 'Sign in first: there is no session, or it has ended.'],
  403: ['forbidden', 'This is not allowed.'],
  404: ['not_found', 'There is nothing at this address.'],
  405: ['method_not_allowed', 'This address does not take this method.'],
  408: ['timeout', 'The request took too long to arrive. Try again.'],
  413: ['body_too_large', 'The request is too large.'],
  415: ['unsupported_media_type', 'The request has a type that this address does not take.'],
}

/**
 * The one mapper: whatever was thrown, as an AppError. What nobody foresaw becomes `internal_error` with the original as
 * its cause, and says nothing of it.
 */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (error instanceof ZodError) return invalidRequest(error)
  if (isDiskFull(error)) return notStored(error)
  if (isH3Error(error)) {
    if (error.data instanceof AppError) return error.data
    if (isDiskFull(error.cause)) return notStored(error.cause)
    if (error.cause instanceof ZodError) return invalidRequest(error.cause)
    // A page that asked our own API while it was rendered. Other errors that nobody foresaw may carry a status too, of a
    // service we called, say: that is not ours to pass on.
    if (error.unhandled && !(error.cause instanceof Error && error.cause.name === 'FetchError')) return internalError(error)
    if (isErrorBody(error.data)) return new AppError(error.data.code, error.statusCode, error.data.message, { cause: error })
    const known = BY_STATUS[error.statusCode]
    if (known) return new AppError(known[0], error.statusCode, known[1], { cause: error })
    if (error.statusCode < 500) return new AppError('refused', error.statusCode, 'The request was refused.', { cause: error })
  }
  return internalError(error)
}

function internalError(cause: unknown): AppError {
  return new AppError('internal_error', 500, 'Something went wrong in the server, and it is not your doing. Try again.', { cause })
}

/** What the client gets. */
export function errorBody(error: AppError): ErrorBody {
  return { code: error.code, message: error.message, ...error.issues && { issues: error.issues } }
}

function isErrorBody(data: unknown): data is ErrorBody {
  return typeof data === 'object' && data !== null
    && 'code' in data && typeof data.code === 'string' && 'message' in data && typeof data.message === 'string'
}

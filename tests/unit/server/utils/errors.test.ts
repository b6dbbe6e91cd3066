import { createError } from 'h3'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../../server/utils/app-error.ts'
import { errorBody, toAppError } from '../../../../server/utils/errors.ts'

/** As h3 hands on what a handler throws. */
function thrownInHandler(error: Error) {
  const wrapped = createError(error)
  wrapped.unhandled = true
  return wrapped
}

describe('toAppError', () => {
  const original = new AppError('search_failed', 503, 'The search does not answer.', { cause: new Error('worker died'), retryAfter: 5 })

  it.each([
    ['itself', original],
    ['wrapped by h3', thrownInHandler(original)],
    ['wrapped twice', thrownInHandler(createError({ statusCode: 500, data: original }))],
  ])('keeps an AppError, %s', (_name, error) => {
    expect(toAppError(error)).toBe(original)
  })

  it('makes a zod error 400', () => {
    const { error } = z.object({ a: z.string() }).safeParse({})
    for (const thrown of [error!, thrownInHandler(error!)]) {
      expect(toAppError(thrown)).toMatchObject({ code: 'invalid_request', status: 400, issues: [{ path: 'a' }] })
    }
  })

  it('says what the framework refuses in our words', () => {
    const error = toAppError(createError({ statusCode: 404, statusMessage: 'Cannot find any path matching /secret/path.' }))
    expect(errorBody(error)).toEqual({ code: 'not_found', message: 'There is nothing at this address.' })
    expect(error.status).toBe(404)
  })

  it('tells nothing of an error that nobody foresaw', () => {
    for (const thrown of [new Error('SQLITE_CORRUPT: /data/ragtime.db'), thrownInHandler(new TypeError('x is not a function')), 'a string', null]) {
      const error = toAppError(thrown)
      expect(error).toMatchObject({ code: 'internal_error', status: 500, cause: thrown })
      expect(error.message).not.toMatch(/SQLITE|function/)
    }
  })

  it('does not pass on the status of a service that was called', () => {
    const outage = Object.assign(new Error('invalid x-api-key'), { status: 401 })
    expect(toAppError(thrownInHandler(outage))).toMatchObject({ code: 'internal_error', status: 500 })
  })

  it('passes on what our own API answered while a page was rendered', () => {
    const fetchError = Object.assign(new Error('404'), { name: 'FetchError', statusCode: 404, data: { code: 'not_found', message: 'This chat is not here.' } })
    expect(toAppError(thrownInHandler(fetchError))).toMatchObject({ code: 'not_found', status: 404, message: 'This chat is not here.' })
  })
})

describe('errorBody', () => {
  it('holds what a client may know and no more', () => {
    const error = new AppError('invalid_request', 400, 'Enter the password.', { cause: new Error('inside'), issues: [{ path: 'password', message: 'Enter the password.' }] })
    expect(JSON.parse(JSON.stringify(errorBody(error)))).toEqual({
      code: 'invalid_request', message: 'Enter the password.', issues: [{ path: 'password', message: 'Enter the password.' }],
    })
    expect(Object.keys(errorBody(new AppError('x', 500, 'y')))).toEqual(['code', 'message'])
  })
})

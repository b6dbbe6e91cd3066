import { createError, type H3Event } from 'h3'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { AppError } from '../../../../server/utils/app-error.ts'
import { getValidatedQueryOr400, MAX_JSON_BYTES, parseOr400, readIdParam, readValidated } from '../../../../server/utils/validation.ts'
import { fakeEvent } from './support.ts'

const schema = z.object({ name: z.string({ error: 'Give a name.' }), filters: z.object({ since: z.iso.datetime() }).optional() }).strict()

describe('readValidated', () => {
  const post = (...body: (string | Buffer)[]) => fakeEvent({ method: 'POST', body })

  it('gives the value as the schema has it', async () => {
    expect(await readValidated(post('{"name":', '"rag"}'), schema)).toEqual({ name: 'rag' })
  })

  it('reads a character that arrives in two parts', async () => {
    const bytes = Buffer.from('{"name":"Scott Joplin – 𝄞"}')
    const cut = bytes.indexOf('𝄞') + 2
    expect(await readValidated(post(bytes.subarray(0, cut), bytes.subarray(cut)), schema)).toEqual({ name: 'Scott Joplin – 𝄞' })
  })

  it.each([
    ['a missing field', '{}', [{ path: 'name', message: 'Give a name.' }]],
    ['no body', '', [{ path: '', message: expect.any(String) }]],
    ['a wrong field further in', '{"name":"a","filters":{"since":"yesterday"}}', [{ path: 'filters.since', message: expect.any(String) }]],
  ])('answers %s with 400 and issues', async (_name, body, issues) => {
    await expect(readValidated(post(body), schema)).rejects.toMatchObject({ code: 'invalid_request', status: 400, issues })
  })

  it('answers what is not JSON with 400', async () => {
    await expect(readValidated(post('{"name":'), schema)).rejects.toMatchObject({ code: 'invalid_json', status: 400 })
  })

  it('takes a body up to the limit and refuses one byte more', async () => {
    const body = (bytes: number) => JSON.stringify({ name: 'x'.repeat(bytes - 11) })
    expect(body(MAX_JSON_BYTES)).toHaveLength(MAX_JSON_BYTES)
    await expect(readValidated(post(body(MAX_JSON_BYTES)), schema)).resolves.toBeDefined()
    await expect(readValidated(post(body(MAX_JSON_BYTES + 1)), schema)).rejects.toMatchObject({ code: 'body_too_large', status: 413 })
  })

  it('refuses a body that is announced as too large before it reads it', async () => {
    const event = fakeEvent({ method: 'POST', headers: { 'content-length': String(MAX_JSON_BYTES + 1) } })
    await expect(readValidated(event, schema)).rejects.toMatchObject({ code: 'body_too_large' })
    expect(event.node.req.readableDidRead).toBe(false)
  })

  it('is not led astray by a prototype in the JSON', async () => {
    await expect(readValidated(post('{"name":"a","__proto__":{"admin":true}}'), schema)).rejects.toMatchObject({ code: 'invalid_request' })
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })
})

describe('getValidatedQueryOr400', () => {
  it('reads the query', () => {
    const query = z.object({ q: z.string(), limit: z.coerce.number().default(10) })
    expect(getValidatedQueryOr400(fakeEvent({ url: '/api/search?q=maple%20leaf' }), query)).toEqual({ q: 'maple leaf', limit: 10 })
    expect(() => getValidatedQueryOr400(fakeEvent({ url: '/api/search?q=a&q=b' }), query)).toThrow(AppError)
  })
})

describe('readIdParam', () => {
  const withId = (id: string): H3Event => {
    const event = fakeEvent()
    event.context.params = { id }
    return event
  }

  it('takes a UUID, in small letters', () => {
    expect(readIdParam(withId('0190C0DE-0000-7000-8000-000000000000'), 'document')).toBe('0190c0de-0000-7000-8000-000000000000')
  })

  it.each(['', 'x', '..', '1; DROP TABLE documents', '0190c0de-0000-7000-8000-00000000000'])('answers %j like an unknown id', (id) => {
    try {
      readIdParam(withId(id), 'document')
      expect.unreachable()
    }
    catch (error) {
      expect(error).toMatchObject({ code: 'not_found', status: 404, message: expect.stringContaining('document') })
    }
  })
})

describe('what it throws', () => {
  it('is an AppError also after h3 has wrapped it', () => {
    try {
      parseOr400(schema, {})
      expect.unreachable()
    }
    catch (error) {
      expect(createError(error as AppError).data).toBe(error)
    }
  })
})

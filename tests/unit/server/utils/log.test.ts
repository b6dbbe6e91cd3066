import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { describeError, hideInLogs, log, redact, setLogLevel } from '../../../../server/utils/log.ts'

afterEach(() => vi.restoreAllMocks())

describe('log', () => {
  it('writes one line of JSON, whatever the text', () => {
    const written: string[] = []
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      written.push(String(text))
      return true
    })
    log('warn', 'two\nlines', { id: 'a', left: undefined, count: 3 })
    expect(written).toHaveLength(1)
    expect(written[0]).toMatch(/^[^\n]+\n$/)
    expect(JSON.parse(written[0]!)).toEqual({ time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), level: 'warn', message: 'two\nlines', id: 'a', count: 3 })
  })

  it('keeps quiet below its level', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    log('debug', 'not by default')
    setLogLevel('error')
    log('warn', 'not any more')
    log('error', 'this one')
    setLogLevel('debug')
    log('debug', 'and this one')
    setLogLevel('info')
    expect(write.mock.calls.map(([text]) => (JSON.parse(String(text)) as { message: string }).message)).toEqual(['this one', 'and this one'])
  })
})

describe('hideInLogs', () => {
  afterEach(() => hideInLogs([]))

  it('takes secrets out of whatever is logged, also where JSON writes them differently', () => {
    hideInLogs(['sk-1', 'sk-1-longer', 'with "quotes" and \\'])
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    log('error', 'refused sk-1-longer', { error: describeError(new Error('bad key: sk-1, with "quotes" and \\')) })
    const line = String(write.mock.calls[0]![0])
    expect(line).not.toMatch(/sk-1|longer|quotes/)
    expect(JSON.parse(line)).toMatchObject({ message: 'refused [secret]', error: { message: 'bad key: [secret], [secret]' } })
    expect(redact('key sk-1')).toBe('key [secret]')
  })
})

describe('describeError', () => {
  it('names what happened and what caused it', () => {
    const cause = Object.assign(new TypeError('disk full'), { code: 'SQLITE_FULL' })
    expect(describeError(new Error('could not store', { cause }))).toMatchObject({
      name: 'Error', message: 'could not store', stack: expect.stringContaining('log.test'),
      cause: { name: 'TypeError', message: 'disk full', code: 'SQLITE_FULL' },
    })
  })

  it('keeps long text short and a circle of causes finite', () => {
    const circular = new Error('x'.repeat(100_000))
    circular.cause = new Error('inner', { cause: circular })
    expect(JSON.stringify(describeError(circular)).length).toBeLessThan(20_000)
  })

  it('leaves out the words of a service, which may be those of a document', () => {
    const body = { type: 'error' as const, error: { type: 'invalid_request_error' as const, message: 'messages.0: "the text of a document" is too long' } }
    const refused = Anthropic.APIError.generate(400, body, undefined, new Headers({ 'request-id': 'req_1' }))
    const described = describeError(new Error('An answer failed', { cause: refused }))
    expect(described).toMatchObject({ cause: { status: 400, type: 'invalid_request_error', requestId: 'req_1' } })
    expect(JSON.stringify(described)).not.toContain('the text of')
    // As the SDK throws it in the middle of a stream.
    const cut = new Anthropic.APIError(undefined, body, undefined, new Headers())
    expect(JSON.stringify(describeError(cut))).not.toContain('the text of')
    expect(describeError(new Anthropic.APIConnectionError({ message: 'Connection error.' }))).toMatchObject({ message: 'Connection error.' })
  })

  it('takes what is no error', () => {
    expect(describeError('just text')).toEqual({ message: 'just text' })
    expect(describeError(undefined)).toEqual({ message: 'undefined' })
  })
})

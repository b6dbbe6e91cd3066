import { afterEach, describe, expect, it, vi } from 'vitest'
import { describeError, hideInLogs, log, redact } from '../../../../server/utils/log.ts'

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

  it('takes what is no error', () => {
    expect(describeError('just text')).toEqual({ message: 'just text' })
    expect(describeError(undefined)).toEqual({ message: 'undefined' })
  })
})

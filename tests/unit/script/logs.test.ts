import { afterEach, describe, expect, it } from 'vitest'
import { fakePrograms } from '../support/fake-programs.ts'
import { runProgram } from '../support/program.ts'

const LINES = [
  '{"time":"2026-01-01T00:00:00.000Z","level":"info","message":"request","id":"one","path":"/","ms":3}',
  '{"time":"2026-01-01T00:00:01.000Z","level":"error","message":"request failed","id":"two","error":{"message":"disk full","stack":"Error: disk full\\n    at write","cause":{"message":"ENOSPC"}}}',
  '{"time":"2026-01-01T00:00:02.000Z","request_id":"two","status":502,"uri":"/api/chats"}',
  'ragtime: RAGTIME_PASSWORD is missing',
]

let fakes: ReturnType<typeof fakePrograms> | undefined
afterEach(() => {
  fakes?.remove()
  fakes = undefined
})

const read = (args: string[], input = LINES.join('\n')) => runProgram('script/logs', ['-', ...args], { input })
const lines = (text: string) => text.split('\n').filter(Boolean)

describe('script/logs', () => {
  it('prints lines of JSON for people, and others as they are', async () => {
    const { code, stdout } = await read([])
    expect(code).toBe(0)
    expect(lines(stdout)).toEqual([
      '2026-01-01T00:00:00.000Z info  request id=one path=/ ms=3',
      '2026-01-01T00:00:01.000Z error request failed id=two',
      '    Error: disk full', '        at write', '    caused by', '    ENOSPC',
      '2026-01-01T00:00:02.000Z error request_id=two status=502 uri=/api/chats',
      'ragtime: RAGTIME_PASSWORD is missing',
    ])
  })

  it('filters by level and by request, and can leave lines as they are', async () => {
    expect(lines((await read(['--level', 'error', '--raw'])).stdout)).toEqual([LINES[1], LINES[2]])
    expect(lines((await read(['--request', 'two', '--raw'])).stdout)).toEqual([LINES[1], LINES[2]])
    expect(lines((await read(['--request', 'one', '--level', 'warn'])).stdout)).toEqual([])
  })

  it('reads from Fly', async () => {
    fakes = fakePrograms({ flyctl: `echo '2026-01-01T00:00:00Z app[123] ord [info]${LINES[0]}'` })
    const { stdout } = await runProgram('script/logs', ['--app', 'joplin', '--no-follow'], { env: { PATH: `${fakes.folder}:${process.env.PATH}` } })
    expect(lines(stdout)).toEqual(['2026-01-01T00:00:00.000Z info  request id=one path=/ ms=3'])
    expect(fakes.calls()).toEqual(['flyctl logs --app joplin --no-tail'])
  })

  it('reads from the composition', async () => {
    fakes = fakePrograms({ docker: `echo 'ragtime-1  | ${LINES[0]}'` })
    const { stdout } = await runProgram('script/logs', ['--compose', '--raw'], { env: { PATH: `${fakes.folder}:${process.env.PATH}` } })
    expect(lines(stdout)).toEqual([`ragtime-1  | ${LINES[0]}`])
    expect(fakes.calls()).toEqual(['docker compose --profile production logs --follow --tail 500'])
  })

  it('has help, and refuses what it does not know', async () => {
    expect(await read(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: script/logs') })
    expect(await read(['--loud'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--loud') })
    expect(await read(['--level'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--level needs a value') })
    expect(await read(['--app'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--app needs a name') })
    expect(await read(['--level', 'loud'])).toMatchObject({ code: 2, stderr: expect.stringContaining('--level is one of debug, info') })
  })
})

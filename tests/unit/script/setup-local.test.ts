import { afterEach, describe, expect, it } from 'vitest'
import { fakePrograms } from '../support/fake-programs.ts'
import { runProgram } from '../support/program.ts'

let fakes: ReturnType<typeof fakePrograms>
afterEach(() => fakes?.remove())

const setup = (programs: Record<string, string>, args = ['--check']) => {
  fakes = fakePrograms(programs, ['/usr/bin/dirname'])
  return runProgram('script/setup-local', args, { env: { PATH: fakes.folder } })
}
const NODE = 'case "$1" in -p) echo 24 ;; -v) echo v24.0.0 ;; esac'

describe('script/setup-local', () => {
  it('says which tools are there, and what the missing ones are for', async () => {
    const { code, stdout } = await setup({ node: NODE, npm: 'echo 11', git: '' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/Node\.js v24\.0\.0 and npm 11 are there\n.*git is there\n.*chromium is missing: script\/test needs it/)
    expect(stdout).toMatch(/flyctl is missing: script\/deploy needs it/)
  })

  it.each([
    ['Node.js is missing', {}, /^ragtime: Node\.js is missing: install any version from 20 on/],
    ['npm is missing', { node: NODE }, /^ragtime: npm is missing/],
    ['Node.js is too old', { node: NODE.replace('24', '18'), npm: '' }, /too old/],
  ])('fails with a reason when %s', async (_, programs, reason) => {
    const { code, stderr } = await setup(programs as Record<string, string>)
    expect(code).toBe(1)
    expect(stderr).toMatch(reason)
  })

  it('fails with what npm said when the packages cannot be installed', async () => {
    // A lockfile that has been installed already is not installed again, so this one differs.
    const { code, stderr } = await setup({ node: NODE, npm: 'echo no network; exit 1', cksum: 'echo different', cat: '/bin/cat "$@"', mktemp: '/bin/mktemp', rm: '' }, [])
    expect([code, stderr]).toEqual([1, 'no network\nragtime: npm ci failed: see above.\n'])
  })

  it('has help, and refuses what it does not know', async () => {
    expect(await runProgram('script/setup-local', ['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: script/setup-local') })
    expect(await runProgram('script/setup-local', ['--all'])).toMatchObject({ code: 1, stderr: expect.stringContaining('--all') })
  })
})

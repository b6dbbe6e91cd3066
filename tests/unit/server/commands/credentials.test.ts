import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { PasswordVerifier } from '../../../../server/utils/password.ts'
import { takeEnvironment } from '../../../../server/utils/environment.ts'
import { localCredentials } from '../../../../server/utils/local-credentials.ts'
import { repository, runProgram } from '../../support/program.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragtime-credentials-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const run = (args: string[], input = '', env: Record<string, string> = {}) =>
  runProgram('script/credentials', [...args, '--folder', folder], { input, env })
const read = (name: string) => readFileSync(join(folder, name), 'utf8')

/** What the server would see with the private key alone. */
function opened(): Record<string, string | undefined> {
  const before = process.env
  process.env = { DOTENV_PRIVATE_KEY_PRODUCTION: /[0-9a-f]{64}/.exec(read('.env.keys'))![0] }
  try {
    return takeEnvironment(join(folder, '.env.production'))
  }
  finally {
    process.env = before
  }
}

describe('script/credentials', () => {
  it('makes keys on first use, and stores what the server reads', async () => {
    expect(await run(['set', 'RAGTIME_PASSWORD'], 'maple leaf "rag" $HOME\n')).toMatchObject({ code: 0, stderr: '' })
    expect(opened()).toMatchObject({ RAGTIME_PASSWORD: 'maple leaf "rag" $HOME', RAGTIME_SESSION_SECRET: expect.stringMatching(/^[\w-]{43}$/) })
    expect(statSync(join(folder, '.env.keys')).mode & 0o777).toBe(0o600)
    const keys = read('.env.keys')
    expect(read('.env.production')).not.toMatch(/maple/)
    expect(read('.env.production')).not.toContain(/[0-9a-f]{64}/.exec(keys)![0])
    const secret = opened().RAGTIME_SESSION_SECRET
    await run(['set', 'ANTHROPIC_API_KEY'], 'sk-test')
    expect(read('.env.keys')).toBe(keys)
    expect(opened()).toMatchObject({ ANTHROPIC_API_KEY: 'sk-test', RAGTIME_SESSION_SECRET: secret })
  })

  it('lists without showing, removes, and prints the key for the platform', async () => {
    await run(['set', 'RAGTIME_PASSWORD'], 'maple leaf rag')
    const { stdout } = await run(['list'])
    expect(stdout).toMatch(/^RAGTIME_PASSWORD=\*{8} \(14 characters\)$/m)
    expect(stdout).not.toContain('maple')
    expect((await run(['unset', 'RAGTIME_PASSWORD'])).code).toBe(0)
    expect(opened()).not.toHaveProperty('RAGTIME_PASSWORD')
    expect((await run(['key'])).stdout).toMatch(/^DOTENV_PRIVATE_KEY_PRODUCTION=[0-9a-f]{64}\n$/)
  })

  it('stores and prints hashes that the gate accepts', async () => {
    await run(['set', 'RAGTIME_PASSWORD', '--hash'], 'maple leaf rag')
    const { stdout } = await run(['hash'], 'another rag')
    expect(await new PasswordVerifier(opened().RAGTIME_PASSWORD!).verify('maple leaf rag')).toBe(true)
    expect(await new PasswordVerifier(stdout.trim()).verify('another rag')).toBe(true)
    expect(await new PasswordVerifier(stdout.trim()).verify('maple leaf rag')).toBe(false)
  })

  it('rotates the keys and keeps the former one', async () => {
    await run(['set', 'RAGTIME_PASSWORD'], 'maple leaf rag')
    const [, old] = /([0-9a-f]{64})/.exec(read('.env.keys'))!
    expect((await run(['rotate'])).code).toBe(0)
    expect(opened().RAGTIME_PASSWORD).toBe('maple leaf rag')
    expect(read('.env.keys')).not.toContain(old)
    expect(read('.env.keys.previous')).toContain(old)
    expect(statSync(join(folder, '.env.keys.previous')).mode & 0o777).toBe(0o600)
  })

  it('edits with the operator\'s editor, and leaves no plain text behind', async () => {
    await run(['set', 'RAGTIME_PASSWORD'], 'maple leaf rag')
    const editor = join(folder, 'editor')
    writeFileSync(editor, `#!/bin/sh\nstat -c %a "$1" > ${folder}/mode\nprintf %s "$1" > ${folder}/path\nsed -i 's/maple leaf/cascades/' "$1"\n`, { mode: 0o755 })
    expect(await run(['edit'], '', { EDITOR: editor })).toMatchObject({ code: 0 })
    expect(opened().RAGTIME_PASSWORD).toBe('cascades rag')
    expect(read('mode').trim()).toBe('600')
    expect(() => readFileSync(read('path'))).toThrow(/ENOENT/)
    expect(await run(['edit'], '', { EDITOR: 'false' })).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') })
  })

  it('shows the password that an instance has made for itself, and says so where there is none', async () => {
    expect(await run(['local'], '', { RAGTIME_DATA_DIR: folder })).toMatchObject({ code: 1, stderr: expect.stringContaining('holds no such password') })
    const { password } = localCredentials(folder, {})
    expect(await run(['local'], '', { RAGTIME_DATA_DIR: folder })).toMatchObject({ code: 0, stdout: `${password}\n` })
  })

  it('changes a file that the dotenvx program wrote', async () => {
    cpSync(join(repository, 'tests/fixtures/dotenvx/env.production'), join(folder, '.env.production'))
    expect(await run(['set', 'RAGTIME_MODEL'], 'x')).toMatchObject({ code: 1, stderr: expect.stringMatching(/private key in .+ is not: put your copy of it back/) })
    cpSync(join(repository, 'tests/fixtures/dotenvx/env.keys'), join(folder, '.env.keys'))
    expect((await run(['set', 'RAGTIME_MODEL'], 'claude')).code).toBe(0)
    expect(opened()).toMatchObject({ RAGTIME_MODEL: 'claude', RAGTIME_PASSWORD: 'maple leaf "rag" $HOME `id` #1' })
  })

  it.each([
    [['set', 'RAGTIME_PASSWROD'], 'x', /RAGTIME_PASSWROD is not a setting/],
    [['set', 'RAGTIME_PASSWORD'], 'short', /^credentials: RAGTIME_PASSWORD needs at least 8 characters: nothing was changed\n$/],
    [['set'], '', /takes the name/],
    [['list', 'RAGTIME_PASSWORD'], '', /takes no name/],
    [['unset', 'RAGTIME_PASSWORD'], '', /is not set/],
    [['key'], '', /there is no private key/],
    [['show'], '', /is none of set, list/],
  ])('refuses %j', async (args, input, reason) => {
    const { code, stderr, stdout } = await run(args, input)
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(reason)
  })

  it('has help', async () => {
    expect(await run(['--help'])).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: script/credentials') })
  })
})

describe('the repository', () => {
  it('takes the encrypted file and never a key', async () => {
    const ignored = async (path: string) => (await runProgram('/usr/bin/env', ['git', 'check-ignore', '-q', path])).code === 0
    expect(await Promise.all(['.env.keys', '.env.keys.previous', '.env', '.env.local', '.env.production.new'].map(ignored))).not.toContain(false)
    expect(await ignored('.env.production')).toBe(false)
  })
})

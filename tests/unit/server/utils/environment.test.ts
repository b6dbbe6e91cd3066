import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../../../server/utils/config.ts'
import { dotenvx } from '../../../../server/utils/dotenvx.ts'
import { takeEnvironment } from '../../../../server/utils/environment.ts'

/** Written by the command line program of dotenvx 2.38.2; see tests/fixtures/dotenvx/README.md. */
const written = fileURLToPath(new URL('../../../fixtures/dotenvx/env.production', import.meta.url))
const key = /=([0-9a-f]{64})$/m.exec(readFileSync(fileURLToPath(new URL('../../../fixtures/dotenvx/env.keys', import.meta.url)), 'utf8'))![1]!

let before: NodeJS.ProcessEnv
let folder: string
beforeEach(() => {
  before = process.env
  process.env = { PATH: before.PATH }
  folder = mkdtempSync(join(tmpdir(), 'ragtime-env-'))
})
afterEach(() => {
  process.env = before
  rmSync(folder, { recursive: true, force: true })
})

function fileOf(source: string): string {
  const path = join(folder, '.env.production')
  writeFileSync(path, source)
  return path
}

function refusal(file: string): string {
  try {
    takeEnvironment(file)
  }
  catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('It was taken')
}

describe('takeEnvironment', () => {
  it('reads what the dotenvx program wrote', () => {
    process.env.DOTENV_PRIVATE_KEY_PRODUCTION = key
    expect(takeEnvironment(written)).toMatchObject({
      RAGTIME_PASSWORD: 'maple leaf "rag" $HOME `id` #1',
      RAGTIME_SESSION_SECRET: 'línea one\nline two of a secret that is long',
      RAGTIME_SAMPLES: 'off',
      PATH: before.PATH,
    })
  })

  it('lets plain variables win, except empty ones', () => {
    Object.assign(process.env, { DOTENV_PRIVATE_KEY_PRODUCTION: key, RAGTIME_PASSWORD: 'plain password', RAGTIME_SAMPLES: '' })
    expect(takeEnvironment(written)).toMatchObject({ RAGTIME_PASSWORD: 'plain password', RAGTIME_SAMPLES: 'off' })
  })

  it('does not touch the file without the private key', () => {
    process.env.RAGTIME_PASSWORD = 'plain password'
    expect(takeEnvironment(join(folder, 'nothing'))).toEqual({ PATH: before.PATH, RAGTIME_PASSWORD: 'plain password' })
  })

  it('leaves no secret in the environment of the process, and nothing for the SDK to find', () => {
    Object.assign(process.env, {
      DOTENV_PRIVATE_KEY_PRODUCTION: key, RAGTIME_PASSWORD: 'a', RAGTIME_SESSION_SECRET: 'b', RAGTIME_METRICS_TOKEN: 'c',
      ANTHROPIC_API_KEY: 'd', ANTHROPIC_AUTH_TOKEN: 'e', ANTHROPIC_CUSTOM_HEADERS: 'f', RAGTIME_SAMPLES: 'off',
    })
    expect(takeEnvironment(written)).toMatchObject({ ANTHROPIC_API_KEY: 'd' })
    expect(process.env).toEqual({ PATH: before.PATH, RAGTIME_SAMPLES: 'off' })
  })

  it('takes the last of several assignments', () => {
    const { encrypt, keypair } = dotenvx()
    const { publicKey, privateKey } = keypair()
    process.env.DOTENV_PRIVATE_KEY_PRODUCTION = privateKey
    expect(takeEnvironment(fileOf(`A=${encrypt(publicKey, 'one')}\nA=${encrypt(publicKey, 'two')}\n`)).A).toBe('two')
  })

  it.each([
    ['another key', 'a'.repeat(64), /^DOTENV_PRIVATE_KEY_PRODUCTION does not open env\.production: [A-Z_]+ was encrypted for another key$/],
    ['a number beyond the curve', 'f'.repeat(64), /^DOTENV_PRIVATE_KEY_PRODUCTION does not open env\.production: [A-Z_]+ was encrypted for another key$/],
    ['something that is no key', 'my secret pass phrase', /^DOTENV_PRIVATE_KEY_PRODUCTION must be 64 hexadecimal digits/],
  ])('refuses %s in one line that does not show it', (_, privateKey, message) => {
    process.env.DOTENV_PRIVATE_KEY_PRODUCTION = privateKey
    const said = refusal(written)
    expect(said).toMatch(message)
    expect(said).not.toContain(privateKey)
    expect(process.env.DOTENV_PRIVATE_KEY_PRODUCTION).toBeUndefined()
  })

  it.each([
    ['cut off', (source: string) => source.replace(/(RAGTIME_PASSWORD="encrypted:.{60})[^"]*/, '$1')],
    ['changed', (source: string) => source.replace(/(RAGTIME_PASSWORD="encrypted:.{130})./, '$1_')],
    ['garbage', (source: string) => source.replace(/(RAGTIME_PASSWORD="encrypted:)[^"]*/, '$1!!')],
  ])('names a value that is %s', (_, spoil) => {
    process.env.DOTENV_PRIVATE_KEY_PRODUCTION = key
    expect(refusal(fileOf(spoil(readFileSync(written, 'utf8'))))).toMatch(/RAGTIME_PASSWORD (?:in \.env\.production is damaged|was encrypted for another key)/)
  })

  it('says when the file is not there', () => {
    process.env.DOTENV_PRIVATE_KEY_PRODUCTION = key
    expect(refusal(join(folder, '.env.production'))).toMatch(/is set, but there is no \.env\.production/)
  })
})

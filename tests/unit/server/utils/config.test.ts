import { describe, expect, it } from 'vitest'
import { ConfigError, environmentSchema, readConfig, readSettings, SECRETS, unknownSettings } from '../../../../server/utils/config.ts'

const complete = {
  RAGTIME_PASSWORD: 'maple leaf rag',
  RAGTIME_SESSION_SECRET: 'a secret for the tests that is long enough',
}

describe('readConfig', () => {
  it('needs a password and a secret, and has a default for everything else', () => {
    const config = readConfig(complete)
    expect(config).toMatchObject({
      port: 3000, host: '127.0.0.1', unixSocket: null, dataDir: '.data', databasePath: '.data/ragtime.db', filesDir: '.data/files',
      password: 'maple leaf rag', embedder: 'minilm', model: null, samples: true, metricsToken: null,
      anthropic: { apiKey: null, baseUrl: null },
    })
  })

  it.each([
    ['RAGTIME_PASSWORD', undefined],
    ['RAGTIME_PASSWORD', ''],
    ['RAGTIME_PASSWORD', 'short'],
    ['RAGTIME_PASSWORD', '$scrypt$ln=15,r=8,p=1$broken'],
    ['RAGTIME_SESSION_SECRET', undefined],
    ['RAGTIME_SESSION_SECRET', 'not thirty-two characters'],
    ['PORT', 'eighty'],
    ['PORT', '70000'],
    ['RAGTIME_EMBEDDER', 'gpt'],
    ['RAGTIME_SAMPLES', 'maybe'],
    ['RAGTIME_METRICS_TOKEN', 'short'],
    ['NITRO_UNIX_SOCKET', 'app.sock'],
    ['NITRO_UNIX_SOCKET', `/run/${'ragtime/'.repeat(12)}app.sock`],
    ['ANTHROPIC_BASE_URL', 'file:///etc/passwd'],
    ['RAGTIME_TRUSTED_PROXY', 'everyone'],
    ['RAGTIME_TRUSTED_PROXY', '10.0.0.0/33'],
    ['RAGTIME_TRUSTED_PROXY', '10.0.0.0/8; deny all'],
  ])('refuses %s=%s in one line that names it', (name, value) => {
    const message = (() => {
      try {
        readConfig({ ...complete, [name]: value })
      }
      catch (error) {
        expect(error).toBeInstanceOf(ConfigError)
        return (error as Error).message
      }
    })()
    expect(message).toMatch(new RegExp(`^${name} .+$`))
    if (value) expect(message, 'the value may be a secret').not.toContain(value)
  })

  it('names the first of several, and the others without their values', () => {
    const read = () => readConfig({ PORT: 'eighty', RAGTIME_SAMPLES: 'maybe', RAGTIME_SESSION_SECRET: 'short' })
    expect(read).toThrow(/^RAGTIME_PASSWORD is missing: .+ \(3 more to correct: PORT, RAGTIME_SESSION_SECRET, RAGTIME_SAMPLES\)$/)
  })

  it('knows every secret by its value', () => {
    const given = { ...complete, RAGTIME_METRICS_TOKEN: 'a token for the tests', ANTHROPIC_API_KEY: 'sk-test' }
    expect(readConfig(given).secrets).toEqual(Object.values(given))
  })

  it.each(['fly', '10.0.0.0/8', '10.0.0.0/8, 192.168.0.1', 'fd00::/8 ::1'])('trusts the proxies %s', (value) => {
    expect(() => readConfig({ ...complete, RAGTIME_TRUSTED_PROXY: value })).not.toThrow()
  })

  it('counts an empty value as unset, as compose files leave them', () => {
    expect(readConfig({ ...complete, PORT: '', ANTHROPIC_API_KEY: '', RAGTIME_SAMPLES: '' }))
      .toMatchObject({ port: 3000, samples: true, anthropic: { apiKey: null } })
  })

  it('takes a scrypt hash for the password', () => {
    const hash = '$scrypt$ln=10,r=8,p=2$c29kaXVtIGNobG9yaWRl$vaaHAi8Jb83TLC2Y51gjBjkjU0YLswHki+2Fftc8ilg'
    expect(readConfig({ ...complete, RAGTIME_PASSWORD: hash }).password).toBe(hash)
  })
})

describe('readSettings', () => {
  it('needs no password, and checks the rest', () => {
    expect(readSettings({})).toMatchObject({ password: null, sessionSecret: null, dataDir: '.data' })
    expect(() => readSettings({ PORT: 'eighty' })).toThrow(/^PORT /)
  })
})

describe('unknownSettings', () => {
  it('finds names that are most likely mistyped', () => {
    expect(unknownSettings({ RAGTIME_PASWORD: 'x', RAGTIME_PASSWORD: 'x', PATH: '/bin', RAGTIME_ANYTHING: 'x', RAGTIME_EMPTY: '' })).toEqual(['RAGTIME_ANYTHING', 'RAGTIME_PASWORD'])
  })
})

describe('SECRETS', () => {
  it('has every setting whose name says that it is one', () => {
    const named = Object.keys(environmentSchema.shape).filter(name => /PASSWORD|SECRET|TOKEN|KEY(?!_ID)/.test(name))
    expect(named.filter(name => !(SECRETS as readonly string[]).includes(name))).toEqual([])
    expect(named).toContain('ANTHROPIC_API_KEY')
  })
})

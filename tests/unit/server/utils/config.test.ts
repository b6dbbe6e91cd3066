import { describe, expect, it } from 'vitest'
import { ConfigError, environmentSchema, makesOwnCredentials, readConfig, readSettings, SECRETS, unknownSettings } from '../../../../server/utils/config.ts'

const complete = {
  RAGTIME_PASSWORD: 'maple leaf rag',
  RAGTIME_SESSION_SECRET: 'a secret for the tests that is long enough',
}

describe('readConfig', () => {
  it('needs a password and a secret, and has a default for everything else', () => {
    const config = readConfig(complete)
    expect(config).toMatchObject({
      port: 3000, host: '127.0.0.1', unixSocket: null, dataDir: '.data', databasePath: '.data/ragtime.db', filesDir: '.data/files',
      password: 'maple leaf rag', embedder: { choice: { kind: 'shipped' }, url: null, keys: { voyage: null, openai: null }, dimensions: null }, modelsDir: '.data/models', model: null, samples: true, webImport: { enabled: false, maxBytes: 25 * 1024 * 1024 }, hiddenText: 'exclude', metricsToken: null,
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
    ['RAGTIME_EMBEDDER_URL', 'ftp://models.example'],
    ['RAGTIME_EMBEDDER_URL', 'https://user:secret@models.example/v1'],
    ['RAGTIME_EMBEDDER_URL', 'https://models.example/v1?key=secret'],
    ['RAGTIME_EMBEDDER_DIMENSIONS', '0'],
    ['RAGTIME_RERANK_MODEL', 'bge'],
    ['RAGTIME_RERANK_MODEL', 'openai:gpt'],
    ['RAGTIME_RERANK_URL', 'ftp://models.example'],
    ['RAGTIME_RERANK_MS', '7'],
    ['RAGTIME_CHUNK_CONTEXT', 'yes'],
    ['RAGTIME_CHUNK_CONTEXT_USD', '-3'],
    ['RAGTIME_CHUNK_CONTEXT_DOCUMENT_USD', 'free'],
    ['RAGTIME_SAMPLES', 'maybe'],
    ['RAGTIME_WEB_IMPORT', 'yes'],
    ['RAGTIME_WEB_IMPORT_MB', '500'],
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

  it('makes its own credentials only where that was chosen and none is set', () => {
    expect(makesOwnCredentials({ RAGTIME_CREDENTIALS: 'local', RAGTIME_PASSWORD: '' })).toBe(true)
    expect(makesOwnCredentials({})).toBe(false)
    expect(makesOwnCredentials({ RAGTIME_CREDENTIALS: 'required' })).toBe(false)
    for (const [name, value] of Object.entries(complete)) expect(makesOwnCredentials({ RAGTIME_CREDENTIALS: 'local', [name]: value })).toBe(false)
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

describe('the settings of the embedder', () => {
  it('name a service with its key, or one at an address of its own', () => {
    expect(readSettings({ RAGTIME_EMBEDDER: 'voyage:voyage-3.5', VOYAGE_API_KEY: 'pa-test', RAGTIME_EMBEDDER_DIMENSIONS: '512' }).embedder)
      .toEqual({ choice: { kind: 'hosted', provider: 'voyage', model: 'voyage-3.5' }, url: null, keys: { voyage: 'pa-test', openai: null }, dimensions: 512 })
    expect(readSettings({ RAGTIME_EMBEDDER: 'openai:bge-m3', RAGTIME_EMBEDDER_URL: 'http://127.0.0.1:8080/v1' }).embedder)
      .toMatchObject({ choice: { kind: 'hosted', provider: 'openai', model: 'bge-m3' }, url: 'http://127.0.0.1:8080/v1', keys: { openai: null } })
  })

  it('need the key of a service at its usual address', () => {
    expect(() => readSettings({ RAGTIME_EMBEDDER: 'voyage:voyage-3.5', RAGTIME_EMBEDDER_KEY: 'of another' })).toThrow(/^VOYAGE_API_KEY is missing: /)
    expect(() => readSettings({ RAGTIME_EMBEDDER: 'openai:text-embedding-3-small' })).toThrow(/^RAGTIME_EMBEDDER_KEY is missing: /)
  })
})

describe('the settings of the reranking model', () => {
  it('are none unless a folder or a model of a hub is named', () => {
    expect(readSettings({}).reranker).toEqual({ choice: null, url: null, budgetMs: 2_000 })
    expect(readSettings({ RAGTIME_RERANK_MODEL: './bge', RAGTIME_RERANK_MS: '500' }).reranker).toEqual({ choice: { kind: 'folder', path: './bge' }, url: null, budgetMs: 500 })
    expect(readSettings({ RAGTIME_RERANK_MODEL: 'BAAI/bge-reranker-base', RAGTIME_RERANK_URL: 'http://hub.example' }).reranker)
      .toEqual({ choice: { kind: 'hub', id: 'BAAI/bge-reranker-base' }, url: 'http://hub.example', budgetMs: 2_000 })
  })
})

describe('the settings of contexts of passages', () => {
  it('are off unless they are switched on, and need a key', () => {
    expect(readSettings({ ANTHROPIC_API_KEY: 'sk' }).chunkContext).toBeNull()
    expect(readSettings({ ANTHROPIC_API_KEY: 'sk', RAGTIME_CHUNK_CONTEXT: 'on' }).chunkContext).toEqual({ documentUsd: 0.5, totalUsd: 5 })
    expect(readSettings({ ANTHROPIC_API_KEY: 'sk', RAGTIME_CHUNK_CONTEXT: 'on', RAGTIME_CHUNK_CONTEXT_USD: '20', RAGTIME_CHUNK_CONTEXT_DOCUMENT_USD: '0.05' }).chunkContext)
      .toEqual({ documentUsd: 0.05, totalUsd: 20 })
    expect(() => readSettings({ RAGTIME_CHUNK_CONTEXT: 'on' })).toThrow(/^ANTHROPIC_API_KEY is missing: /)
  })
})

describe('the settings of backups', () => {
  const bucket = { RAGTIME_BACKUP_BUCKET: 'a-bucket', AWS_ENDPOINT_URL_S3: 'https://example.com', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' }

  it('are a folder in the data folder and no bucket unless they say otherwise', () => {
    expect(readSettings({ RAGTIME_DATA_DIR: '/data' }).backup).toEqual({ scheduled: true, hour: 3, keep: 7, dir: '/data/backups', bucket: null })
    // Keys that are there for another purpose name no bucket.
    expect(readSettings({ ...bucket, RAGTIME_BACKUP_BUCKET: '' }).backup.bucket).toBeNull()
    expect(readSettings({ ...bucket, RAGTIME_BACKUP_PREFIX: 'one/two' }).backup.bucket)
      .toEqual({ bucket: 'a-bucket', endpoint: 'https://example.com', region: 'auto', prefix: 'one/two/', accessKeyId: 'id', secretAccessKey: 'secret' })
    expect(readSettings({ ...bucket, RAGTIME_BACKUP_PREFIX: 'one/' }).backup.bucket!.prefix).toBe('one/')
  })

  it.each(['AWS_ENDPOINT_URL_S3', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('need %s with a bucket', (name) => {
    expect(() => readSettings({ ...bucket, [name]: '' })).toThrow(`${name} is missing: RAGTIME_BACKUP_BUCKET needs it`)
  })

  it.each([
    ['RAGTIME_BACKUP_HOUR', '24'], ['RAGTIME_BACKUP_KEEP', '0'], ['RAGTIME_BACKUP', 'yes'], ['RAGTIME_BACKUP_BUCKET', 'https://a.bucket/x'],
    ['RAGTIME_BACKUP_PREFIX', '/one'], ['AWS_ENDPOINT_URL_S3', 'nowhere'], ['RAGTIME_LOG_LEVEL', 'loud'],
  ])('refuse %s %s', (name, value) => {
    expect(() => readSettings({ ...bucket, [name]: value })).toThrow(new RegExp(`^${name} `))
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

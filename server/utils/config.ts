import { isIP } from 'node:net'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import type { BackupTarget } from '../backup/types.ts'
import { CHOICE_ADVICE, parseChoice } from '../embed/choice.ts'
import { PROVIDERS } from '../embed/hosted/providers.ts'
import type { EmbedderSettings } from '../embed/open.ts'
import type { RerankerChoice } from './reranker-slot.ts'
import { LOG_LEVELS, type LogLevel } from './log.ts'
import { looksHashed, parsePasswordHash } from './password.ts'
import { StartError } from './start-error.ts'

/** Longer paths do not fit into a socket's address (107 bytes on Linux, 103 elsewhere). */
const MAX_SOCKET_PATH = 100

/**
 * Every setting of the product. Nothing else reads the environment; `tests/unit/docs.test.ts` fails when a name here
 * is missing from the README's table.
 */
export const environmentSchema = z.object({
  PORT: z.coerce.number().int().min(1).max(65_535).default(3000),
  HOST: z.string().min(1).default('127.0.0.1'),
  NITRO_UNIX_SOCKET: z.string().startsWith('/', 'must be an absolute path')
    .refine(path => Buffer.byteLength(path) <= MAX_SOCKET_PATH, `must have at most ${MAX_SOCKET_PATH} bytes`).optional(),
  RAGTIME_DATA_DIR: z.string().min(1).default('.data'),
  RAGTIME_CREDENTIALS: z.enum(['required', 'local']).default('required'),
  RAGTIME_PASSWORD: z.string().min(8, 'needs at least 8 characters')
    .refine(value => !looksHashed(value) || parsePasswordHash(value) !== null, 'starts like a scrypt hash but is not one that can be used')
    .optional(),
  RAGTIME_SESSION_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  RAGTIME_METRICS_TOKEN: z.string().min(16, 'needs at least 16 characters').optional(),
  RAGTIME_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  RAGTIME_BACKUP: z.enum(['on', 'off']).default('on'),
  RAGTIME_BACKUP_HOUR: z.coerce.number().int().min(0).max(23).default(3),
  RAGTIME_BACKUP_KEEP: z.coerce.number().int().min(1).max(1_000).default(7),
  RAGTIME_BACKUP_DIR: z.string().min(1).optional(),
  RAGTIME_BACKUP_BUCKET: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket, without an address').optional(),
  RAGTIME_BACKUP_PREFIX: z.string().regex(/^[\w.-]+(?:\/[\w.-]+)*\/?$/, 'must consist of letters, digits, ., -, _ and /, and not begin with /').optional(),
  AWS_ENDPOINT_URL_S3: z.url({ protocol: /^https?$/ }).optional(),
  AWS_REGION: z.string().regex(/^[\w-]+$/, 'must be the name of a region').default('auto'),
  AWS_ACCESS_KEY_ID: z.string().min(1).optional(),
  AWS_SECRET_ACCESS_KEY: z.string().min(1).optional(),
  RAGTIME_EMBEDDER: z.string().refine(value => parseChoice(value) !== null, CHOICE_ADVICE).default('minilm'),
  RAGTIME_EMBEDDER_URL: z.url({ protocol: /^https?$/ }).refine(isPlainAddress, 'must be an address without user, query or fragment').optional(),
  RAGTIME_EMBEDDER_KEY: z.string().min(1).optional(),
  RAGTIME_EMBEDDER_DIMENSIONS: z.coerce.number().int().min(1).max(8_192).optional(),
  RAGTIME_RERANK_MODEL: z.string().refine(value => rerankerChoice(value) !== null, 'must be the path of a model\'s folder (/… or ./…) or a model of a hub (owner/name)').optional(),
  RAGTIME_RERANK_URL: z.url({ protocol: /^https?$/ }).refine(isPlainAddress, 'must be an address without user, query or fragment').optional(),
  RAGTIME_RERANK_MS: z.coerce.number().int().min(50).max(60_000).default(2_000),
  VOYAGE_API_KEY: z.string().min(1).optional(),
  RAGTIME_MODEL: z.string().min(1).optional(),
  RAGTIME_SAMPLES: z.enum(['on', 'off']).default('on'),
  RAGTIME_HIDDEN_TEXT: z.enum(['exclude', 'include']).default('exclude'),
  RAGTIME_WEB_IMPORT: z.enum(['on', 'off']).default('off'),
  RAGTIME_WEB_IMPORT_MB: z.coerce.number().int().min(1).max(100).default(25),
  RAGTIME_OCR: z.enum(['on', 'off']).default('on'),
  RAGTIME_OCR_LANGUAGES: z.string().regex(/^[A-Za-z]\w{1,29}(?:\+[A-Za-z]\w{1,29}){0,9}$/, 'must be codes of Tesseract joined by +, such as eng+deu').default('eng'),
  RAGTIME_OCR_DATA: z.string().min(1).optional(),
  RAGTIME_OCR_PAGES: z.coerce.number().int().min(1).max(10_000).default(200),
  DOTENV_PRIVATE_KEY_PRODUCTION: z.string().regex(/^[0-9a-f]{64}$/i, 'must be 64 hexadecimal digits, as in .env.keys').optional(),
  RAGTIME_CHUNK_CONTEXT: z.enum(['on', 'off']).default('off'),
  RAGTIME_CHUNK_CONTEXT_USD: z.coerce.number().positive().max(100_000).default(5),
  RAGTIME_CHUNK_CONTEXT_DOCUMENT_USD: z.coerce.number().positive().max(100_000).default(0.5),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
  RAGTIME_TRUSTED_PROXY: z.string().refine(value => value === 'fly' || value.split(/[\s,]+/).every(isNetwork), 'must be fly, or addresses and networks such as 10.0.0.0/8').optional(),
})

/** Never shown, logged or left in the environment. */
export const SECRETS = ['RAGTIME_PASSWORD', 'RAGTIME_SESSION_SECRET', 'RAGTIME_METRICS_TOKEN', 'ANTHROPIC_API_KEY', 'VOYAGE_API_KEY', 'RAGTIME_EMBEDDER_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'DOTENV_PRIVATE_KEY_PRODUCTION'] as const satisfies (keyof typeof environmentSchema.shape)[]

export interface Settings {
  port: number
  host: string
  /** Path of the unix socket to listen on instead of port and host; null: none. */
  unixSocket: string | null
  dataDir: string
  databasePath: string
  filesDir: string
  /** The owner's password in plain or as a scrypt hash in PHC format (`$scrypt$…`). */
  password: string | null
  sessionSecret: string | null
  /** Lets `GET /metrics` be read from elsewhere; null: only from this machine. */
  metricsToken: string | null
  logLevel: LogLevel
  /** Scheduled: whether the server makes backups itself, after this hour of the day in UTC. */
  backup: BackupTarget & { scheduled: boolean, hour: number }
  embedder: EmbedderSettings
  /** The model that reads the best passages once more, the address of its hub, and how long a question waits for it. */
  reranker: { choice: RerankerChoice, url: string | null, budgetMs: number }
  /** Folder of the models that were fetched from a hub. */
  modelsDir: string
  /** Id of the model new chats use; null: the best one that is available. */
  model: string | null
  samples: boolean
  /** Whether text that a document's original does not show can be found and quoted. */
  hiddenText: 'exclude' | 'include'
  /** Whether pages and files can be added by their address, and the largest that is fetched. */
  webImport: { enabled: boolean, maxBytes: number }
  /** Text recognition: languages by Tesseract's codes, the folder for data of further ones, most pages a document; null: off. */
  ocr: { languages: string[], dataDir: string, pages: number } | null
  anthropic: { apiKey: string | null, baseUrl: string | null }
  /** Dollars for contexts that a model writes for passages, of a document and in all; null: none are written. */
  chunkContext: { documentUsd: number, totalUsd: number } | null
  /** The values of all secrets, for what must not show them. */
  secrets: string[]
}

/** What the server needs: nothing that guards it may be missing. */
export interface Config extends Settings { password: string, sessionSecret: string }

/** A setting that is missing or wrong; the message is one line and names it. */
export class ConfigError extends StartError {}

/** Without these the server does not start, and what each is. */
const REQUIRED = {
  RAGTIME_PASSWORD: 'set the password that opens this instance, or DOTENV_PRIVATE_KEY_PRODUCTION to read it from .env.production',
  RAGTIME_SESSION_SECRET: 'set at least 32 random characters, or DOTENV_PRIVATE_KEY_PRODUCTION to read it from .env.production',
} as const satisfies Partial<Record<keyof typeof environmentSchema.shape, string>>

/**
 * Whether the instance makes its own password and session secret: only where that was chosen and neither is set. One
 * without the other is a mistake that the start names.
 */
export function makesOwnCredentials(environment: Environment): boolean {
  return environment.RAGTIME_CREDENTIALS === 'local' && Object.keys(REQUIRED).every(name => !environment[name])
}

export type Environment = Record<string, string | undefined>

/**
 * The server's configuration: {@link readSettings}, with everything there that guards the instance.
 *
 * @throws ConfigError with one line that names the first variable that is wrong or missing, and counts the others
 */
export function readConfig(environment: Environment): Config {
  const missing = Object.entries(REQUIRED).filter(([name]) => !environment[name]).map(([name, what]) => `${name} is missing: ${what}`)
  const settings = readSettings(environment, missing)
  return { ...settings, password: settings.password!, sessionSecret: settings.sessionSecret! }
}

/**
 * Reads and checks the environment. Empty values count as unset, as compose files and shells leave them. Operators'
 * programs work with this: they open the data without the secrets of the gate.
 *
 * @param problems what is known to be wrong already
 * @throws ConfigError as {@link readConfig}
 */
export function readSettings(environment: Environment, problems: string[] = []): Settings {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = environmentSchema.safeParse(given)
  const names = new Set(problems.map(problem => problem.split(' ')[0]))
  for (const { path, message } of parsed.error?.issues ?? []) {
    const name = path.join('.')
    if (!names.has(name)) problems.push(`${name} ${message}`)
    names.add(name)
  }
  if (!parsed.success || problems.length > 0) throw new ConfigError(oneLine(problems))
  const env = parsed.data
  return {
    port: env.PORT,
    host: env.HOST,
    unixSocket: env.NITRO_UNIX_SOCKET ?? null,
    dataDir: env.RAGTIME_DATA_DIR,
    databasePath: join(env.RAGTIME_DATA_DIR, 'ragtime.db'),
    filesDir: join(env.RAGTIME_DATA_DIR, 'files'),
    password: env.RAGTIME_PASSWORD ?? null,
    sessionSecret: env.RAGTIME_SESSION_SECRET ?? null,
    metricsToken: env.RAGTIME_METRICS_TOKEN ?? null,
    logLevel: env.RAGTIME_LOG_LEVEL,
    backup: {
      scheduled: env.RAGTIME_BACKUP === 'on', hour: env.RAGTIME_BACKUP_HOUR, keep: env.RAGTIME_BACKUP_KEEP,
      dir: env.RAGTIME_BACKUP_DIR ?? join(env.RAGTIME_DATA_DIR, 'backups'), bucket: bucketOf(env),
    },
    embedder: embedderOf(env),
    reranker: { choice: env.RAGTIME_RERANK_MODEL === undefined ? null : rerankerChoice(env.RAGTIME_RERANK_MODEL), url: env.RAGTIME_RERANK_URL ?? null, budgetMs: env.RAGTIME_RERANK_MS },
    modelsDir: join(env.RAGTIME_DATA_DIR, 'models'),
    model: env.RAGTIME_MODEL ?? null,
    samples: env.RAGTIME_SAMPLES === 'on',
    hiddenText: env.RAGTIME_HIDDEN_TEXT,
    webImport: { enabled: env.RAGTIME_WEB_IMPORT === 'on', maxBytes: env.RAGTIME_WEB_IMPORT_MB * 1024 * 1024 },
    ocr: env.RAGTIME_OCR === 'off'
      ? null
      : { languages: env.RAGTIME_OCR_LANGUAGES.split('+'), dataDir: resolve(env.RAGTIME_OCR_DATA ?? join(env.RAGTIME_DATA_DIR, 'tessdata')), pages: env.RAGTIME_OCR_PAGES },
    anthropic: { apiKey: env.ANTHROPIC_API_KEY ?? null, baseUrl: env.ANTHROPIC_BASE_URL ?? null },
    chunkContext: contextOf(env),
    secrets: SECRETS.flatMap(name => env[name] ?? []),
  }
}

function oneLine([first = '', ...others]: string[]): string {
  return others.length > 0 ? `${first} (${others.length} more to correct: ${others.map(problem => problem.split(' ')[0]).join(', ')})` : first
}

/** Names that look like settings of ours and are none: most likely mistyped. */
export function unknownSettings(environment: Environment): string[] {
  return Object.keys(environment).filter(name => name.startsWith('RAGTIME_') && environment[name] && !Object.hasOwn(environmentSchema.shape, name)).sort()
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  const version = isIP(address)
  return version > 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)))
}

/** Credentials belong into settings of their own, which are hidden; the rest would get lost where paths are added. */
function isPlainAddress(text: string): boolean {
  const { username, password, search, hash } = new URL(text)
  return username + password + search + hash === ''
}

/** Null for what names no model. */
function rerankerChoice(text: string): RerankerChoice {
  const choice = parseChoice(text)
  return choice?.kind === 'folder' || choice?.kind === 'hub' ? choice : null
}

/** A service at its usual address takes nothing without a key; one that was named may well. */
function embedderOf(env: z.infer<typeof environmentSchema>): EmbedderSettings {
  const choice = parseChoice(env.RAGTIME_EMBEDDER)!
  const keys = { voyage: env.VOYAGE_API_KEY ?? null, openai: env.RAGTIME_EMBEDDER_KEY ?? null }
  if (choice.kind === 'hosted' && keys[choice.provider] === null && env.RAGTIME_EMBEDDER_URL === undefined) {
    throw new ConfigError(`${PROVIDERS[choice.provider].keySetting} is missing: RAGTIME_EMBEDDER names a model of a service that needs it`)
  }
  return { choice, url: env.RAGTIME_EMBEDDER_URL ?? null, keys, dimensions: env.RAGTIME_EMBEDDER_DIMENSIONS ?? null }
}

function contextOf(env: z.infer<typeof environmentSchema>): Settings['chunkContext'] {
  if (env.RAGTIME_CHUNK_CONTEXT === 'off') return null
  if (!env.ANTHROPIC_API_KEY) throw new ConfigError('ANTHROPIC_API_KEY is missing: RAGTIME_CHUNK_CONTEXT needs it')
  return { documentUsd: env.RAGTIME_CHUNK_CONTEXT_DOCUMENT_USD, totalUsd: env.RAGTIME_CHUNK_CONTEXT_USD }
}

/** The bucket is used once it is named, and then needs everything: the keys alone may be there for another purpose. */
function bucketOf(env: z.infer<typeof environmentSchema>): BackupTarget['bucket'] {
  const bucket = env.RAGTIME_BACKUP_BUCKET
  if (!bucket) return null
  const needed = (name: 'AWS_ENDPOINT_URL_S3' | 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY') => {
    const value = env[name]
    if (!value) throw new ConfigError(`${name} is missing: RAGTIME_BACKUP_BUCKET needs it`)
    return value
  }
  return {
    bucket, endpoint: needed('AWS_ENDPOINT_URL_S3'), region: env.AWS_REGION,
    prefix: env.RAGTIME_BACKUP_PREFIX?.replace(/\/?$/, '/') ?? '',
    accessKeyId: needed('AWS_ACCESS_KEY_ID'), secretAccessKey: needed('AWS_SECRET_ACCESS_KEY'),
  }
}

import { join } from 'node:path'
import { z } from 'zod'
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
  RAGTIME_PASSWORD: z.string().min(8, 'needs at least 8 characters')
    .refine(value => !looksHashed(value) || parsePasswordHash(value) !== null, 'starts like a scrypt hash but is not one that can be used')
    .optional(),
  RAGTIME_SESSION_SECRET: z.string().min(32, 'needs at least 32 characters').optional(),
  RAGTIME_METRICS_TOKEN: z.string().min(16, 'needs at least 16 characters').optional(),
  RAGTIME_EMBEDDER: z.enum(['minilm', 'none']).default('minilm'),
  RAGTIME_MODEL: z.string().min(1).optional(),
  RAGTIME_SAMPLES: z.enum(['on', 'off']).default('on'),
  ANTHROPIC_API_KEY: z.string().min(1).optional(),
  ANTHROPIC_BASE_URL: z.url({ protocol: /^https?$/ }).optional(),
})

export interface Config {
  port: number
  host: string
  /** Path of the unix socket to listen on instead of port and host; null: none. */
  unixSocket: string | null
  dataDir: string
  databasePath: string
  filesDir: string
  /** The owner's password in plain or as a scrypt hash in PHC format (`$scrypt$…`). */
  password: string
  sessionSecret: string
  /** Lets `GET /metrics` be read from elsewhere; null: only from this machine. */
  metricsToken: string | null
  embedder: 'minilm' | 'none'
  /** Id of the model new chats use; null: the best one that is available. */
  model: string | null
  samples: boolean
  anthropic: { apiKey: string | null, baseUrl: string | null }
}

/** A setting that is missing or wrong; the message is one line and names it. */
export class ConfigError extends StartError {}

/**
 * Reads and checks the environment. Empty values count as unset, as compose files and shells leave them.
 *
 * @throws ConfigError with one line that names the variable and what it needs
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''))
  const parsed = environmentSchema.safeParse(given)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new ConfigError(`${issue.path.join('.')} ${issue.message}`)
  }
  const env = parsed.data
  if (!env.RAGTIME_PASSWORD) throw new ConfigError('RAGTIME_PASSWORD is missing: set the password that opens this instance')
  if (!env.RAGTIME_SESSION_SECRET) throw new ConfigError('RAGTIME_SESSION_SECRET is missing: set at least 32 random characters')
  return {
    port: env.PORT,
    host: env.HOST,
    unixSocket: env.NITRO_UNIX_SOCKET ?? null,
    dataDir: env.RAGTIME_DATA_DIR,
    databasePath: join(env.RAGTIME_DATA_DIR, 'ragtime.db'),
    filesDir: join(env.RAGTIME_DATA_DIR, 'files'),
    password: env.RAGTIME_PASSWORD,
    sessionSecret: env.RAGTIME_SESSION_SECRET,
    metricsToken: env.RAGTIME_METRICS_TOKEN ?? null,
    embedder: env.RAGTIME_EMBEDDER,
    model: env.RAGTIME_MODEL ?? null,
    samples: env.RAGTIME_SAMPLES === 'on',
    anthropic: { apiKey: env.ANTHROPIC_API_KEY ?? null, baseUrl: env.ANTHROPIC_BASE_URL ?? null },
  }
}

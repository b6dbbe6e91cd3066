import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface LocalCredentials {
  password: string
  sessionSecret: string
  /** True where the password came from the environment. */
  given: boolean
}

/** Letters that cannot be mistaken for one another, since a person types this once. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

/**
 * Password and session secret for local use: from the environment, else the ones kept in the data folder, else new
 * ones. Production calls this only where RAGTIME_CREDENTIALS=local was chosen.
 */
export function localCredentials(dataDir: string, environment: Record<string, string | undefined>): LocalCredentials {
  const path = localCredentialsPath(dataDir)
  let stored: { password?: string, sessionSecret?: string } = {}
  try {
    stored = JSON.parse(readFileSync(path, 'utf8')) as typeof stored
  }
  catch {
    stored = { password: randomPassword(), sessionSecret: randomBytes(32).toString('base64url') }
    mkdirSync(dataDir, { recursive: true })
    writeFileSync(path, `${JSON.stringify(stored, null, 2)}\n`, { mode: 0o600 })
  }
  return {
    password: environment.RAGTIME_PASSWORD || stored.password || randomPassword(),
    sessionSecret: environment.RAGTIME_SESSION_SECRET || stored.sessionSecret || randomBytes(32).toString('base64url'),
    given: Boolean(environment.RAGTIME_PASSWORD),
  }
}

/** The password that {@link localCredentials} has made; null where there is none. */
export function localPassword(dataDir: string): string | null {
  try {
    return (JSON.parse(readFileSync(localCredentialsPath(dataDir), 'utf8')) as Partial<LocalCredentials>).password ?? null
  }
  catch {
    return null
  }
}

function localCredentialsPath(dataDir: string): string {
  return join(dataDir, 'local-credentials.json')
}

/** Three groups of four: about 59 bits. */
function randomPassword(): string {
  const letters = Array.from(randomBytes(12), byte => ALPHABET[byte % ALPHABET.length])
  return [letters.slice(0, 4), letters.slice(4, 8), letters.slice(8)].map(group => group.join('')).join('-')
}

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { ConfigError, environmentSchema, SECRETS, type Environment } from './config.ts'
import { dotenvx } from './dotenvx.ts'

/** Opens the encrypted environment file; the only secret that a platform has to keep. */
export const PRIVATE_KEY = 'DOTENV_PRIVATE_KEY_PRODUCTION'

/**
 * The environment that the settings are read from: the process's own and, where its private key is there, that of the
 * encrypted file. The process's own wins, except where it is empty.
 *
 * Secrets are taken out of `process.env`, so that nothing that runs later finds them there: no child process, and no
 * library that reads variables by itself, as the Anthropic SDK does. Call once, before anything else is started.
 *
 * @param file path of the encrypted file
 * @throws ConfigError when the file cannot be read or decrypted; it names variables and never values
 */
export function takeEnvironment(file: string): Environment {
  const own = { ...process.env }
  const hidden = Object.keys(own).filter(name => name.startsWith('ANTHROPIC_'))
  for (const name of [...hidden, ...SECRETS]) Reflect.deleteProperty(process.env, name)
  const privateKey = own[PRIVATE_KEY]
  if (!privateKey) return own
  const { error } = environmentSchema.shape[PRIVATE_KEY].safeParse(privateKey)
  if (error) throw new ConfigError(`${PRIVATE_KEY} ${error.issues[0]!.message}`)
  const given = Object.entries(own).filter(([name, value]) => value !== '' && name !== PRIVATE_KEY)
  return { ...decryptFile(file, privateKey), ...Object.fromEntries(given) }
}

/** The operator's editor, as a shell runs it. */
export function editorCommand(): string {
  return process.env.VISUAL || process.env.EDITOR || 'vi'
}

/**
 * Where Nitro looks for them right after its plugins have run: the defaults of its address, and how long it waits for open
 * requests when it stops.
 */
export function provideToNitro({ host, port, drainMs }: { host: string, port: number, drainMs: number }): void {
  process.env.HOST ||= host
  process.env.PORT ||= String(port)
  process.env.NITRO_SHUTDOWN_TIMEOUT = String(drainMs)
}

function decryptFile(file: string, privateKey: string): Environment {
  const { scan, decrypt } = dotenvx()
  const values: Environment = {}
  for (const [name, assigned] of Object.entries(scan(readSource(file)).scanned)) {
    try {
      values[name] = decrypt(privateKey, assigned.at(-1)!)
    }
    catch (error) {
      const { code } = error as { code?: string }
      throw new ConfigError(code === 'WRONG_PRIVATE_KEY' || code === 'INVALID_PRIVATE_KEY'
        ? `${PRIVATE_KEY} does not open ${basename(file)}: ${name} was encrypted for another key`
        : `${name} in ${basename(file)} is damaged and cannot be decrypted: set it again with script/credentials`)
    }
  }
  return values
}

function readSource(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  }
  catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new ConfigError(code === 'ENOENT'
      ? `${PRIVATE_KEY} is set, but there is no ${basename(file)} to decrypt: make it with script/credentials, or unset the key`
      : `${basename(file)} cannot be read (${code})`)
  }
}

import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { dotenvx } from '../../utils/dotenvx.ts'

const PUBLIC_KEY = 'DOTENV_PUBLIC_KEY_PRODUCTION'
const PRIVATE_KEY = 'DOTENV_PRIVATE_KEY_PRODUCTION'
const HEAD = '# Encrypted: belongs into the repository. Change it with script/credentials.\n'
const KEYS_HEAD = '# Private keys: never commit them. Keep a copy where you keep passwords.\n'

/** `.env.production` and, beside it, `.env.keys`, as dotenvx writes them. Changes are kept until {@link save}. */
export class CredentialsFile {
  readonly path: string
  readonly keysPath: string
  #source: string

  constructor(path: string) {
    this.path = path
    this.keysPath = join(dirname(path), '.env.keys')
    this.#source = existsSync(path) ? readFileSync(path, 'utf8') : HEAD
  }

  /** Makes the pair of keys if there is none; true when it did. Throws when only one of the two is there. */
  ensureKeys(): boolean {
    const publicKey = this.#publicKey()
    const privateKey = this.#privateKey()
    if (publicKey && privateKey) return false
    if (publicKey) throw new Error(`${this.path} is there, but the private key in ${this.keysPath} is not: put your copy of it back`)
    const pair = dotenvx().keypair(privateKey)
    this.#source = dotenvx().upsert(this.#source, PUBLIC_KEY, pair.publicKey)
    this.#writeKey(pair.privateKey)
    return true
  }

  /** Names of what is set, the public key left out. */
  names(): string[] {
    return Object.keys(dotenvx().scan(this.#source).scanned).filter(name => name !== PUBLIC_KEY)
  }

  /** All values in plain. Throws when the private key is missing or another. */
  values(): Record<string, string> {
    const names = this.names()
    if (names.length === 0) return {}
    const key = this.#requirePrivateKey()
    const { scanned } = dotenvx().scan(this.#source)
    return Object.fromEntries(names.map((name) => {
      try {
        return [name, dotenvx().decrypt(key, scanned[name]!.at(-1)!)]
      }
      catch {
        throw new Error(`${name} cannot be decrypted with the key in ${this.keysPath}`)
      }
    }))
  }

  set(name: string, value: string): void {
    const publicKey = this.#publicKey()
    if (!publicKey) throw new Error(`${this.path} has no ${PUBLIC_KEY}`)
    this.#source = dotenvx().upsert(this.#source, name, dotenvx().encrypt(publicKey, value))
  }

  unset(name: string): void {
    this.#source = dotenvx().remove(this.#source, name)
  }

  save(): void {
    replaceFile(this.path, this.#source, 0o644)
  }

  /** Encrypts everything for a new pair of keys and saves both files; the former private key is kept in a third. */
  rotate(): void {
    const values = this.values()
    replaceFile(`${this.keysPath}.previous`, `${this.privateKeyLine()}\n`, 0o600)
    const pair = dotenvx().keypair()
    this.#source = dotenvx().upsert(this.#source, PUBLIC_KEY, pair.publicKey)
    for (const [name, value] of Object.entries(values)) this.set(name, value)
    this.#writeKey(pair.privateKey)
    this.save()
  }

  /** As `fly secrets import` and a shell take it. */
  privateKeyLine(): string {
    return `${PRIVATE_KEY}=${this.#requirePrivateKey()}`
  }

  #publicKey(): string | undefined {
    return dotenvx().scan(this.#source).scanned[PUBLIC_KEY]?.at(-1)
  }

  #privateKey(): string | undefined {
    if (!existsSync(this.keysPath)) return undefined
    return dotenvx().scan(readFileSync(this.keysPath, 'utf8')).scanned[PRIVATE_KEY]?.at(-1)
  }

  #requirePrivateKey(): string {
    const key = this.#privateKey()
    if (!key) throw new Error(`there is no private key in ${this.keysPath}: put your copy of it back, or begin with 'set'`)
    return key
  }

  #writeKey(privateKey: string): void {
    const source = existsSync(this.keysPath) ? readFileSync(this.keysPath, 'utf8') : KEYS_HEAD
    replaceFile(this.keysPath, dotenvx().upsert(source, PRIVATE_KEY, privateKey), 0o600)
  }
}

/** Whole or not at all: a key that is half written opens nothing. */
function replaceFile(path: string, content: string, mode: number): void {
  const next = `${path}.new`
  writeFileSync(next, content.endsWith('\n') ? content : `${content}\n`, { mode })
  renameSync(next, path)
}

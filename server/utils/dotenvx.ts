import { createRequire } from 'node:module'

/** What we use of @dotenvx/primitives, which has no types. */
export interface Dotenvx {
  /** All assignments of a file by name, in order; nothing is expanded and nothing is run. */
  scan: (source: string) => { scanned: Record<string, string[]> }
  /** Gives values without the prefix `encrypted:` back as they are. Throws an error with a `code`. */
  decrypt: (privateKey: string, value: string) => string
  encrypt: (publicKey: string, value: string) => string
  /** A new pair of secp256k1 keys as hexadecimal digits, or that of a private key. */
  keypair: (privateKey?: string) => { publicKey: string, privateKey: string }
  upsert: (source: string, name: string, value: string) => string
  remove: (source: string, name: string) => string
}

let loaded: Dotenvx | undefined

/**
 * Loaded when it is asked for: it takes a tenth of a second, and most starts have no encrypted file to read. It is looked
 * for from the program that was started, since in the server's bundle `import.meta.url` is no file.
 */
export function dotenvx(): Dotenvx {
  return loaded ??= createRequire(process.argv[1]!)('@dotenvx/primitives') as Dotenvx
}
